// What a person may do with what is kept of them: consent to it, withdraw that, take everything away, delete the account.

import { button, make } from "./elements.js";

const EXPORT_MS = 120_000;

/** Whether pictures and reports are kept, in a sentence; `given`, `version`: the text agreed to, and the present one. */
export function describeConsent(given, version) {
  if (!given) return "You have not agreed that anything is kept: your pictures are looked at and answered, and there is no history.";
  if (given !== version) return "The text has changed since you agreed. Nothing new is kept until you agree to it.";
  return "You have agreed that your pictures and reports are kept, for you alone, until you delete them.";
}

/** `login`: a Login; `ask(question, yes)`: resolves to whether the person is sure; `erased()`: shows anew what is kept, which is nothing now; resolves when it has. */
export class MyData {
  #host;
  #server;
  #login;
  #ask;
  #erased;
  #message = make("p", "outcome");

  constructor(host, server, login, { ask, erased }) {
    this.#host = host;
    this.#server = server;
    this.#login = login;
    this.#ask = ask;
    this.#erased = erased;
    this.#message.setAttribute("role", "status");
  }

  /** Shows what the server says of the person's consent. */
  async refresh() {
    this.#say("");
    try {
      this.#show(await this.#server.ask("consent/"));
    } catch (error) {
      this.#host.replaceChildren(make("p", "", error.message));
    }
  }

  #show({ text, version, given_version: given }) {
    const current = given === version;
    const whole = make("details", "consent", make("summary", "", "The text"), ...text.split("\n\n").map((part) => make("p", "", part)));
    whole.open = !current;
    const agree = current ? null : button("primary", "I agree", () => this.#try(() => this.#agree(version)));
    const withdraw = given ? button("plain", "Withdraw my consent", () => this.#try(() => this.#withdraw())) : null;
    const actions = [
      agree,
      button("plain", "Export my data", () => this.#try(() => this.#export())),
      withdraw,
      button("plain danger", "Delete my account", () => this.#try(() => this.#delete())),
    ];
    this.#host.replaceChildren(make("p", "", describeConsent(given, version)), whole, make("p", "actions", ...actions.filter(Boolean)), this.#message);
  }

  async #try(act) {
    this.#say("");
    try {
      await act();
    } catch (error) {
      this.#say(error.message);
    }
  }

  async #agree(version) {
    const answer = await this.#server.ask("consent/", { method: "PUT", json: { version } });
    this.#login.learned({ consent_version: answer.given_version });
    this.#show(answer);
    this.#say(answer.message);
  }

  async #withdraw() {
    const sure = await this.#ask("Withdraw your consent? All kept pictures, reports and answers are deleted at once, and cannot be brought back.", "Withdraw and delete");
    if (!sure) return;
    const { message } = await this.#server.ask("consent/", { method: "DELETE" });
    this.#login.learned({ consent_version: "" });
    await this.#erased();
    this.#say(message);
  }

  async #export() {
    this.#say("Collecting your data…");
    const zip = await this.#server.ask("account/export", { as: "blob", timeoutMs: EXPORT_MS });
    const address = URL.createObjectURL(zip);
    Object.assign(document.createElement("a"), { href: address, download: "dermaassist.zip" }).click();
    setTimeout(() => URL.revokeObjectURL(address), EXPORT_MS);
    this.#say("Your data is in your downloads: dermaassist.zip.");
  }

  async #delete() {
    const sure = await this.#ask("Delete your account? All pictures, reports and answers go with it, in backups here too, and cannot be brought back.", "Delete my account");
    if (!sure) return;
    const { message } = await this.#server.ask("account/", { method: "DELETE" });
    this.#login.gone(message);
  }

  #say(text) {
    this.#message.textContent = text;
  }
}
