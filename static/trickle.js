// ICE candidates that are found after the offer: kept until the server has a name for the session, then told together.

const TOGETHER_MS = 20; // candidates of one interface come within a few ms of each other

/** add() from the beginning; begin() when they can be told; stop() at the end. `tell`: takes a list of candidates as
 * RTCIceCandidate.toJSON() gives them; what it throws is ignored, because the connection itself will show. */
export class Trickle {
  #tell;
  #found = [];
  #begun = false;
  #timer = null;

  constructor(tell) {
    this.#tell = tell;
  }

  add(candidate) {
    this.#found.push(candidate.toJSON());
    this.#later();
  }

  begin() {
    this.#begun = true;
    this.#later();
  }

  stop() {
    clearTimeout(this.#timer);
    this.#begun = false;
    this.#found = [];
  }

  #later() {
    if (!this.#begun || this.#timer !== null || this.#found.length === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      const candidates = this.#found.splice(0);
      if (this.#begun && candidates.length > 0) Promise.resolve(this.#tell(candidates)).catch(() => undefined);
    }, TOGETHER_MS);
  }
}
