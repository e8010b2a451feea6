// The dialog in which a person signs in or makes an account.

const CONSENT = "consent/";
const WORDS = {
  in: { title: "Sign in", action: "Sign in", busy: "Signing in…", other: "Make an account", password: "current-password" },
  up: { title: "Make an account", action: "Make the account", busy: "Making the account…", other: "I have an account", password: "new-password" },
};

/** "9 s", "2 minutes": how long to wait, for a countdown. */
export function describeWait(ms) {
  const seconds = Math.ceil(ms / 1000);
  return seconds <= 90 ? `${seconds} s` : `${Math.ceil(seconds / 60)} minutes`;
}

export class SignIn {
  #dialog;
  #login;
  #server;
  #mode = "in";
  #busy = false;
  #mayAt = -Infinity; // ms, page clock: the server asked to wait until then
  #timer = 0;

  /** `dialog`: the element; `login`: a Login; `server`: a Server. */
  constructor(dialog, login, server) {
    this.#dialog = dialog;
    this.#login = login;
    this.#server = server;
    this.#find("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#find("other").addEventListener("click", () => this.#become(this.#mode === "in" ? "up" : "in"));
    this.#find("close").addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => {
      clearInterval(this.#timer);
      this.#find("form").elements.password.value = "";
    });
  }

  /** Opens the dialog; `why`: a sentence to begin with. */
  open(why = "") {
    this.#become("in");
    this.#say(why, "calm");
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#find("form").elements.user_id.focus();
    this.#timer = setInterval(() => this.#count(), 500);
  }

  #become(mode) {
    this.#mode = mode;
    const words = WORDS[mode];
    this.#find("title").textContent = words.title;
    this.#find("other").textContent = words.other;
    const { password, user_id: userId } = this.#find("form").elements;
    password.autocomplete = words.password;
    password.minLength = mode === "up" ? 8 : 0;
    userId.minLength = mode === "up" ? 3 : 0;
    for (const part of this.#dialog.querySelectorAll("[data-only=up]")) part.hidden = mode === "in";
    this.#say("", "calm");
    this.#count();
    if (mode === "up") this.#showConsent();
  }

  async #showConsent() {
    const text = this.#find("consent-text");
    if (text.dataset.version) return;
    try {
      const consent = await this.#server.ask(CONSENT);
      text.replaceChildren(...consent.text.split("\n\n").map((part) => Object.assign(document.createElement("p"), { textContent: part })));
      text.dataset.version = consent.version;
    } catch (error) {
      text.textContent = error.message;
    }
    this.#find("form").elements.consent.disabled = !text.dataset.version;
  }

  async #submit() {
    if (this.#busy || performance.now() < this.#mayAt) return;
    const { user_id: userId, name, password, consent } = this.#find("form").elements;
    const given = { userId: userId.value.trim(), name: name.value.trim(), password: password.value, consent: consent.checked };
    this.#busy = true;
    this.#say("", "calm");
    this.#count();
    try {
      await (this.#mode === "up" ? this.#login.signUp(given) : this.#login.signIn(given));
      this.#find("form").reset();
      this.#dialog.close();
    } catch (error) {
      if (error.waitMs) this.#mayAt = performance.now() + error.waitMs;
      this.#say(error.message, "bad");
    } finally {
      this.#busy = false;
      this.#count();
    }
  }

  // not disabled: that would lose the keyboard's place
  #count() {
    const words = WORDS[this.#mode];
    const left = this.#mayAt - performance.now();
    const action = this.#find("action");
    action.setAttribute("aria-disabled", String(this.#busy || left > 0));
    const text = this.#busy ? words.busy : left > 0 ? `Wait ${describeWait(left)}` : words.action;
    if (action.textContent !== text) action.textContent = text;
  }

  #say(text, tone) {
    const node = this.#find("message");
    node.textContent = text;
    node.dataset.tone = tone;
  }

  #find(name) {
    return this.#dialog.querySelector(`[data-sign-in="${name}"]`);
  }
}
