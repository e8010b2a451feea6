// Who is signed in: the tokens, and requests that carry them.
//
// The access token is in memory alone. So is the refresh token while the page is open: it lies in the tab's session
// storage only from when the page is left until the next page of this tab takes it out. A second tab, copies of this one
// included, therefore never holds the same token, and never uses one that has been exchanged (which would end the login).

import { CallError, Server, refusal } from "./server.js";

const KEY = "dermaassist-login";
const SPARE_MS = 30_000; // exchanged so long before it expires: clocks and networks take their time
const OVER = new Set([401, 403]);

/** Where the refresh token waits between two pages of one tab. */
export class Vault {
  #storage;

  constructor(storage) {
    this.#storage = storage;
  }

  put(token) {
    try {
      this.#storage()?.setItem(KEY, token);
    } catch {
      // no storage: the next page asks to sign in again
    }
  }

  /** The token that was put there, which is not there any more; null without one. */
  take() {
    try {
      const token = this.#storage()?.getItem(KEY) ?? null;
      this.#storage()?.removeItem(KEY);
      return token;
    } catch {
      return null;
    }
  }
}

/**
 * Events: "change" (detail: {person, ended}; person is {user_id, name, consent_version, ...} or null; ended: the server's
 * sentence where it ended the login or the account is gone), "leaving" (the person is about to be signed out, and still is not).
 */
export class Login extends EventTarget {
  #send;
  #vault;
  #open; // calls without a token
  #base;
  #access = null;
  #freshUntil = -Infinity; // ms, page clock
  #refresh = null;
  #exchange = null; // the one under way: all who need a token wait for the same
  #person = null;

  constructor(base, { send = (...request) => fetch(...request), vault = new Vault(() => sessionStorage) } = {}) {
    super();
    this.#base = base;
    this.#send = send;
    this.#vault = vault;
    this.#open = new Server(base, send);
  }

  get person() {
    return this.#person;
  }

  /**
   * Takes up the login that the last page of this tab left, if there is one; throws CallError without the server, and may
   * be called again then. `returned`: the page itself was left and is back, as it was.
   */
  async restore({ returned = false } = {}) {
    const token = this.#vault.take();
    if (returned && token === null && this.#refresh !== null) return this.#forget(); // signed out on another page
    if (token !== null && token !== this.#refresh) {
      this.#refresh = token;
      this.#freshUntil = -Infinity;
    }
    if (this.#refresh !== null) await this.#exchanged();
  }

  /** The page is being left: keeps the login for the next page of this tab. */
  leave() {
    if (this.#refresh !== null) this.#vault.put(this.#refresh);
  }

  /** Makes an account and signs in. Throws CallError. */
  async signUp({ userId, name, password, consent }) {
    this.#took(await this.#open.ask("signup/", { method: "POST", json: { user_id: userId, name, password, consent } }));
  }

  /** Throws CallError. */
  async signIn({ userId, password }) {
    this.#took(await this.#open.ask("login/", { method: "POST", json: { user_id: userId, password } }));
  }

  /** Ends the login, here in any case and on the server if it can be reached. */
  async signOut() {
    const token = this.#refresh;
    if (token === null) return;
    this.dispatchEvent(new Event("leaving"));
    this.#forget();
    await this.#open.ask("logout/", { method: "POST", json: { refresh_token: token } }).catch(() => undefined);
  }

  /** The account is no more; `sentence`: the server's. */
  gone(sentence) {
    this.#forget(sentence);
  }

  /** What is known of the person has changed. */
  learned(fields) {
    if (!this.#person) return;
    this.#person = { ...this.#person, ...fields };
    this.#tell();
  }

  /** As fetch, with the person's token where somebody is signed in. While it is good, the request goes out at once. */
  fetch = (url, options = {}) => {
    if (this.#refresh === null) return this.#send(url, options);
    if (performance.now() < this.#freshUntil) return this.#withToken(url, options, true);
    return this.#exchanged().then(() => this.#withToken(url, options, false));
  };

  async #withToken(url, options, mayExchange) {
    if (this.#access === null) return this.#send(url, options); // the login has ended meanwhile
    const response = await this.#send(url, { ...options, headers: { ...options.headers, Authorization: `Bearer ${this.#access}` } });
    if (response.status !== 401 || !mayExchange) return response;
    this.#freshUntil = -Infinity;
    await this.#exchanged();
    return this.#withToken(url, options, false);
  }

  #exchanged() {
    this.#exchange ??= this.#swap().finally(() => (this.#exchange = null));
    return this.#exchange;
  }

  async #swap() {
    const token = this.#refresh;
    if (token === null || performance.now() < this.#freshUntil) return;
    const response = await this.#send(new URL("token/refresh/", this.#base), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ refresh_token: token }),
      cache: "no-store",
      keepalive: true,
    }).catch((cause) => {
      throw new CallError("The server cannot be reached. Check the network, and try again.", { cause });
    });
    if (response.ok) {
      const answer = await response.json();
      if (token === this.#refresh) this.#took(answer);
      return;
    }
    const error = await refusal(response);
    if (!OVER.has(error.status)) throw error;
    if (token === this.#refresh) this.#forget(error.message);
  }

  #took({ data }) {
    const { access_token: access, refresh_token: refresh, expires_in: seconds, ...person } = data;
    this.#access = access;
    this.#refresh = refresh;
    this.#freshUntil = performance.now() + Number(seconds) * 1000 - SPARE_MS;
    const changed = person.user_id !== this.#person?.user_id || person.consent_version !== this.#person?.consent_version;
    this.#person = person;
    if (changed) this.#tell();
  }

  #forget(ended = null) {
    this.#access = null;
    this.#refresh = null;
    this.#freshUntil = -Infinity;
    this.#vault.take();
    this.#person = null;
    this.#tell(ended);
  }

  #tell(ended = null) {
    this.dispatchEvent(new CustomEvent("change", { detail: { person: this.#person, ended } }));
  }
}
