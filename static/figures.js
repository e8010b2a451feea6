// How the live view is doing, in numbers.

const WINDOW_MS = 3000;
const LEAST_SPAN_MS = 500; // over less, a burst would pass for a rate

/** Gathers what is measured; read() gives figures over the last three seconds. */
export class Figures {
  #arrivals = []; // {at, latency: ms or null}
  #baseline = null; // {received, dropped, seq} three seconds ago, from the messages themselves
  #history = [];
  #last = null;

  /** An annotation came at `now` (ms), `latency` ms after its picture was captured (null: not known). */
  add(message, latency, now) {
    this.#arrivals.push({ at: now, latency });
    this.#history.push({ at: now, received: message.received, dropped: message.dropped });
    this.#last = message;
    while (this.#arrivals[0]?.at <= now - WINDOW_MS) this.#arrivals.shift();
    while (this.#history[0]?.at <= now - WINDOW_MS) this.#baseline = this.#history.shift();
  }

  /** {latencyMs, rate (analysed a second), droppedShare 0-1, width, height}, each null while unknown. */
  read(now) {
    const recent = this.#arrivals.filter(({ at }) => at > now - WINDOW_MS);
    const latencies = recent.flatMap(({ latency }) => latency ?? []).sort((a, b) => a - b);
    const first = this.#baseline ?? this.#history[0];
    const received = this.#last ? this.#last.received - first.received : 0;
    const span = recent.length > 1 ? recent.at(-1).at - recent[0].at : 0;
    return {
      latencyMs: latencies.length ? latencies[Math.floor(latencies.length / 2)] : null,
      rate: span >= LEAST_SPAN_MS ? ((recent.length - 1) * 1000) / span : null,
      droppedShare: received > 0 ? Math.min(1, (this.#last.dropped - first.dropped) / received) : null,
      width: recent.length ? this.#last.frame.width : null,
      height: recent.length ? this.#last.frame.height : null,
    };
  }

  reset() {
    this.#arrivals = [];
    this.#history = [];
    this.#baseline = null;
    this.#last = null;
  }
}

/** Writes figures into `list`, a <dl> whose <dd>s carry data-figure; a dash where there is none. */
export function showFigures(list, { latencyMs, rate, droppedShare, width, height, roundTripMs }) {
  const texts = {
    latency: latencyMs === null ? null : `${Math.round(latencyMs)} ms`,
    rate: rate === null ? null : `${rate.toFixed(rate < 10 ? 1 : 0)} /s`,
    dropped: droppedShare === null ? null : `${(100 * droppedShare).toFixed(droppedShare < 0.1 ? 1 : 0)} %`,
    resolution: width === null ? null : `${width} × ${height}`,
    network: roundTripMs === null ? null : `${Math.round(roundTripMs)} ms`,
  };
  for (const cell of list.querySelectorAll("[data-figure]")) setText(cell, texts[cell.dataset.figure] ?? "–");
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
