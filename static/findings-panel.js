// What is seen, as a list: one row per condition, a switch that shows or hides it on the picture.

import { CONDITION_NAMES, REGION_NAMES } from "./protocol.js";

const OLD_MS = 3000; // what was seen longer ago says how long

const TONE_NAMES = {
  "very light": "Very light",
  light: "Light",
  intermediate: "Intermediate",
  tan: "Tan",
  brown: "Brown",
  dark: "Dark",
};

/** What a row says for one condition's result: {value, text, score: {value, low, high} or null, muted}. */
export function describeCondition(result, offered = true) {
  if (!result) return { value: "", text: offered ? "Not looked at yet" : "Not looked at by this server", score: null, muted: true };
  const { count, severity, score, status, reason, age_ms: age = 0 } = result;
  if (status === "withheld") return { value: "", text: reason ?? "Not in this picture", score: null, muted: true };
  if (status === "unavailable") return { value: "", text: reason ?? "Not available here", score: null, muted: true };
  const seen = count === 0 ? "None seen" : count === 1 ? "1 place" : `${count} places`;
  const text = [severity?.grade ? capitalised(severity.label) : null, seen].filter(Boolean).join(" · ");
  const note = status === "degraded" ? ` · ${reason ?? "simpler method"}` : "";
  const since = age > OLD_MS ? ` · seen ${Math.round(age / 1000)} s ago` : "";
  return { value: score ? String(Math.round(score.value)) : "", text: text + note + since, score, muted: false };
}

/** Mean individual typology angle of the regions that were measured: {ita, name, reason}; null with none of them. */
export function summariseTone(regions = []) {
  const tones = regions.flatMap(({ tone }) => tone ?? []);
  const measured = tones.filter(({ ita }) => ita !== null).sort((a, b) => a.ita - b.ita);
  if (measured.length) {
    const middle = measured[Math.floor(measured.length / 2)];
    return { ita: middle.ita, name: TONE_NAMES[middle.class] ?? middle.class, reason: null };
  }
  return tones.length ? { ita: null, name: null, reason: tones[0].reason } : null;
}

export class FindingsPanel {
  #rows = new Map();
  #tone;
  #toneList;
  #offered = null; // conditions the server looks for; null while not known

  /** Fills `list` with rows; `onToggle` hears of the switches: the set of conditions to hide on the picture. */
  constructor(list, tone, toneList, template, onToggle) {
    const hidden = new Set();
    this.#tone = tone;
    this.#toneList = toneList;
    for (const [condition, name] of Object.entries(CONDITION_NAMES)) {
      const row = template.content.firstElementChild.cloneNode(true);
      row.dataset.condition = condition;
      row.querySelector("[data-name]").textContent = name;
      const toggle = row.querySelector("button");
      toggle.addEventListener("click", () => {
        const shown = toggle.getAttribute("aria-pressed") !== "true";
        toggle.setAttribute("aria-pressed", String(shown));
        if (shown) hidden.delete(condition);
        else hidden.add(condition);
        onToggle(hidden);
      });
      list.append(row);
      this.#rows.set(condition, row);
    }
    this.show(null);
  }

  /** The server looks for these conditions, and for no others. */
  offer(conditions) {
    this.#offered = new Set(conditions);
  }

  /** Shows the results of an annotation; null: of none. */
  show(message) {
    for (const [condition, row] of this.#rows) {
      const offered = this.#offered?.has(condition) ?? true;
      const { value, text, score, muted } = describeCondition(message?.conditions[condition], offered);
      row.classList.toggle("muted", muted);
      setText(row.querySelector("[data-text]"), text);
      setText(row.querySelector("[data-score]"), value);
      const bar = row.querySelector("[data-bar]");
      bar.classList.toggle("empty", score === null);
      if (score) {
        bar.style.setProperty("--score", String(score.value));
        bar.style.setProperty("--low", String(score.low));
        bar.style.setProperty("--high", String(score.high));
      }
    }
    this.#showTone(message?.regions);
  }

  #showTone(regions) {
    const summary = summariseTone(regions);
    const text = !summary
      ? "Not looked at yet"
      : summary.ita === null
        ? capitalised(summary.reason ?? "not measured")
        : `${summary.name}, ITA ${Math.round(summary.ita)}°`;
    setText(this.#tone, text);
    const lines = (regions ?? [])
      .filter(({ tone }) => tone)
      .map(({ name, tone }) => [REGION_NAMES[name] ?? name, tone.ita === null ? (tone.reason ?? "–") : `${Math.round(tone.ita)}°`]);
    const wanted = JSON.stringify(lines);
    if (this.#toneList.dataset.shown === wanted) return;
    this.#toneList.dataset.shown = wanted;
    this.#toneList.replaceChildren(...lines.flatMap(([name, value]) => [element("dt", name), element("dd", value)]));
  }
}

function element(tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

function capitalised(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
