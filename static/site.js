// Wires what is around the live view: signing in, the history, photos, and what goes with a report.

import { AboutYou } from "./about-you.js";
import { showComparison, showRefusal } from "./comparison.js";
import { confirmed } from "./confirm.js";
import { button, make } from "./elements.js";
import { History, describeMoment } from "./history.js";
import { MyData } from "./my-data.js";
import { showProgress } from "./progress.js";
import { ReportCard } from "./report-card.js";
import { SignIn } from "./sign-in.js";
import { asReport } from "./stored-report.js";
import { Views } from "./views.js";

const AGAIN_MS = 5000; // until the login that was left is taken up again, where the server did not answer
const ANALYSIS_MS = 120_000; // of a photo, in a long line

const element = (id) => document.getElementById(id);

/** A ReportCard with the page's template in `host`. */
export function newCard(host) {
  host.append(element("report-card").content.cloneNode(true));
  return new ReportCard(host, element("report-row"));
}

/**
 * `card`: the live view's ReportCard; `say(words, failed)`: tells how far a photo is; `stopLive()`: the live view is left.
 * Returns {showReport(card, report, answer), signIn(why)}.
 */
export function startSite({ login, server, card, say, stopLive }) {
  const signIn = new SignIn(element("sign-in"), login, server);
  const ask = (question, yes) => confirmed(element("confirm"), question, yes);
  let storedCard = null; // made when the first report is opened
  const views = new Views(
    { live: element("live-view"), history: element("history-view") },
    [...document.querySelectorAll("[data-view]")],
  );
  const reports = new History(element("reports"), server, { open, compare, remove });
  const aboutYou = new AboutYou(element("about-you"), server);
  const myData = new MyData(element("my-data"), server, login, { ask, erased: refreshAll });

  function showPerson({ person, ended = null }) {
    const signedIn = person !== null;
    element("sign-in-open").hidden = signedIn;
    element("sign-out").hidden = !signedIn;
    element("who-name").hidden = !signedIn;
    element("who-name").textContent = signedIn ? person.name || person.user_id : "";
    element("history-closed").hidden = signedIn;
    element("history-open").hidden = !signedIn;
    tell(ended ?? "");
    if (!signedIn) forget();
    else if (views.name === "history") refreshAll();
  }

  function tell(sentence) {
    element("said").textContent = sentence;
    element("said").hidden = sentence === "";
  }

  /** Nothing of the person who was signed in stays on the page. */
  function forget() {
    card.hide();
    reports.clear();
    closeDetails();
    say("", false);
    element("progress-card").hidden = true;
    element("progress").replaceChildren();
    for (const id of ["about-you", "my-data"]) element(id).replaceChildren();
  }

  function closeDetails() {
    storedCard?.hide();
    element("comparison-card").hidden = true;
    element("comparison").replaceChildren();
  }

  function refreshAll() {
    return Promise.all([myData.refresh(), aboutYou.refresh(), refreshHistory()]);
  }

  async function refreshHistory() {
    closeDetails();
    const [total] = await Promise.all([reports.refresh(), refreshProgress()]);
    if (total === 0) element("progress-card").hidden = true;
  }

  async function refreshProgress() {
    try {
      const progress = await server.ask("progress/?limit=1");
      if (!login.person) return;
      element("progress-card").hidden = progress.total === 0;
      if (progress.total) showProgress(element("progress"), progress, matchMedia("(prefers-color-scheme: dark)").matches);
    } catch {
      element("progress-card").hidden = true; // the list beside it says what is wrong
    }
  }

  async function open({ report_id: id }) {
    closeDetails();
    try {
      const answer = await server.ask(`reports/${id}`);
      if (!login.person) return;
      storedCard ??= newCard(element("stored-report"));
      showReport(storedCard, asReport(answer), answer);
      storedCard.focus();
    } catch (error) {
      tell(error.message);
    }
  }

  async function compare({ first, second }) {
    closeDetails();
    const host = element("comparison");
    try {
      showComparison(host, await server.ask(`progress-compare/?first=${first.report_id}&second=${second.report_id}`));
    } catch (error) {
      showRefusal(host, error);
    }
    if (!login.person) return closeDetails();
    element("comparison-card").hidden = false;
    element("comparison-title").focus();
  }

  async function remove(report) {
    if (!(await ask(`Delete the report of ${describeMoment(report.date)} with its pictures? It cannot be brought back.`, "Delete"))) return false;
    await server.ask(`reports/${report.report_id}`, { method: "DELETE" });
    closeDetails();
    refreshProgress();
    return true;
  }

  /** Shows a report in a card with what goes with it; `answer`: what REST said of it, where it did. */
  async function showReport(where, report, answer = null) {
    where.show(report);
    if (where === card) where.suggest(nextStep(report));
    try {
      const advice = report.report_id ? await server.ask(`recommendations/?report_id=${report.report_id}`) : answer;
      if (advice) where.advise(report, advice);
    } catch {
      if (answer) where.advise(report, answer);
    }
  }

  function nextStep({ kept }) {
    if (!kept && !login.person) return button("link", "Sign in to keep your reports", () => signIn.open());
    return Object.assign(make("a", "", kept ? "See your history" : "Choose what is kept"), { href: "#history" });
  }

  async function usePhoto(file) {
    const form = new FormData();
    form.append("file", file, "photo");
    const { user_id: whose = null } = login.person ?? {};
    say("Sending and looking at the photo…", false);
    element("photo").setAttribute("aria-disabled", "true");
    try {
      const answer = await server.ask("upload-image/", { method: "POST", form, timeoutMs: ANALYSIS_MS });
      if (whose !== (login.person?.user_id ?? null)) return;
      say("Your report is ready.", false);
      showReport(card, asReport(answer), answer);
      card.focus();
    } catch (error) {
      say(error.message, true);
      if (error.status === 401) signIn.open(error.message);
    } finally {
      element("photo").removeAttribute("aria-disabled");
    }
  }

  async function restore(options) {
    try {
      await login.restore(options);
      if (login.person) tell(""); // what ended it is still to be read
    } catch (error) {
      tell(`You are not signed in yet. ${error.message}`);
      setTimeout(restore, Math.max(AGAIN_MS, error.waitMs ?? 0));
    }
  }

  login.addEventListener("change", ({ detail }) => showPerson(detail));
  views.addEventListener("change", ({ detail }) => {
    if (detail.name !== "live") stopLive();
    if (detail.name === "history" && login.person) refreshAll();
  });
  for (const id of ["sign-in-open", "history-sign-in"]) element(id).addEventListener("click", () => signIn.open());
  element("sign-out").addEventListener("click", () => login.signOut());
  element("photo").addEventListener("click", () => element("photo").ariaDisabled !== "true" && element("photo-file").click());
  element("photo-file").addEventListener("change", ({ target }) => {
    const [file] = target.files;
    if (file) usePhoto(file);
    target.value = ""; // the same photo may be chosen again
  });
  addEventListener("pagehide", () => login.leave());
  addEventListener("pageshow", ({ persisted }) => persisted && restore({ returned: true }));
  showPerson({ person: null });
  views.begin();
  restore();
  return { showReport, signIn: (why) => signIn.open(why) };
}
