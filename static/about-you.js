// What a person tells of themselves, so that nothing unfit is recommended: the questions of GET /answers/ as a form.

import { button, make } from "./elements.js";

const NOT_ANSWERED = "Not answered";
const NO_ALLERGY = "None that I know of";

/** "a, b and  c" as typed -> the names; blanks are none. */
export function asNames(text) {
  return text.split(",").map((name) => name.trim().replace(/\s+/g, " ")).filter(Boolean);
}

/**
 * The body of PUT /answers/. `one`: chosen values by question ("" where there is none); `many`: lists by question;
 * `others`: further allergies as typed; `noAllergy`: said that there is none.
 */
export function asAnswers({ one, many, others, noAllergy }) {
  const allergies = [...many.allergies, ...asNames(others)];
  return {
    ...Object.fromEntries(Object.entries(one).map(([name, value]) => [name, value || null])),
    allergies: allergies.length ? allergies : noAllergy ? [] : null,
    using: many.using,
  };
}

export class AboutYou {
  #host;
  #server;
  #message = make("p", "outcome");

  constructor(host, server) {
    this.#host = host;
    this.#server = server;
    this.#message.setAttribute("role", "status");
  }

  /** Shows the questions with what was answered. */
  async refresh() {
    this.#message.textContent = "";
    try {
      this.#show(await this.#server.ask("answers/"));
    } catch (error) {
      this.#host.replaceChildren(make("p", "", error.message));
    }
  }

  #show({ questions, answers }) {
    const form = make("form", "about", ...questions.map((question) => (question.many ? several(question, answers) : single(question, answers))));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save(form);
    });
    const save = make("button", "primary", "Save");
    const remove = answers ? button("plain", "Delete my answers", () => this.#try(() => this.#server.ask("answers/", { method: "DELETE" }))) : null;
    form.append(make("p", "actions", save, ...(remove ? [remove] : [])));
    this.#host.replaceChildren(form, this.#message);
  }

  #save(form) {
    const one = Object.fromEntries([...form.querySelectorAll("select")].map(({ name, value }) => [name, value]));
    const ticked = (name) => [...form.querySelectorAll(`input[type=checkbox][name=${name}]:checked`)].map(({ value }) => value);
    const { others, no_allergy: none } = form.elements;
    const json = asAnswers({ one, many: { allergies: ticked("allergies"), using: ticked("using") }, others: others.value, noAllergy: none.checked });
    return this.#try(() => this.#server.ask("answers/", { method: "PUT", json }));
  }

  async #try(act) {
    this.#message.dataset.tone = "calm";
    try {
      const answer = await act();
      this.#show(answer);
      this.#message.textContent = answer.message;
    } catch (error) {
      this.#message.textContent = error.message;
      this.#message.dataset.tone = "bad";
    }
  }
}

function single({ name, text, choices }, answers) {
  const select = Object.assign(make("select"), { name });
  select.append(new Option(NOT_ANSWERED, ""), ...choices.map((choice) => new Option(choice.text, choice.value)));
  select.value = answers?.[name] ?? "";
  return make("label", "question", make("span", "", text), select);
}

function several({ name, text, choices, free }, answers) {
  const given = answers?.[name] ?? [];
  const boxes = choices.map((choice) => box(name, choice.value, choice.text, given.includes(choice.value)));
  const group = make("details", "question", make("summary", "", text, make("span", "value", given.length ? String(given.length) : "")));
  group.append(make("div", "choices", ...boxes));
  if (free) {
    const known = new Set(choices.map(({ value }) => value));
    const others = Object.assign(make("input"), { name: "others", type: "text", maxLength: 400, value: given.filter((value) => !known.has(value)).join(", ") });
    const none = box("no_allergy", "true", NO_ALLERGY, Array.isArray(answers?.[name]) && given.length === 0);
    group.append(make("label", "others", make("span", "", "Others, as written on the label, with commas between them"), others), none);
  }
  return group;
}

function box(name, value, text, checked) {
  return make("label", "check", Object.assign(make("input"), { type: "checkbox", name, value, checked }), make("span", "", text));
}
