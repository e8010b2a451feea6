// Tells when the picture with a given RTP timestamp was captured, on this page's clock.
//
// The sender's RTP timestamps step exactly as the capture times do (90 ticks a millisecond), but start anywhere. So one
// number, the offset between the two clocks, is all there is to find. Each timestamp seen on its way out (or, where the
// browser does not show them, coming back in an annotation) bounds it from one side: a picture was captured before it was
// seen. Of the offsets that the bound leaves, the one under which most timestamps fall on a captured picture is right,
// and among equals the one with the least delay.

const TICKS_PER_MS = 90;
const WRAP = 2 ** 32;
const WINDOW = 48; // pictures remembered: 1.6 s at 30 a second
const SAME_MS = 2; // RTP timestamps are made from whole milliseconds
const LONGEST_ENCODE_MS = 120; // the quickest of WINDOW pictures takes less than this from capture to being seen

export class FrameClock {
  #captured = []; // ms, ascending
  #seen = []; // {rtp: ms on the RTP clock, unwrapped, at: ms}
  #offset = null; // RTP ms minus page ms
  #lastTicks = null;
  #lastUnwrapped = 0;
  #stale = false;

  /** A picture was captured at `time` (ms, page clock). */
  captured(time) {
    const last = this.#captured.at(-1);
    if (last !== undefined && time <= last) return;
    this.#captured.push(time);
    if (this.#captured.length > WINDOW) this.#captured.shift();
    this.#stale = true;
  }

  /** The picture with `rtpTimestamp` (90 kHz, modulo 2^32) existed at `time` (ms, page clock) at the latest. */
  seen(rtpTimestamp, time) {
    this.#seen.push({ rtp: this.#unwrap(rtpTimestamp) / TICKS_PER_MS, at: time });
    if (this.#seen.length > WINDOW) this.#seen.shift();
    this.#stale = true;
  }

  /** When the picture with `rtpTimestamp` was captured (ms, page clock); null as long as that is not known. */
  captureTime(rtpTimestamp) {
    if (this.#stale) {
      this.#offset = estimateOffset(this.#captured, this.#seen);
      this.#stale = false;
    }
    return this.#offset === null ? null : this.#unwrap(rtpTimestamp) / TICKS_PER_MS - this.#offset;
  }

  #unwrap(ticks) {
    if (this.#lastTicks !== null) {
      let step = (ticks - this.#lastTicks) % WRAP;
      if (step > WRAP / 2) step -= WRAP;
      if (step < -WRAP / 2) step += WRAP;
      this.#lastUnwrapped += step;
    } else {
      this.#lastUnwrapped = ticks;
    }
    this.#lastTicks = ticks;
    return this.#lastUnwrapped;
  }
}

function estimateOffset(captured, seen) {
  if (captured.length === 0 || seen.length === 0) return null;
  const least = Math.max(...seen.map(({ rtp, at }) => rtp - at));
  const candidates = [];
  for (const { rtp } of seen) {
    for (const time of captured) {
      const offset = rtp - time;
      if (offset >= least - SAME_MS && offset <= least + LONGEST_ENCODE_MS) candidates.push(offset);
    }
  }
  if (candidates.length === 0) return least;
  candidates.sort((a, b) => a - b);
  return densest(candidates);
}

// The middle of the fullest group at most SAME_MS wide. A later group must be clearly fuller, for a steady camera makes
// groups at every multiple of its interval, each one picture thinner than the one before only by the window's edge.
function densest(sorted) {
  let best = { count: 0, middle: sorted[0] };
  for (let low = 0, high = 0; low < sorted.length; low += 1) {
    while (high < sorted.length && sorted[high] - sorted[low] <= SAME_MS) high += 1;
    const count = high - low;
    const distinct = sorted[low] - best.middle > SAME_MS;
    if (count > best.count * (distinct ? 1.2 : 1)) {
      best = { count, middle: sorted[low + Math.floor((count - 1) / 2)] };
    }
  }
  return best.middle;
}
