// Makes reports: asks for one, sends the still that the server waits for, and tells how far it is.

const LONGEST_MS = 150_000; // the server's own limits are shorter; then something is lost

/** What the person is told while a report is made, by the capture's state. */
const WORDS = {
  asked: "Hold still…",
  taking: "Hold still: taking the picture…",
  uploading: "Sending the picture…",
  analysing: "Looking at the picture…",
};
const LOST = "The connection was lost before the report was there. Try again.";

/**
 * Events: "change" (detail: {busy, words, failed}), "report" (detail: {report, auto}).
 * `say(type, fields)` sends on `control`; `sessionId()` names the session; `takeStill()` resolves to a blob;
 * `sendStill(sessionId, captureId, blob)` resolves to whether the server has it.
 */
export class Capture extends EventTarget {
  #say;
  #sessionId;
  #takeStill;
  #sendStill;
  #current = null; // {id, auto, state, sessionId, sent: whether a still was asked of the camera}
  #timer = null;

  constructor({ say, sessionId, takeStill, sendStill }) {
    super();
    this.#say = say;
    this.#sessionId = sessionId;
    this.#takeStill = takeStill;
    this.#sendStill = sendStill;
  }

  get busy() {
    return this.#current !== null;
  }

  /** Asks for a report, unless one is being made. */
  ask() {
    if (this.#current) return;
    const id = crypto.randomUUID();
    if (this.#say("capture", { capture_id: id })) this.#begin(id, false, "asked");
    else this.#tell(LOST, true);
  }

  /** Takes a message of the server's; returns whether it was about a capture. */
  heard(message) {
    if (message.type === "capture_state") this.#became(message);
    else if (message.type === "report") this.#reported(message);
    else if (message.type === "error" && message.details?.capture_id) this.#failed(message);
    else return false;
    return true;
  }

  /** Another connection serves from now on: what was not heard on the old one is asked for again. */
  connected() {
    const current = this.#current;
    if (!current) return;
    if (current.sessionId === this.#sessionId()) this.#say("capture", { capture_id: current.id, still: false });
    else this.#end(LOST, true);
  }

  /** The live view is over. */
  stop() {
    if (this.#current) this.#end("", false);
    else this.#tell("", false);
  }

  #begin(id, auto, state) {
    this.#current = { id, auto, state, sessionId: this.#sessionId(), sent: false };
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#end(LOST, true), LONGEST_MS);
    this.#tell(WORDS[state], false);
  }

  #became({ capture_id: id, state, auto }) {
    if (!(state in WORDS)) return; // report and error say the rest
    if (!this.#current) this.#begin(id, auto, state);
    if (this.#current.id !== id) return;
    this.#current.state = state;
    this.#tell(WORDS[state], false);
    if (state === "taking" && !this.#current.sent) this.#send(this.#current);
  }

  async #send(current) {
    current.sent = true;
    let accepted = false;
    try {
      accepted = await this.#sendStill(current.sessionId, current.id, await this.#takeStill());
    } catch {
      // no picture, or no way for it: the video's will do
    }
    const waits = this.#current === current && current.state === "taking";
    if (!accepted && waits) this.#say("capture", { capture_id: current.id, still: false });
  }

  #reported(report) {
    const auto = this.#current?.auto ?? false;
    if (this.#current?.id === report.capture_id) this.#end("Your report is ready.", false);
    this.dispatchEvent(new CustomEvent("report", { detail: { report, auto } }));
  }

  #failed({ details, message }) {
    if (!this.#current || this.#current.id === details.capture_id) this.#end(message, true);
  }

  #end(words, failed) {
    this.#current = null;
    clearTimeout(this.#timer);
    this.#tell(words, failed);
  }

  #tell(words, failed) {
    this.dispatchEvent(new CustomEvent("change", { detail: { busy: this.busy, words, failed } }));
  }
}
