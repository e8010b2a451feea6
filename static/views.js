// Which part of the page is shown: the part that the address's fragment names, the first one without.

/** Event "change": detail {name}. */
export class Views extends EventTarget {
  #views;
  #links;
  #name = null;

  /** `views`: elements by name, the first one being the default; `links`: elements with data-view. */
  constructor(views, links) {
    super();
    this.#views = views;
    this.#links = links;
    addEventListener("hashchange", () => this.#show());
  }

  get name() {
    return this.#name;
  }

  begin() {
    this.#show();
  }

  go(name) {
    if (name !== this.#name) location.hash = name;
  }

  #show() {
    const wanted = location.hash.slice(1);
    const name = Object.hasOwn(this.#views, wanted) ? wanted : Object.keys(this.#views)[0];
    if (name === this.#name) return;
    const moved = this.#name !== null;
    this.#name = name;
    for (const [other, element] of Object.entries(this.#views)) element.hidden = other !== name;
    for (const link of this.#links) {
      if (link.dataset.view === name) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    this.dispatchEvent(new CustomEvent("change", { detail: { name } }));
    if (moved) {
      scrollTo({ top: 0 });
      this.#views[name].querySelector("[data-view-title]")?.focus({ preventScroll: true });
    }
  }
}
