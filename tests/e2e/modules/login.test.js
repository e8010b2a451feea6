import { Login, Vault } from "/static/login.js";
import { equal, ok } from "./check.js";

const BASE = "http://localhost/";
const UNAUTHORISED = { error: "This login has ended. Please log in again.", code: "token_invalid", details: {} };

/** The server's account calls, with refresh tokens that are good for one exchange; an old one ends the login. */
class Accounts {
  seen = []; // "METHOD path token"
  pairs = 0;
  ended = false;
  expired = new Set(); // access tokens
  down = false;

  send = async (url, { method = "GET", headers = {}, body } = {}) => {
    const path = new URL(url).pathname;
    const token = new Headers(headers).get("Authorization")?.replace("Bearer ", "") ?? null;
    this.seen.push(`${method} ${path} ${token}`);
    if (this.down) throw new TypeError("no network");
    const given = body ? JSON.parse(body) : {};
    if (path === "/login/") return given.password === "right" ? this.#pair(200) : answer(401, { error: "Not right.", code: "wrong_credentials" });
    if (path === "/token/refresh/") {
      if (given.refresh_token !== `refresh-${this.pairs}`) this.ended = true;
      return this.ended ? answer(401, UNAUTHORISED) : this.#pair(200);
    }
    if (path === "/logout/") this.ended = true;
    if (token !== null && (this.expired.has(token) || this.ended)) return answer(401, UNAUTHORISED);
    return answer(200, {});
  };

  #pair(status) {
    this.pairs += 1;
    const tokens = { access_token: `access-${this.pairs}`, refresh_token: `refresh-${this.pairs}`, expires_in: "900" };
    return answer(status, { message: "", data: { user_id: "amira", consent_version: "", ...tokens } });
  }
}

function answer(status, body) {
  return new Response(JSON.stringify(body), { status });
}

function tab(accounts) {
  const kept = new Map();
  const storage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value), removeItem: (key) => kept.delete(key) };
  const page = () => new Login(BASE, { send: accounts.send, vault: new Vault(() => storage) });
  return { kept, page };
}

async function signedIn() {
  const accounts = new Accounts();
  const { kept, page } = tab(accounts);
  const login = page();
  await login.signIn({ userId: "amira", password: "right" });
  return { accounts, kept, page, login };
}

export default {
  async "requests carry the token, which is kept in no storage while the page is open"() {
    const { accounts, kept, login } = await signedIn();
    await login.fetch(`${BASE}reports/`, { headers: { Accept: "text/plain" } });
    equal(accounts.seen.at(-1), "GET /reports/ access-1");
    equal([kept.size, login.person.user_id, JSON.stringify(login.person).includes("refresh-1")], [0, "amira", false]);
  },
  async "without anybody signed in they carry none, and a wrong password says so"() {
    const accounts = new Accounts();
    const login = tab(accounts).page();
    await login.fetch(`${BASE}reports/`);
    equal(accounts.seen, ["GET /reports/ null"]);
    const error = await login.signIn({ userId: "amira", password: "wrong" }).catch((error) => error);
    equal([error.message, error.status, login.person], ["Not right.", 401, null]);
  },
  async "an expired token is exchanged once, however many need it"() {
    const { accounts, login } = await signedIn();
    accounts.expired.add("access-1");
    const all = await Promise.all([1, 2, 3].map((id) => login.fetch(`${BASE}reports/${id}`)));
    equal(all.map(({ status }) => status), [200, 200, 200]);
    equal(accounts.seen.filter((line) => line.includes("/token/refresh/")).length, 1);
    equal([accounts.pairs, accounts.ended], [2, false]);
  },
  async "the next page of the tab takes the login up; a copy of the tab finds none to use"() {
    const { kept, page, login } = await signedIn();
    login.leave();
    equal([...kept.values()], ["refresh-1"]);
    const next = page();
    await next.restore();
    equal([next.person?.user_id, kept.size], ["amira", 0]);
    const copy = page();
    await copy.restore();
    equal(copy.person, null);
    await next.fetch(`${BASE}reports/`);
    ok(next.person, "the first goes on");
  },
  async "a login that the server has ended is over, with its sentence"() {
    const { accounts, login } = await signedIn();
    const heard = [];
    login.addEventListener("change", ({ detail }) => heard.push(detail));
    accounts.ended = true;
    equal((await login.fetch(`${BASE}reports/`)).status, 200); // as a guest, after two refusals
    equal(heard, [{ person: null, ended: UNAUTHORISED.error }]);
    equal(accounts.seen.at(-1), "GET /reports/ null");
  },
  async "without the server the login is kept, and taken up later"() {
    const { accounts, kept, page, login } = await signedIn();
    login.leave();
    const next = page();
    accounts.down = true;
    const error = await next.restore().catch((error) => error);
    equal([error.code, next.person], ["unreachable", null]);
    next.leave();
    equal([...kept.values()], ["refresh-1"]);
    accounts.down = false;
    await next.restore();
    equal(next.person.user_id, "amira");
  },
  async "signing out tells the server, and whoever has something to end before"() {
    const { accounts, kept, login } = await signedIn();
    let carried = null;
    login.addEventListener("leaving", () => {
      login.fetch(`${BASE}offer/1`, { method: "DELETE" });
      carried = accounts.seen.at(-1);
    });
    await login.signOut();
    equal([carried, accounts.ended, login.person, kept.size], ["DELETE /offer/1 access-1", true, null, 0]);
  },
  async "a page that comes back after a sign-out elsewhere in its tab is signed out too"() {
    const { page, login } = await signedIn();
    login.leave();
    const other = page();
    await other.restore();
    await other.signOut();
    await login.restore({ returned: true });
    equal(login.person, null);
  },
};
