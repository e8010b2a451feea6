// When to try again: soon at first, then ever more rarely, never in step with everybody else.

const FIRST_MS = 500;
const LONGEST_MS = 15000;

export class Backoff {
  #tries = 0;
  #random;

  constructor(random = Math.random) {
    this.#random = random;
  }

  /** Failed tries in a row. */
  get tries() {
    return this.#tries;
  }

  /** Milliseconds to wait before the next try; never less than what the server asked for. */
  next(askedForMs = 0) {
    const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#tries);
    this.#tries += 1;
    return Math.max(askedForMs, ceiling * (0.5 + 0.5 * this.#random()));
  }

  reset() {
    this.#tries = 0;
  }
}
