// The list of stored reports: newest first, a page at a time; two can be chosen to be compared.

import { button, make } from "./elements.js";
import { CONDITION_NAMES } from "./protocol.js";
import { here } from "./report-card.js";

const PAGE = 10;

/** "26 Nov 2026, 10:04" in the reader's own words. */
export function describeMoment(date) {
  return new Date(date).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
}

/** What a report's line says of it: "Acne 3 · Dark spots 1", counts of what was marked. */
export function describeMarks({ detections }) {
  const marked = Object.keys(CONDITION_NAMES).filter((name) => detections[name] > 0);
  return marked.length ? marked.map((name) => `${CONDITION_NAMES[name]} ${detections[name]}`).join(" · ") : "Nothing was marked in this picture";
}

/** The two chosen reports, the earlier one first; null where there are not two. */
export function asPair(chosen) {
  if (chosen.length !== 2) return null;
  const [first, second] = [...chosen].sort((a, b) => Date.parse(a.date) - Date.parse(b.date));
  return { first, second };
}

/**
 * Shows the list in `host`. `act`: {open(report), compare(pair), remove(report): resolves to whether it is gone}, where a
 * report is a line of GET /reports/.
 */
export class History {
  #host;
  #server;
  #act;
  #shown = [];
  #total = 0;
  #chosen = [];
  #asked = 0; // counts questions, so that a late answer to an earlier one is dropped
  #list = make("ul", "reports");
  #more;
  #compare;
  #message = make("p", "hint");

  constructor(host, server, act) {
    this.#host = host;
    this.#server = server;
    this.#act = act;
    this.#message.setAttribute("role", "status");
    this.#more = button("plain", "Show older", () => this.#load(this.#shown.length));
    this.#compare = button("plain", "Compare the two", () => this.#comparePair());
    host.append(this.#message, this.#list, make("p", "actions", this.#compare, this.#more));
    this.clear();
  }

  /** Forgets everything: nobody is signed in. */
  clear() {
    this.#asked += 1;
    this.#shown = [];
    this.#chosen = [];
    this.#total = 0;
    this.#list.replaceChildren();
    this.#show();
    this.#message.textContent = "";
  }

  /** Asks for the newest reports anew; resolves to how many there are in all, null where that is not known. */
  async refresh() {
    this.#chosen = [];
    return this.#load(0);
  }

  async #load(offset) {
    this.#asked += 1;
    const mine = this.#asked;
    if (offset === 0 && this.#shown.length === 0) this.#message.textContent = "Looking for your reports…";
    try {
      const { answer, headers } = await this.#server.call(`reports/?limit=${PAGE}&offset=${offset}`);
      if (mine !== this.#asked) return null;
      const known = new Set(offset ? this.#shown.map((report) => report.report_id) : []);
      const news = answer.filter((report) => !known.has(report.report_id)); // one more may have come since the last page
      this.#shown = offset ? [...this.#shown, ...news] : news;
      this.#total = Number(headers.get("X-Total-Count"));
      if (!offset) this.#list.replaceChildren();
      this.#list.append(...news.map((report) => this.#row(report)));
      this.#show();
      return this.#total;
    } catch (error) {
      if (mine === this.#asked) this.#message.textContent = error.message;
      return null;
    }
  }

  #show() {
    this.#more.hidden = this.#shown.length >= this.#total;
    this.#compare.hidden = this.#shown.length < 2;
    this.#compare.disabled = this.#chosen.length !== 2;
    this.#message.textContent =
      this.#total === 0 ? "No reports yet. Start the camera and make one, or use a photo." : this.#total === 1 ? "1 report" : `${this.#total} reports`;
  }

  #row(report) {
    const row = make("li", "report-line");
    row.dataset.report = report.report_id;
    const when = describeMoment(report.date);
    const face = here(report.face_image_url);
    const picture = face ? Object.assign(new Image(88, 88), { src: face, alt: "", loading: "lazy" }) : make("span", "no-picture");
    const open = button("line-open", when, () => this.#act.open(report));
    const choose = Object.assign(make("input"), { type: "checkbox" });
    choose.addEventListener("change", () => this.#choose(report, choose));
    const remove = button("plain small", "Delete", () => this.#remove(report, row));
    remove.setAttribute("aria-label", `Delete the report of ${when}`);
    const label = make("label", "check", choose, make("span", "", "Compare"));
    choose.setAttribute("aria-label", `Compare the report of ${when}`);
    row.append(picture, make("div", "line-words", open, make("p", "hint", describeMarks(report))), make("div", "line-actions", label, remove));
    return row;
  }

  #choose(report, box) {
    this.#chosen = this.#chosen.filter((other) => other.report.report_id !== report.report_id);
    if (box.checked) this.#chosen.push({ report, box });
    while (this.#chosen.length > 2) this.#chosen.shift().box.checked = false; // the third takes the place of the first
    this.#compare.disabled = this.#chosen.length !== 2;
  }

  #comparePair() {
    const pair = asPair(this.#chosen.map(({ report }) => report));
    return pair && this.#act.compare(pair);
  }

  async #remove(report, row) {
    try {
      if (!(await this.#act.remove(report))) return;
    } catch (error) {
      this.#message.textContent = error.message;
      return;
    }
    const next = row.nextElementSibling ?? row.previousElementSibling;
    this.#shown = this.#shown.filter((other) => other !== report);
    this.#chosen = this.#chosen.filter((other) => other.report !== report);
    this.#total -= 1;
    row.remove();
    this.#show();
    next?.querySelector("button").focus();
  }
}
