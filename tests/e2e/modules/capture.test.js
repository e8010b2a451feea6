import { Capture } from "/static/capture.js";
import { equal, ok } from "./check.js";

const settled = () => new Promise((resolve) => setTimeout(resolve));

/** A capture with the server's side played by the test. */
function talk({ takeStill = async () => new Blob(["still"]), accepted = true, open = true } = {}) {
  const said = [];
  const changes = [];
  const reports = [];
  const sent = [];
  const server = { sessionId: "one" };
  const capture = new Capture({
    say: (type, fields) => open && Boolean(said.push({ type, ...fields })),
    sessionId: () => server.sessionId,
    takeStill,
    sendStill: async (...still) => {
      sent.push(still);
      if (accepted instanceof Error) throw accepted;
      return accepted;
    },
  });
  capture.addEventListener("change", ({ detail }) => changes.push(detail));
  capture.addEventListener("report", ({ detail }) => reports.push(detail));
  const hear = (type, fields) => capture.heard({ v: 1, type, ...fields });
  const state = (name, id = said[0].capture_id, auto = false) => hear("capture_state", { capture_id: id, state: name, auto });
  return { capture, said, changes, reports, sent, server, hear, state };
}

export default {
  async "asking leads to a still, an analysis and a report"() {
    const { capture, said, changes, reports, sent, hear, state } = talk();
    capture.ask();
    capture.ask();
    equal(said.map(({ type }) => type), ["capture"]);
    const id = said[0].capture_id;
    ok(/^[A-Za-z0-9_-]{1,64}$/.test(id), id);
    state("taking");
    state("taking");
    await settled();
    equal(sent.map(([session, capture]) => [session, capture]), [["one", id]]);
    state("analysing");
    ok(capture.busy, "busy");
    hear("report", { capture_id: id });
    state("done");
    equal(reports, [{ report: { v: 1, type: "report", capture_id: id }, auto: false }]);
    equal(changes.map(({ busy }) => busy), [true, true, true, true, false]);
    equal(changes.at(-1), { busy: false, words: "Your report is ready.", failed: false });
    equal(said.length, 1);
  },
  async "without a still, or a way for it, the video's picture will do"() {
    const none = { takeStill: () => Promise.reject(new Error("no picture")) };
    for (const trouble of [none, { accepted: false }, { accepted: new TypeError("offline") }]) {
      const { capture, said, state } = talk(trouble);
      capture.ask();
      state("taking");
      await settled();
      equal(said.slice(1), [{ type: "capture", capture_id: said[0].capture_id, still: false }]);
    }
  },
  async "a still that the server has already taken needs nothing more"() {
    const { capture, said, state } = talk({ accepted: false });
    capture.ask();
    state("taking");
    state("analysing");
    await settled();
    equal(said.length, 1);
  },
  async "what begins by itself is followed, and told so"() {
    const { said, reports, sent, hear, state, capture } = talk();
    state("taking", "by-itself", true);
    ok(capture.busy, "busy");
    await settled();
    equal(sent.length, 1);
    state("analysing", "another", false);
    hear("report", { capture_id: "by-itself" });
    equal(reports[0].auto, true);
    equal(said, []);
  },
  "a failure is said in the server's words"() {
    const { capture, changes, hear, state, said } = talk();
    capture.ask();
    hear("error", { code: "no_good_face", message: "Come into the picture.", details: { capture_id: said[0].capture_id } });
    state("failed");
    equal(changes.at(-1), { busy: false, words: "Come into the picture.", failed: true });
    ok(!capture.heard({ v: 1, type: "error", code: "bad_message", message: "x" }), "not about a capture");
    ok(!capture.heard({ v: 1, type: "pong", t: 1 }), "not about a capture");
  },
  "after another connection the same session is asked again, another one is not"() {
    const { capture, said, server, changes } = talk();
    capture.connected();
    equal(said, []);
    capture.ask();
    capture.connected();
    equal(said[1], { type: "capture", capture_id: said[0].capture_id, still: false });
    server.sessionId = "two";
    capture.connected();
    ok(changes.at(-1).failed && changes.at(-1).words.startsWith("The connection was lost"), "told");
    ok(!capture.busy, "free again");
  },
  "nothing is begun where nobody listens, and stopping ends quietly"() {
    const deaf = talk({ open: false });
    deaf.capture.ask();
    ok(!deaf.capture.busy && deaf.changes.at(-1).failed, "told");
    const { capture, changes } = talk();
    capture.ask();
    capture.stop();
    equal(changes.at(-1), { busy: false, words: "", failed: false });
  },
};
