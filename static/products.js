// The page of products: asks while somebody types, shows the newest answer only.

import { showCategories } from "./product-list.js";

const PAUSE_MS = 120; // between two letters of a quick typist
const TIMEOUT_MS = 10_000;

const element = (id) => document.getElementById(id);
const form = element("search");
let page = 1;
let timer = 0;
let asking = null; // AbortController of the question under way

function question() {
  const values = [...new FormData(form)].filter(([, value]) => value.trim() !== "");
  return new URLSearchParams(values);
}

async function ask(more = false) {
  clearTimeout(timer);
  asking?.abort();
  const mine = (asking = new AbortController());
  page = more ? page + 1 : 1;
  const wanted = question();
  history.replaceState(null, "", wanted.size ? `?${wanted}` : location.pathname);
  if (page > 1) wanted.set("page", String(page));
  try {
    const signal = AbortSignal.any([mine.signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const response = await fetch(new URL(`product-search/?${wanted}`, document.baseURI), { signal });
    const answer = await response.json();
    if (mine !== asking) return;
    if (!response.ok) throw new Error(answer.error);
    show(answer, more);
  } catch (error) {
    if (mine !== asking || error.name === "AbortError") return;
    element("message").textContent = error.name === "Error" ? error.message : "The server does not answer. Please try again.";
  }
}

function show(answer, more) {
  element("message").textContent = answer.message;
  const sections = showCategories(answer.products_by_category, answer.facets.categories);
  if (!more) element("results").replaceChildren();
  for (const section of sections) addSection(section);
  element("more").hidden = answer.page >= answer.pages;
  offerCategories(answer.facets.categories);
}

/** At the end; or, where the category is shown already, its products under those that are there. */
function addSection(section) {
  const shown = [...element("results").children].find(({ dataset }) => dataset.category === section.dataset.category);
  if (shown) shown.querySelector("ul").append(...section.querySelectorAll("li"));
  else element("results").append(section);
}

function offerCategories(counts) {
  const choice = form.elements.category;
  const names = new Set([...Object.keys(counts), choice.value].filter(Boolean));
  const options = [...names].map((name) => new Option(`${name} (${counts[name] ?? 0})`, name, false, name === choice.value));
  choice.replaceChildren(choice.options[0], ...options);
}

function restore() {
  for (const [name, value] of new URLSearchParams(location.search)) {
    const field = form.elements[name];
    if (!field) continue;
    if (field.type === "checkbox") field.checked = value === field.value;
    else if (name === "category") field.append(new Option(value, value, true, true));
    else field.value = value;
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  ask();
});
form.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(ask, PAUSE_MS);
});
element("more").addEventListener("click", () => ask(true));
restore();
ask();
