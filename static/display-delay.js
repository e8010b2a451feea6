// How far behind the camera the picture is shown, so that its annotations are there when it is.

const WINDOW_MS = 2000;
const MOST_MS = 250; // beyond this a mirror feels slow; what comes later is carried on from what is known
const GRACE_MS = 12; // a screen interval, for a message that is read just after the screen was drawn
const STEP_MS = 4; // change per call: the picture neither jumps nor stalls visibly

export class DisplayDelay {
  #lags = []; // {at, lag, time}
  #value = 0;

  /** An annotation about the picture captured at `time` came at `at` (ms, page clock). */
  arrived(at, time) {
    this.#lags.push({ at, time, lag: at - time });
  }

  /** The delay to show pictures with at `now`, ms; `interval` is the camera's, ms. Called once per screen. */
  next(now, interval) {
    this.#lags = this.#lags.filter(({ at }) => at > now - WINDOW_MS);
    const goal = this.#goal(interval);
    this.#value += Math.max(-STEP_MS, Math.min(STEP_MS, goal - this.#value));
    return this.#value;
  }

  reset() {
    this.#lags = [];
    this.#value = 0;
  }

  #goal(interval) {
    if (this.#lags.length < 3) return 0;
    const lags = this.#lags.map(({ lag }) => lag).sort((a, b) => a - b);
    const usual = lags[Math.min(lags.length - 1, Math.floor(lags.length * 0.9))];
    const spacing = (this.#lags.at(-1).time - this.#lags[0].time) / (this.#lags.length - 1);
    const wait = Math.max(0, spacing - interval); // a skipped picture lies between two annotations: the second comes later
    return Math.min(MOST_MS, Math.max(0, usual + wait + GRACE_MS));
  }
}
