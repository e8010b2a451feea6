// How the skin went: the plot of all scores, and what the newest report says against the one before.

import { make } from "./elements.js";
import { CONDITION_NAMES } from "./protocol.js";
import { here } from "./report-card.js";

const VERDICTS = { better: "Better", worse: "Worse", "no change": "No change beyond the noise", unknown: "Not comparable" };

/** One condition's change in words: "Better: +6.2 (noise alone may make ±4.1)". */
export function describeChange(change) {
  if (!change) return "First report";
  const verdict = VERDICTS[change.trend] ?? change.trend;
  if (change.change === null) return verdict;
  const sign = change.change > 0 ? "+" : change.change < 0 ? "−" : "±";
  return `${verdict}: ${sign}${Math.abs(change.change).toFixed(1)} points (noise alone may make ±${change.noise_floor.toFixed(1)})`;
}

/** Shows GET /progress/ in `host`; `dark`: the colours of the plot. */
export function showProgress(host, progress, dark) {
  const address = new URL(here(progress.progress_plot_url), document.baseURI);
  address.searchParams.set("form", "svg");
  if (dark) address.searchParams.set("theme", "dark");
  const plot = Object.assign(new Image(), { src: address.href, alt: "Your scores over time, by condition. The words below say the same" });
  const rows = Object.keys(CONDITION_NAMES).filter((name) => progress.trend[name]).map((name) => row(name, progress.trend[name]));
  host.replaceChildren(make("figure", "plot", plot), make("ul", "trend", ...rows));
}

function row(name, { against_previous: previous }) {
  const made = make("li", "", make("span", "swatch"), make("span", "name", CONDITION_NAMES[name]), make("span", "text", describeChange(previous)));
  made.dataset.condition = name;
  return made;
}
