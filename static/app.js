// Wires the page: buttons, camera, session, picture and words.

import { CameraError, RESOLUTIONS, checkSupport, listCameras, looksAtUser, openCamera } from "./camera.js";
import { Capture } from "./capture.js";
import { describeFailure } from "./failures.js";
import { Figures, showFigures } from "./figures.js";
import { FindingsPanel } from "./findings-panel.js";
import { describeGuidance } from "./guidance.js";
import { Login } from "./login.js";
import { Server } from "./server.js";
import { Session } from "./session.js";
import { Signalling } from "./signalling.js";
import { newCard, startSite } from "./site.js";
import { Stage } from "./stage.js";
import { takeStill } from "./still.js";
import { WakeLock } from "./wake-lock.js";

const FIGURES_EVERY_MS = 500;
const FINDINGS_EVERY_MS = 300; // numbers that change with every picture cannot be read
const DEFAULT_RESOLUTION = "720p";
const STEADY_MS = 800; // of holding still, until the report is made by itself
const STATE_WORDS = {
  idle: "Camera off",
  opening: "Opening camera",
  connecting: "Connecting",
  live: "Live",
  waiting: "Waiting",
  failed: "Not connected",
};
const GUIDANCE_WORDS = {
  idle: "Start the camera to begin",
  opening: "Allow the camera when the browser asks",
  connecting: "Connecting…",
  waiting: "One moment, please",
  failed: "Not connected",
};

const element = (id) => document.getElementById(id);
const page = {
  guidance: element("guidance"),
  connection: element("connection"),
  notice: element("notice"),
  noticeTitle: element("notice-title"),
  noticeText: element("notice-text"),
  noticeSignIn: element("notice-sign-in"),
  retry: element("retry"),
  retryText: element("retry-text"),
  power: element("power"),
  powerText: element("power-text"),
  cameras: element("camera-choice"),
  resolutions: element("resolution-choice"),
  figures: element("figures"),
  busy: element("busy"),
  capture: element("capture"),
  captureWords: element("capture-words"),
  autoCapture: element("auto-capture"),
  ring: document.querySelector("#capture .ring"),
};

const stage = new Stage(element("camera"), element("canvas"));
const login = new Login(document.baseURI);
const server = new Server(document.baseURI, login.fetch);
const signalling = new Signalling(document.baseURI, login.fetch);
const session = new Session(signalling, { landmarks: "contours", moves: true, max_fps: 30, stills: true, auto_capture: false });
const figures = new Figures();
const wakeLock = new WakeLock();
const panel = new FindingsPanel(
  element("conditions"),
  element("tone"),
  element("tone-list"),
  element("condition-row"),
  (hidden) => stage.show({ hidden }),
);

const reportCard = newCard(element("report"));
const capture = new Capture({
  say: (type, fields) => session.send(type, fields),
  sessionId: () => session.id,
  takeStill: () => takeStill(track, element("camera"), mostStillBytes),
  sendStill: (sessionId, captureId, blob) => signalling.sendStill(sessionId, captureId, blob),
});

let mostStillBytes = Infinity;
let track = null; // the camera's, while it is on
let opening = 0; // counts openings, so that a late answer to an earlier one is dropped
let retryAt = null; // ms, page clock
let findingsShownAt = -Infinity; // ms, page clock

/** What the page is doing, to look at and not to change: for the end-to-end tests and the console. */
export const inspect = Object.freeze({
  state: () => document.body.dataset.state,
  lastDrawn: () => stage.lastDrawn,
});

function show(state, failure = null) {
  document.body.dataset.state = state;
  setText(page.connection, STATE_WORDS[state]);
  showPower();
  page.notice.hidden = failure === null;
  if (failure) {
    setText(page.noticeTitle, failure.title);
    setText(page.noticeText, failure.text);
    page.noticeSignIn.hidden = !failure.signIn;
  }
  page.retry.hidden = state !== "waiting";
  if (state !== "live") say(GUIDANCE_WORDS[state], state === "failed" ? "bad" : "calm");
  showCapture();
}

function showCapture() {
  const live = document.body.dataset.state === "live";
  page.capture.disabled = !live;
  page.capture.setAttribute("aria-disabled", String(capture.busy)); // not disabled: that would lose the keyboard's place
  page.autoCapture.disabled = !live;
  page.capture.toggleAttribute("data-busy", capture.busy);
}

function armAutoCapture(on) {
  page.autoCapture.setAttribute("aria-pressed", String(on));
  session.configure({ auto_capture: on });
  showSteady(0);
  if (!capture.busy) sayOfCapture(on ? "Hold still in good light, and the report makes itself." : "", false);
}

function showSteady(ms) {
  page.ring.style.setProperty("--steady", String(ms / STEADY_MS));
}

function sayOfCapture(words, failed) {
  setText(page.captureWords, words);
  page.captureWords.dataset.tone = failed ? "bad" : "calm";
}

function captureChanged({ words, failed }) {
  sayOfCapture(words, failed);
  if (capture.busy && page.autoCapture.getAttribute("aria-pressed") === "true") armAutoCapture(false);
  showCapture();
}

function showPower() {
  document.body.dataset.camera = track ? "on" : "off";
  setText(page.powerText, track || document.body.dataset.state === "opening" ? "Stop camera" : "Start camera");
}

function say(text, tone) {
  setText(page.guidance, text);
  page.guidance.dataset.tone = tone;
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function forgetConnection() {
  stage.forget();
  figures.reset();
  panel.show(null);
  page.busy.hidden = true;
}

function chosenCamera() {
  const resolution = RESOLUTIONS.find(({ id }) => id === page.resolutions.value);
  return { deviceId: page.cameras.value, resolution };
}

async function start() {
  opening += 1;
  const mine = opening;
  show("opening");
  try {
    await takeCamera(mine);
  } catch (error) {
    if (mine === opening) fail(error);
    return;
  }
  if (mine !== opening) return;
  wakeLock.hold();
  await session.start(track);
}

async function takeCamera(mine) {
  const opened = await openCamera(chosenCamera());
  if (mine !== opening) {
    opened.stop();
    return;
  }
  track?.stop();
  track = opened;
  track.addEventListener("ended", () => opened === track && fail(new CameraError("camera_ended")));
  setOption("mirrored", looksAtUser(track));
  showPower();
  await Promise.all([stage.start(track), fillCameras()]);
}

function stop() {
  opening += 1;
  track?.stop();
  track = null;
  capture.stop();
  session.stop();
  stage.stop();
  wakeLock.release();
  forgetConnection();
  show("idle");
}

function fail(error) {
  stop();
  show("failed", describeFailure(error.code));
}

async function switchCamera() {
  if (!track) return;
  opening += 1;
  const mine = opening;
  // phones open one camera at a time, so the old one is let go before the new one is asked for
  track.stop();
  try {
    await takeCamera(mine);
    if (mine === opening) await session.replaceTrack(track);
  } catch (error) {
    if (mine === opening) fail(error);
  }
}

async function fillCameras() {
  const cameras = await listCameras();
  const current = track?.getSettings().deviceId ?? page.cameras.value;
  if (cameras.length === 0) return;
  page.cameras.replaceChildren(
    ...cameras.map(({ deviceId, label }) => new Option(label, deviceId, false, deviceId === current)),
  );
}

function setOption(name, on) {
  stage.show({ [name]: on });
  document.querySelector(`[data-option="${name}"]`).setAttribute("aria-pressed", String(on));
}

function annotated(message) {
  const now = performance.now();
  const latency = stage.annotate(message, session.roundTripMs);
  figures.add(message, latency, now);
  if (now - findingsShownAt >= FINDINGS_EVERY_MS) {
    findingsShownAt = now;
    panel.show(message);
  }
  const { text, good } = describeGuidance(message, track?.getSettings());
  say(text, good ? "good" : "act");
  page.busy.hidden = message.degraded.length === 0;
  showSteady(capture.busy ? 0 : (message.steady_ms ?? 0));
}

function sessionChanged({ state, code, detail, retryAt: at }) {
  retryAt = at;
  if (state === "connecting" || state === "waiting") forgetConnection();
  if (state === "failed") {
    stop();
    show("failed", describeFailure(code, detail));
  } else if (state !== "idle" || track) {
    show(state === "idle" ? "opening" : state, code ? describeFailure(code, detail) : null);
  }
  if (state === "live") capture.connected();
  tick();
}

function tick() {
  showFigures(page.figures, { ...figures.read(performance.now()), roundTripMs: session.roundTripMs });
  if (retryAt !== null) {
    const seconds = Math.max(0, Math.ceil((retryAt - performance.now()) / 1000));
    setText(page.retryText, seconds > 0 ? `Trying again in ${seconds} s` : "Trying again");
  }
}

page.resolutions.replaceChildren(
  ...RESOLUTIONS.map(({ id, label }) => new Option(label, id, false, id === DEFAULT_RESOLUTION)),
);
page.power.addEventListener("click", () => (track || document.body.dataset.state === "opening" ? stop() : start()));
page.cameras.addEventListener("change", switchCamera);
page.resolutions.addEventListener("change", switchCamera);
element("retry-now").addEventListener("click", () => session.retryNow());
for (const button of document.querySelectorAll("[data-option]")) {
  button.addEventListener("click", () => setOption(button.dataset.option, button.getAttribute("aria-pressed") !== "true"));
}

session.addEventListener("state", ({ detail }) => sessionChanged(detail));
session.addEventListener("stamp", ({ detail }) => stage.stamp(detail));
session.addEventListener("message", ({ detail }) => {
  if (detail.type === "annotations") annotated(detail);
  else if (detail.type === "hello") {
    panel.offer(detail.conditions);
    mostStillBytes = detail.limits.still_bytes ?? Infinity;
  } else capture.heard(detail);
});

session.addEventListener("switched", () => {
  stage.forget();
  capture.connected();
});

page.capture.addEventListener("click", () => capture.ask());
page.autoCapture.addEventListener("click", () => armAutoCapture(page.autoCapture.getAttribute("aria-pressed") !== "true"));
capture.addEventListener("change", ({ detail }) => captureChanged(detail));
capture.addEventListener("report", ({ detail }) => {
  site.showReport(reportCard, detail.report);
  if (!detail.auto) reportCard.focus();
});

const site = startSite({ login, server, card: reportCard, say: sayOfCapture, stopLive: stop });
page.noticeSignIn.addEventListener("click", () => site.signIn());
login.addEventListener("leaving", () => track && session.stop()); // while it still may
login.addEventListener("change", () => {
  if (!track) return;
  capture.stop();
  session.start(track); // a live session is somebody's from its beginning on
});

addEventListener("online", () => session.networkChanged());
navigator.connection?.addEventListener?.("change", () => session.networkChanged());
addEventListener("pagehide", stop);
navigator.mediaDevices?.addEventListener?.("devicechange", () => track && fillCameras());
setInterval(tick, FIGURES_EVERY_MS);

show("idle");
try {
  checkSupport();
} catch (error) {
  show("failed", describeFailure(error.code));
}
