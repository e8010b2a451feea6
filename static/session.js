// A live session as the user knows it: it stays, whatever becomes of a single connection.

import { Backoff } from "./backoff.js";
import { Peer } from "./peer.js";
import { SignallingError } from "./signalling.js";

/** What to tell the user, by the `bye` message's reason; anything else is just the end. */
const BYE_CODES = { server_stopping: "server_stopping", idle: "no_video_arrived", session_too_long: "time_is_up" };

/**
 * States: idle -> connecting -> live; live or connecting -> waiting (will try again) -> connecting; any -> failed.
 * Events: "state" (detail: {state, code, detail, retryAt}), "message" (detail: a server's message), "stamp" (as Peer's),
 * "switched" (another connection serves the session from now on; RTP timestamps begin anew).
 */
export class Session extends EventTarget {
  #signalling;
  #configuration;
  #track = null;
  #peer = null;
  #successor = null; // connects while #peer still serves
  #leaving = null; // lost, and closed when another serves: closing it first would end the session on the server
  #backoff = new Backoff();
  #state = "idle";
  #retryTimer = null;
  #attempt = null; // AbortController of the try under way
  #remembered = null; // the last peer, by which the session on the server can be taken over or ended

  /** `configuration`: fields of the `configure` message that each connection begins with. */
  constructor(signalling, configuration) {
    super();
    this.#signalling = signalling;
    this.#configuration = configuration;
  }

  get state() {
    return this.#state;
  }

  get roundTripMs() {
    return this.#peer?.roundTripMs ?? null;
  }

  /** The server's name for the session; null while there is none. */
  get id() {
    return this.#remembered?.sessionId ?? null;
  }

  /** Sends a message on `control`; returns whether it could. */
  send(type, fields) {
    return this.#peer?.send(type, fields) ?? false;
  }

  /** Sends `track` to the server from now on, until stop(). */
  async start(track) {
    this.stop();
    this.#track = track;
    this.#backoff.reset();
    await this.#connect();
  }

  async replaceTrack(track) {
    this.#track = track;
    await Promise.all([this.#peer?.replaceTrack(track), this.#successor?.replaceTrack(track)]);
  }

  /** Changes fields of the configuration, now and for later connections. */
  configure(fields) {
    this.#configuration = { ...this.#configuration, ...fields };
    this.#peer?.send("configure", fields);
    this.#successor?.send("configure", fields);
  }

  stop() {
    this.#drop();
    this.#letGo();
    this.#endOnServer();
    this.#track = null;
    this.#become("idle");
  }

  /** The way to the server may be another now: connects anew, and lets the old connection go when the new one serves. */
  networkChanged() {
    if (this.#state === "waiting") this.#connect();
    else if (this.#state === "live" && !this.#successor && this.#peer.resumeToken !== null) this.#prepareSuccessor();
  }

  /** Tries again at once where it waits to do so. */
  retryNow() {
    if (this.#state === "waiting") this.#connect();
  }

  async #connect() {
    this.#drop();
    const peer = this.#newPeer();
    this.#peer = peer;
    this.#become("connecting");
    try {
      await this.#open(peer, true);
    } catch (error) {
      if (peer !== this.#peer) return;
      if (!(error instanceof SignallingError)) this.#fail("no_webrtc");
      else if (error.retryAfterMs === null) this.#fail(error.code, error.detail);
      else this.#wait(error.code, error.retryAfterMs);
    }
  }

  async #prepareSuccessor() {
    const peer = this.#newPeer();
    this.#successor = peer;
    try {
      await this.#open(peer, false);
    } catch {
      if (peer === this.#successor) this.#dropSuccessor(); // the connection there is goes on, or is found dead
    }
  }

  #newPeer() {
    const peer = new Peer(this.#signalling);
    peer.addEventListener("open", () => peer.send("configure", this.#configuration));
    peer.addEventListener("message", ({ detail }) => this.#heard(peer, detail));
    peer.addEventListener("stamp", ({ detail }) => {
      if (peer === this.#peer) this.dispatchEvent(new CustomEvent("stamp", { detail }));
    });
    peer.addEventListener("lost", ({ detail }) => this.#lost(peer, detail.code));
    return peer;
  }

  async #open(peer, orAfresh) {
    this.#attempt ??= new AbortController();
    const { signal } = this.#attempt;
    try {
      const resume = this.#remembered?.resumeToken ?? null;
      await peer.connect(this.#track, { resume, orAfresh, signal });
    } finally {
      if (peer.sessionId !== null && (peer === this.#peer || peer === this.#successor)) this.#remember(peer);
    }
  }

  /** From now on this peer's session is the one; whatever was before on the server ends. */
  #remember(peer) {
    const before = this.#remembered;
    this.#remembered = peer;
    if (before && before.sessionId !== peer.sessionId) this.#signalling.end(before.sessionId);
  }

  #heard(peer, message) {
    if (peer === this.#successor && message.type === "annotations") this.#switch();
    if (peer !== this.#peer) return;
    if (message.type === "bye") {
      this.#saidGoodbye(message);
      return;
    }
    if (message.type === "annotations" && this.#state === "connecting") {
      this.#backoff.reset();
      this.#letGo();
      this.#become("live");
    }
    this.dispatchEvent(new CustomEvent("message", { detail: message }));
  }

  #saidGoodbye({ reason, retry_after_ms: retryAfterMs }) {
    if (reason === "replaced" && this.#successor) {
      this.#switch();
      return;
    }
    this.#remembered = null;
    const code = BYE_CODES[reason] ?? "ended_by_server";
    if (typeof retryAfterMs === "number") this.#wait(code, retryAfterMs);
    else this.#fail(code);
  }

  #lost(peer, code) {
    if (peer === this.#successor) this.#dropSuccessor();
    if (peer !== this.#peer) return;
    if (this.#successor) this.#switch();
    else if (this.#state === "live" && this.#remembered?.resumeToken) {
      this.#leaving = peer;
      this.#peer = null;
      this.#connect();
    } else this.#wait(code, 0);
  }

  #switch() {
    this.#peer.close();
    this.#peer = this.#successor;
    this.#successor = null;
    this.dispatchEvent(new Event("switched"));
  }

  #wait(code, askedForMs) {
    this.#drop();
    const delay = this.#backoff.next(askedForMs);
    this.#retryTimer = setTimeout(() => this.#connect(), delay);
    this.#become("waiting", { code, retryAt: performance.now() + delay });
  }

  #fail(code, detail = null) {
    this.#drop();
    this.#letGo();
    this.#endOnServer();
    this.#become("failed", { code, detail });
  }

  #drop() {
    clearTimeout(this.#retryTimer);
    this.#attempt?.abort();
    this.#attempt = null;
    const peer = this.#peer;
    this.#peer = null;
    this.#dropSuccessor();
    peer?.close();
  }

  #letGo() {
    this.#leaving?.close();
    this.#leaving = null;
  }

  #dropSuccessor() {
    const peer = this.#successor;
    this.#successor = null;
    peer?.close();
  }

  #endOnServer() {
    if (this.#remembered) this.#signalling.end(this.#remembered.sessionId);
    this.#remembered = null;
  }

  #become(state, { code = null, detail = null, retryAt = null } = {}) {
    if (state === this.#state && state === "idle") return;
    this.#state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: { state, code, detail, retryAt } }));
  }
}
