// Two reports side by side, or why their pictures cannot be compared.

import { make } from "./elements.js";
import { describeMoment } from "./history.js";
import { describeChange } from "./progress.js";
import { CONDITION_NAMES } from "./protocol.js";
import { here } from "./report-card.js";

const TO = "\u2060–\u2060"; // no line ends within an interval

/** A score with its interval, "86 (82–91)"; a dash where there is none. */
export function describeScore({ score, score_low: low, score_high: high } = { score: null }) {
  return score === null ? "–" : `${Math.round(score)} (${Math.round(low)}${TO}${Math.round(high)})`;
}

/** The sentences of a refusal, each once. */
export function describeReasons(error) {
  return [...new Set((error.details.reasons ?? []).map(({ sentence }) => sentence))];
}

/** Shows GET /progress-compare/ in `host`. */
export function showComparison(host, { first, second, changes }) {
  const head = make("tr", "", make("td"), ...[first, second].map((report) => make("th", "", picture(report), describeMoment(report.date))));
  for (const cell of head.querySelectorAll("th")) cell.scope = "col";
  const rows = Object.keys(CONDITION_NAMES).filter((name) => changes[name]).map((name) => row(name, first, second, changes[name]));
  const table = make("table", "comparison", make("thead", "", head), make("tbody", "", ...rows));
  host.replaceChildren(table, make("p", "hint", "Scores run from 0 to 100, higher is healthier, with what noise leaves open. They compare pictures of one person; they are not grades."));
}

/** Shows why there is no comparison: a CallError. */
export function showRefusal(host, error) {
  const reasons = describeReasons(error);
  host.replaceChildren(make("p", "", error.message), make("ul", "reasons", ...reasons.map((reason) => make("li", "", reason))));
  if (reasons.length) host.append(make("p", "hint", "Pictures taken in the same light, from the same distance and angle can be compared."));
}

function row(name, first, second, change) {
  const made = make("tr", "", make("th", "", CONDITION_NAMES[name]), make("td", "", describeScore(first.detections[name])), make("td", "", describeScore(second.detections[name])));
  made.querySelector("th").scope = "row";
  const words = make("tr", "change", make("td", "", describeChange(change)));
  words.firstElementChild.colSpan = 3;
  const both = document.createDocumentFragment();
  both.append(made, words);
  return both;
}

function picture(report) {
  const address = here(report.face_image_url);
  return address ? Object.assign(new Image(), { src: address, alt: "" }) : null;
}
