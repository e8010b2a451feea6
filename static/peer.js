// One WebRTC connection to the server: the video goes out, messages come back. It lives once; session.js makes a new one
// when it dies, which may take over its session on the server.

import { Moves } from "./moves.js";
import { encodeMessage, parseMessage } from "./protocol.js";
import { applyBudget, encodingFor } from "./sending.js";
import { SignallingError } from "./signalling.js";
import { Trickle } from "./trickle.js";

const CONNECT_MS = 12_000;
const PING_MS = 1000;
const SILENCE_MS = 4000; // nothing from the server for so long, though it was asked: the connection is dead

/**
 * Events: "open" (the control channel is there), "message" (detail: a message of the server's), "stamp" (detail:
 * {rtpTimestamp, at: ms, page clock}), "lost" (once; detail: {code}; close() is still to be called: closing tells the
 * server that the session is over, unless another connection has taken it over by then).
 */
export class Peer extends EventTarget {
  #signalling;
  #connection = null;
  #sender = null;
  #moves = new Moves();
  #control = null;
  #worker = null;
  #sessionId = null;
  #resume = null; // {token, until: ms, page clock}
  #timers = new Set();
  #heardAt = 0;
  #closed = false;
  #budget = null;
  #applied = Promise.resolve(); // a sender takes one change of its parameters at a time
  #settled = { resolve: null, reject: null };
  #trickle = new Trickle((candidates) => this.#signalling.trickle(this.#sessionId, candidates));

  constructor(signalling) {
    super();
    this.#signalling = signalling;
  }

  /** Round trip of the last ping in ms, null before. */
  roundTripMs = null;

  /** The server's name for the session; null before the answer. */
  get sessionId() {
    return this.#sessionId;
  }

  /** The token with which another connection can take over; null where there is none, or none any more. */
  get resumeToken() {
    return this.#resume && performance.now() < this.#resume.until ? this.#resume.token : null;
  }

  /**
   * Connects and sends `track`; takes over the session that the token `resume` belongs to, or, if `orAfresh`, makes a new
   * one where the server will not have that. Resolves when the control channel is open. Throws SignallingError.
   */
  async connect(track, { resume = null, orAfresh = true, signal } = {}) {
    const iceServers = await this.#signalling.iceServers(signal);
    signal?.throwIfAborted();
    const connection = new RTCPeerConnection({ iceServers, bundlePolicy: "max-bundle" });
    this.#connection = connection;
    const opened = new Promise((resolve, reject) => Object.assign(this.#settled, { resolve, reject }));
    opened.catch(() => undefined); // whoever awaits connect() hears of it
    connection.addEventListener("connectionstatechange", () => {
      if (connection.connectionState === "failed") this.#lose(this.#sessionIsOpen ? "connection_lost" : "not_connected");
    });
    connection.addEventListener("icecandidate", ({ candidate }) => candidate && this.#trickle.add(candidate));
    this.#openChannels(connection);
    this.#send(connection, track);
    await connection.setLocalDescription();
    const answer = await this.#exchange(connection.localDescription, resume, orAfresh, signal);
    if (this.#closed) {
      if (!answer.resumed) this.#signalling.end(answer.session_id);
      throw new SignallingError("connection_lost", { retryAfterMs: 0 });
    }
    this.#sessionId = answer.session_id;
    this.#mayResume(answer.resume);
    this.#trickle.begin();
    await connection.setRemoteDescription({ sdp: answer.sdp, type: answer.type });
    this.#after(CONNECT_MS, () => this.#sessionIsOpen || this.#lose("not_connected"));
    await opened;
    await this.#apply();
  }

  /** Sends a message on `control`; returns whether it could. */
  send(type, fields) {
    if (!this.#sessionIsOpen) return false;
    this.#control.send(encodeMessage(type, fields));
    return true;
  }

  /** Sends another track from now on (camera or resolution changed), within the server's budget. */
  async replaceTrack(track) {
    if (!this.#sender) return;
    await this.#sender.replaceTrack(track);
    await this.#apply();
  }

  /** Ends the connection here; the session on the server is for the caller to end. */
  close() {
    this.#fallSilent("connection_lost");
    this.#connection?.close();
    this.#worker?.terminate();
  }

  get #sessionIsOpen() {
    return this.#control?.readyState === "open";
  }

  async #exchange(offer, resume, orAfresh, signal) {
    try {
      return await this.#signalling.offer(offer, { resume, signal });
    } catch (error) {
      if (!orAfresh || resume === null || error.code !== "resume_refused") throw error;
      return this.#signalling.offer(offer, { signal });
    }
  }

  #mayResume(resume) {
    if (typeof resume?.token !== "string") return;
    this.#resume = { token: resume.token, until: performance.now() + resume.expires_in_ms };
  }

  #openChannels(connection) {
    const annotations = connection.createDataChannel("annotations", { ordered: false, maxRetransmits: 0 });
    const control = connection.createDataChannel("control");
    this.#control = control;
    for (const channel of [annotations, control]) {
      channel.addEventListener("message", ({ data }) => this.#heard(data));
    }
    control.addEventListener("open", () => {
      this.#heardAt = performance.now();
      this.#every(PING_MS, () => this.#beat());
      this.#settled.resolve();
      this.dispatchEvent(new Event("open"));
    });
    control.addEventListener("close", () => this.#lose("connection_lost"));
  }

  #send(connection, track) {
    const { width = 0, height = 0 } = track.getSettings();
    const transceiver = connection.addTransceiver(track, {
      direction: "sendonly",
      sendEncodings: [encodingFor({ width, height }, null)],
    });
    this.#sender = transceiver.sender;
    if (typeof RTCRtpScriptTransform !== "function") return; // the page then measures how late annotations are instead
    this.#worker = new Worker(new URL("./stamp-worker.js", import.meta.url));
    this.#worker.addEventListener("message", ({ data }) => {
      const detail = { rtpTimestamp: data.rtpTimestamp, at: data.at - performance.timeOrigin };
      this.dispatchEvent(new CustomEvent("stamp", { detail }));
    });
    this.#sender.transform = new RTCRtpScriptTransform(this.#worker);
  }

  #heard(data) {
    const said = parseMessage(data);
    if (!said || this.#closed) return;
    this.#heardAt = performance.now();
    const message = this.#moves.complete(said);
    if (!message) return;
    if (message.type === "pong") this.roundTripMs = this.#heardAt - message.t;
    if (message.type === "hello") this.#mayResume(message.resume);
    if (message.type === "resume") this.#mayResume(message);
    if (message.type === "budget") {
      this.#budget = message;
      this.#apply();
    }
    this.dispatchEvent(new CustomEvent("message", { detail: message }));
  }

  #apply() {
    this.#applied = this.#applied.then(() => applyBudget(this.#sender, this.#budget));
    return this.#applied;
  }

  #beat() {
    if (performance.now() - this.#heardAt > SILENCE_MS) this.#lose("connection_lost");
    else this.send("ping", { t: performance.now() });
  }

  #lose(code) {
    if (this.#closed) return;
    this.#fallSilent(code);
    this.dispatchEvent(new CustomEvent("lost", { detail: { code } }));
  }

  #fallSilent(code) {
    this.#closed = true;
    for (const stop of this.#timers) stop();
    this.#timers.clear();
    this.#trickle.stop();
    this.#settled.reject?.(new SignallingError(code, { retryAfterMs: 0 }));
  }

  #every(ms, task) {
    const timer = setInterval(task, ms);
    this.#timers.add(() => clearInterval(timer));
  }

  #after(ms, task) {
    const timer = setTimeout(task, ms);
    this.#timers.add(() => clearTimeout(timer));
  }
}
