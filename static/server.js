// The REST side of the server: answers as they are, refusals as errors that hold the server's own sentence.

import { parseRetryAfter } from "./signalling.js";

const TIMEOUT_MS = 15_000;
const UNREACHABLE = "The server cannot be reached. Check the network, and try again.";
const UNKNOWN = "The server has a problem. Please try again in a moment.";

export class CallError extends Error {
  /** `message`: a sentence for a person; `status`: 0 where there was no answer; `waitMs`: null where nothing was said of it. */
  constructor(message, { status = 0, code = "unreachable", details = {}, waitMs = null, cause } = {}) {
    super(message, { cause });
    Object.assign(this, { status, code, details, waitMs });
  }
}

/** The calls of a server at `base` (a URL that ends in /), sent by `send` (as fetch). All throw CallError. */
export class Server {
  #base;
  #send;

  constructor(base, send) {
    this.#base = base;
    this.#send = send;
  }

  /** Resolves to {answer, headers}; `json` or `form` is the body; answer is null where there is none. */
  async call(path, { method = "GET", json, form, timeoutMs = TIMEOUT_MS, as = "json" } = {}) {
    const options = { method, cache: "no-store", signal: AbortSignal.timeout(timeoutMs) };
    if (json !== undefined) Object.assign(options, { headers: { "Content-Type": "application/json" }, body: JSON.stringify(json) });
    if (form !== undefined) options.body = form;
    let response;
    try {
      response = await this.#send(new URL(path, this.#base), options);
      if (response.ok) return { answer: response.status === 204 ? null : await response[as](), headers: response.headers };
    } catch (cause) {
      throw cause instanceof CallError ? cause : new CallError(UNREACHABLE, { cause });
    }
    throw await refusal(response);
  }

  /** The answer alone. */
  async ask(path, options) {
    return (await this.call(path, options)).answer;
  }
}

/** What a refused response says. */
export async function refusal(response) {
  const body = await response.json().catch(() => null);
  return new CallError(typeof body?.error === "string" ? body.error : UNKNOWN, {
    status: response.status,
    code: body?.code ?? "unknown",
    details: body?.details ?? {},
    waitMs: parseRetryAfter(response.headers.get("Retry-After"), Date.now()),
  });
}
