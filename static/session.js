// A live session as the user knows it: it stays, whatever becomes of a single connection.

import { Backoff } from "./backoff.js";
import { Peer } from "./peer.js";
import { SignallingError } from "./signalling.js";

/** What to tell the user, by the `bye` message's reason; anything else is just the end. */
const BYE_CODES = { server_stopping: "server_stopping", idle: "no_video_arrived", session_too_long: "time_is_up" };

/**
 * States: idle -> connecting -> live; live or connecting -> waiting (will try again) -> connecting; any -> failed.
 * Events: "state" (detail: {state, code, detail, retryAt}), "message" (detail: a server's message), "stamp" (as Peer's).
 */
export class Session extends EventTarget {
  #signalling;
  #configuration;
  #track = null;
  #peer = null;
  #backoff = new Backoff();
  #state = "idle";
  #retryTimer = null;
  #attempt = null; // AbortController of the try under way

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

  /** Sends `track` to the server from now on, until stop(). */
  async start(track) {
    this.stop();
    this.#track = track;
    this.#backoff.reset();
    await this.#connect();
  }

  async replaceTrack(track) {
    this.#track = track;
    await this.#peer?.replaceTrack(track);
  }

  /** Changes fields of the configuration, now and for later connections. */
  configure(fields) {
    this.#configuration = { ...this.#configuration, ...fields };
    this.#peer?.send("configure", fields);
  }

  stop() {
    this.#drop();
    this.#track = null;
    this.#become("idle");
  }

  /** Tries again at once where it waits to do so. */
  retryNow() {
    if (this.#state === "waiting") this.#connect();
  }

  async #connect() {
    this.#drop();
    const attempt = new AbortController();
    const peer = new Peer(this.#signalling);
    this.#attempt = attempt;
    this.#peer = peer;
    peer.addEventListener("open", () => peer.send("configure", this.#configuration));
    peer.addEventListener("message", ({ detail }) => this.#heard(peer, detail));
    peer.addEventListener("stamp", ({ detail }) => this.dispatchEvent(new CustomEvent("stamp", { detail })));
    peer.addEventListener("lost", ({ detail }) => {
      if (peer === this.#peer) this.#wait(detail.code, 0);
    });
    this.#become("connecting");
    try {
      await peer.connect(this.#track, attempt.signal);
    } catch (error) {
      if (attempt.signal.aborted || peer !== this.#peer) return;
      if (!(error instanceof SignallingError)) this.#fail("no_webrtc");
      else if (error.retryAfterMs === null) this.#fail(error.code, error.detail);
      else this.#wait(error.code, error.retryAfterMs);
    }
  }

  #heard(peer, message) {
    if (peer !== this.#peer) return;
    if (message.type === "bye") {
      const code = BYE_CODES[message.reason] ?? "ended_by_server";
      if (typeof message.retry_after_ms === "number") this.#wait(code, message.retry_after_ms);
      else this.#fail(code);
      return;
    }
    if (message.type === "annotations" && this.#state === "connecting") {
      this.#backoff.reset();
      this.#become("live");
    }
    this.dispatchEvent(new CustomEvent("message", { detail: message }));
  }

  #wait(code, askedForMs) {
    this.#drop();
    const delay = this.#backoff.next(askedForMs);
    this.#retryTimer = setTimeout(() => this.#connect(), delay);
    this.#become("waiting", { code, retryAt: performance.now() + delay });
  }

  #fail(code, detail = null) {
    this.#drop();
    this.#become("failed", { code, detail });
  }

  #drop() {
    clearTimeout(this.#retryTimer);
    this.#attempt?.abort();
    this.#attempt = null;
    const peer = this.#peer;
    this.#peer = null;
    peer?.close();
  }

  #become(state, { code = null, detail = null, retryAt = null } = {}) {
    if (state === this.#state && state === "idle") return;
    this.#state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: { state, code, detail, retryAt } }));
  }
}
