// What may help, for one report: by condition, with its reasons, its products, and what is not recommended.

import { make } from "./elements.js";
import { safeAddress } from "./product-list.js";
import { CONDITION_NAMES } from "./protocol.js";

const NOTHING = "Nothing is recommended for what is seen in this picture.";

/** Shows recommendations in `host`; `advice`: {recommendations, blocked, questions, left_out} as REST answers them. */
export function showAdvice(host, { recommendations, blocked = [], questions = [], left_out: leftOut = {} }) {
  const conditions = Object.entries(recommendations).filter(([, items]) => items.length);
  host.replaceChildren(make("h3", "", "What may help"));
  if (conditions.length === 0) host.append(make("p", "hint", NOTHING));
  for (const [condition, items] of conditions) host.append(section(condition, items, leftOut[condition]));
  if (blocked.length) host.append(refusals(blocked));
  if (questions.length) {
    const where = Object.assign(make("a", "", "Answer under History"), { href: "#history" });
    host.append(make("p", "hint", `Answers that are not there yet could change this: ${questions.map(({ name }) => name.replaceAll("_", " ")).join(", ")}. `, where));
  }
  host.hidden = false;
}

/** How many products are missing and why, in a sentence; "" where none is. */
export function describeLeftOut({ blocked = 0, unknown = 0 } = {}) {
  const parts = [];
  if (blocked) parts.push(`${products(blocked)} left out for what they contain`);
  if (unknown) parts.push(`${products(unknown)} left out because their ingredients are unknown`);
  return parts.length ? `${parts.join(", ")}.` : "";
}

function products(count) {
  return count === 1 ? "1 product" : `${count} products`;
}

function section(condition, items, leftOut) {
  const details = make("details", "advice-group");
  details.dataset.condition = condition;
  details.open = items.some(({ kind }) => kind === "clinician");
  const shown = items.filter(({ kind }) => kind === "product").length;
  const count = make("span", "value", shown ? products(shown) : "");
  const name = make("span", "name", CONDITION_NAMES[condition] ?? condition);
  details.append(make("summary", "", name, count), make("ul", "", ...items.map(entry)));
  const missing = describeLeftOut(leftOut);
  if (missing) details.append(make("p", "hint", missing));
  return details;
}

function entry(item) {
  const made = make("li", item.kind);
  made.dir = item.dir;
  made.lang = item.lang;
  const { product } = item;
  if (product) made.append(heading(product));
  made.append(make("p", "", item.text));
  for (const { text } of [...item.cautions, ...item.conflicts, ...item.check_label]) made.append(make("p", "caution", text));
  if (item.already_used) made.append(make("p", "hint", "You use this already."));
  const sources = item.rule.sources.map(({ reference }) => reference).join(" ");
  if (sources) {
    const source = make("details", "source", make("summary", "", "Source"), make("p", "", sources));
    made.append(source);
  }
  return made;
}

function heading(product) {
  const address = product.is_sample ? null : safeAddress(product.url);
  const name = make(address ? "a" : "span", "", product.name);
  if (address) Object.assign(name, { href: address, target: "_blank", rel: "noopener noreferrer nofollow" });
  const price = [product.price, product.is_sample && "an invented sample", product.in_stock === false && "sold out"];
  return make("p", "product-name", name, make("span", "hint", ` ${price.filter(Boolean).join(" · ")}`));
}

function refusals(blocked) {
  const details = make("details", "advice-group blocked");
  details.append(
    make("summary", "", make("span", "name", "Not recommended to you"), make("span", "value", String(blocked.length))),
    make("ul", "", ...blocked.map(({ text }) => make("li", "", make("p", "", text)))),
  );
  return details;
}
