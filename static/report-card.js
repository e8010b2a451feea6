// A report as a card: its picture, and a receipt for each score.

import { showAdvice } from "./advice.js";
import { describeCondition } from "./findings-panel.js";
import { CONDITION_NAMES } from "./protocol.js";

const ISSUE_WORDS = {
  video_too_small: "the picture is small",
  too_far: "the face was far away",
  too_close: "the face was very near",
  off_centre: "the face was not in the middle",
  look_straight: "the face was turned a little",
  uneven_light: "the light came from one side",
};
const SOURCES = {
  still: "Your camera's own picture",
  frame: "The sharpest picture of your video",
  upload: "The photo that you chose",
  camera: "A picture from your camera",
};
const PERCENT_FROM = 0.01; // weights below would read as nothing

/** What the picture is, in a sentence. */
export function describeSource({ source, size, pictures_used: used }) {
  const pixels = size ? `, ${size.width} × ${size.height} pixels` : "";
  const others = used > 1 ? `; scores are the middle of ${used} pictures of that second` : "";
  return (SOURCES[source] ?? SOURCES.camera) + pixels + others;
}

/** What became of the report, in a sentence; `time` words a moment. */
export function describeKeeping({ kept, pictures_expire_at: until }, time) {
  return kept ? "Stored in your history." : `Not stored. Its pictures are deleted after ${time(new Date(until))}.`;
}

/** What the camera gate found wanting, in a sentence; "" where it was content. */
export function describeQuality({ quality }) {
  const found = quality.issues.map((issue) => ISSUE_WORDS[issue] ?? issue.replaceAll("_", " "));
  return found.length ? `It could have been better: ${found.join(", ")}.` : "";
}

/**
 * One condition's line and receipt: {value, text, score, muted} as the live list has them, with the interval in the
 * text, and `lines`: what the score was computed from, in words.
 */
export function describeResult(result, receipt) {
  const line = describeCondition(result);
  if (line.score) line.text = `${range(line.score)} · ${line.text}`;
  const lines = (receipt?.terms ?? []).map((term) => {
    const weight = receipt.terms.length > 1 && term.weight >= PERCENT_FROM ? `, ${Math.round(100 * term.weight)} % of it` : "";
    return `${words(term.measure)}: ${amount(term.value, term.unit)} (the scale ends at ${amount(term.reference, term.unit)}${weight})`;
  });
  if (receipt && lines.length === 0 && !line.muted) {
    lines.push(...receipt.measures.map(({ name, value, unit }) => `${words(name)}: ${amount(value, unit)}`));
  }
  const { name, version, backend } = receipt?.detector ?? {};
  if (name) lines.push(`Looked at by ${[words(name).toLowerCase(), version, backend && `(${backend})`].filter(Boolean).join(" ")}`);
  return { ...line, lines };
}

/** Shows reports in `card`, whose elements carry data-report; `template` is one condition's row. */
export class ReportCard {
  #card;
  #template;
  #shown = null;

  constructor(card, template) {
    this.#card = card;
    this.#template = template;
  }

  /** Shows a `report` message in place of what was there. */
  show(report) {
    const time = (moment) => moment.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    const today = new Date(report.date).toDateString() === new Date().toDateString();
    this.#shown = report;
    this.#find("advice")?.replaceChildren();
    this.#find("next")?.replaceChildren();
    this.#text("when", today ? time(new Date(report.date)) : new Date(report.date).toLocaleString([], { dateStyle: "medium", timeStyle: "short" }));
    this.#text("source", [describeSource(report) + ".", describeQuality(report)].filter(Boolean).join(" "));
    this.#text("keeping", describeKeeping(report, time));
    this.#text("notice", report.notice);
    const picture = this.#find("picture");
    const address = here(report.pictures.processed);
    picture.hidden = address === null;
    if (address !== null) {
      picture.href = address;
      picture.querySelector("img").src = address;
    }
    const known = Object.keys(CONDITION_NAMES).filter((name) => report.conditions[name]);
    this.#find("results").replaceChildren(
      ...known.map((name) => this.#row(name, report.conditions[name], report.receipts[name])),
    );
    this.#card.hidden = false;
  }

  /** Brings the card into view and to who listens. */
  focus() {
    this.#find("title").focus({ preventScroll: true });
    this.#card.scrollIntoView({ block: "start", behavior: calm() ? "auto" : "smooth" });
  }

  /** Adds what may help, as long as `report` is what is shown. */
  advise(report, advice) {
    if (report === this.#shown) showAdvice(this.#find("advice"), advice);
  }

  /** Adds an element to go on with after what became of the report. */
  suggest(element) {
    this.#find("next").replaceChildren(element);
  }

  /** Takes the report away: nothing of it is left on the page. */
  hide() {
    this.#card.hidden = true;
    this.#shown = null;
    for (const name of ["results", "advice", "next"]) this.#find(name)?.replaceChildren();
    const picture = this.#find("picture");
    picture.removeAttribute("href");
    picture.querySelector("img").removeAttribute("src");
  }

  #row(name, result, receipt) {
    const row = this.#template.content.firstElementChild.cloneNode(true);
    const { value, text, score, muted, lines } = describeResult(result, receipt);
    row.dataset.condition = name;
    row.classList.toggle("muted", muted);
    row.querySelector("[data-name]").textContent = CONDITION_NAMES[name];
    row.querySelector("[data-text]").textContent = text;
    row.querySelector("[data-score]").textContent = value;
    const bar = row.querySelector("[data-bar]");
    bar.classList.toggle("empty", score === null);
    if (score) {
      for (const [property, number] of [["score", score.value], ["low", score.low], ["high", score.high]]) {
        bar.style.setProperty(`--${property}`, String(number));
      }
    }
    row.querySelector("[data-lines]").replaceChildren(...lines.map((line) => element("li", line)));
    const crops = (receipt?.crops ?? []).map((url, index) => {
      const image = Object.assign(new Image(), { src: here(url), alt: `${CONDITION_NAMES[name]}, place ${index + 1}`, loading: "lazy" });
      return image;
    });
    row.querySelector("[data-crops]").replaceChildren(...crops);
    return row;
  }

  #find(name) {
    return this.#card.querySelector(`[data-report="${name}"]`);
  }

  #text(name, text) {
    const node = this.#find(name);
    if (node.textContent !== text) node.textContent = text;
  }
}

/** "76–88", what a score's noise leaves open. */
function range({ low, high }) {
  return `${Math.round(low)}–${Math.round(high)}`;
}

function amount(value, unit) {
  const digits = Math.abs(value) >= 10 || Number.isInteger(value) ? 0 : Math.abs(value) >= 1 ? 1 : 2;
  const number = value.toFixed(digits);
  return unit && unit !== "count" ? `${number} ${unit}` : number;
}

function words(name) {
  const text = name.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The picture's address as this page reaches it; the server may know itself by another name. */
export function here(address) {
  if (!address) return null;
  const url = new URL(address, document.baseURI);
  return url.origin === location.origin ? url.href : url.pathname + url.search;
}

function calm() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

function element(tag, text) {
  return Object.assign(document.createElement(tag), { textContent: text });
}
