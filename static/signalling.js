// The HTTP side of a live session: ICE servers, offer and answer, the end.

const TIMEOUT_MS = 10_000;
const STILL_TIMEOUT_MS = 120_000; // with its analysis, in a long line
const PICTURE_REFUSED = new Set([415, 422]); // the server has looked at it, and tells the session what is wrong

export class SignallingError extends Error {
  /** `code`: a key of failures.js; `retryAfterMs`: null where trying again is of no use; `detail`: the server's sentence. */
  constructor(code, { retryAfterMs = null, detail = null, cause } = {}) {
    super(code, { cause });
    this.code = code;
    this.retryAfterMs = retryAfterMs;
    this.detail = detail;
  }
}

/** The calls of a server at `base` (a URL that ends in /), sent by `send` (as fetch). All throw SignallingError. */
export class Signalling {
  #base;
  #send;

  constructor(base, send = (...request) => fetch(...request)) {
    this.#base = base;
    this.#send = send;
  }

  /** What RTCPeerConnection takes as `iceServers`. */
  async iceServers(signal) {
    const answer = await this.#call("ice-servers", { signal });
    return answer.iceServers;
  }

  /** Sends an offer; resolves to {sdp, type, session_id, resume}. `resume`: the token of the session to take over. */
  offer({ sdp, type }, { resume = null, signal } = {}) {
    return this.#call("offer", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(resume === null ? { sdp, type } : { sdp, type, resume }),
      signal,
    });
  }

  /** Sends a still for a capture of a session. Resolves to whether the server has analysed it, or says on `control` why not. */
  async sendStill(sessionId, captureId, blob) {
    const form = new FormData();
    form.append("session_id", sessionId);
    form.append("capture_id", captureId);
    form.append("file", blob, "still");
    const signal = AbortSignal.timeout(STILL_TIMEOUT_MS);
    const response = await this.#send(new URL("upload-image/", this.#base), { method: "POST", body: form, cache: "no-store", signal });
    return response.ok || PICTURE_REFUSED.has(response.status);
  }

  /** Tells a session of candidates that came after its offer, as RTCIceCandidate.toJSON() gives them. */
  trickle(sessionId, candidates) {
    return this.#call(`offer/${encodeURIComponent(sessionId)}`, {
      method: "PATCH",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ candidates }),
    });
  }

  /** Ends a session; works while the page is being left. The server collects what this call does not reach. */
  async end(sessionId) {
    const url = new URL(`offer/${encodeURIComponent(sessionId)}`, this.#base);
    await this.#send(url, { method: "DELETE", keepalive: true }).catch(() => undefined);
  }

  async #call(path, { signal, ...options }) {
    const limit = AbortSignal.timeout(TIMEOUT_MS);
    let response;
    try {
      response = await this.#send(new URL(path, this.#base), {
        ...options,
        cache: "no-store",
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
      });
      if (response.ok) return response.status === 204 ? null : await response.json();
    } catch (cause) {
      throw new SignallingError("unreachable", { retryAfterMs: 0, cause });
    }
    throw await refusal(response);
  }
}

async function refusal(response) {
  const body = await response.json().catch(() => null);
  const detail = typeof body?.error === "string" ? body.error : null;
  const retryAfterMs = parseRetryAfter(response.headers.get("Retry-After"), Date.now());
  if (body?.code?.startsWith?.("resume_")) return new SignallingError("resume_refused", { retryAfterMs: 0 });
  if (response.status === 503) {
    const stopping = body?.details?.reason === "stopping";
    return new SignallingError(stopping ? "server_stopping" : "server_full", { retryAfterMs: retryAfterMs ?? 0 });
  }
  if (response.status === 429) return new SignallingError("too_many_requests", { retryAfterMs: retryAfterMs ?? 5000 });
  if (response.status >= 500) return new SignallingError("server_error", { retryAfterMs: retryAfterMs ?? 0 });
  if (response.status === 401 || response.status === 403) return new SignallingError("sign_in_needed");
  return new SignallingError("offer_refused", { detail });
}

/** Milliseconds from a Retry-After header (seconds or a date); null where there is none. */
export function parseRetryAfter(header, now) {
  if (!header) return null;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
