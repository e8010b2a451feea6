import { ReportCard, describeKeeping, describeQuality, describeResult, describeSource, here } from "/static/report-card.js";
import { equal, ok } from "./check.js";

const ACNE = {
  count: 2,
  severity: { grade: 1, label: "mild" },
  score: { value: 85.9, low: 81.6, high: 90.5 },
  status: "ok",
};
const RECEIPT = {
  detector: { name: "yolo", version: "1", backend: "onnx" },
  measures: [{ name: "inflammatory_lesions", value: 2, unit: "count" }],
  gamma: 0.5,
  terms: [{ measure: "inflammatory_lesions", value: 2, unit: "count", reference: 100, weight: 1 }],
  crops: ["/media/a.jpg", "/media/b.jpg"],
};
const BAGS = {
  ...RECEIPT,
  terms: [
    { measure: "dark_circle_delta_e", value: 4.25, unit: "", reference: 16, weight: 0.6 },
    { measure: "puffiness", value: 0.514, unit: "%", reference: 10, weight: 0.4 },
  ],
};
const REPORT = {
  date: "2026-11-26T10:00:00+00:00",
  source: "still",
  size: { width: 4000, height: 3000 },
  kept: false,
  pictures_expire_at: "2026-11-26T10:15:00+00:00",
  quality: { ok: false, issues: ["uneven_light", "from_a_newer_server"] },
  pictures: { processed: "http://elsewhere.example/media/p.jpg?expires=1" },
  conditions: { acne: ACNE, wrinkles: { count: 0, severity: null, score: null, status: "withheld", reason: "the picture is blurred" } },
  receipts: { acne: RECEIPT, wrinkles: { ...RECEIPT, measures: [], terms: undefined, crops: [] } },
  notice: "Not a diagnosis.",
};

function card() {
  const host = document.createElement("div");
  host.innerHTML = `
    <section hidden><h2 tabindex="-1" data-report="title"></h2><p data-report="when"></p><p data-report="source"></p>
      <a data-report="picture"><img alt=""></a><ul data-report="results"></ul><p data-report="keeping"></p><p data-report="notice"></p>
    </section>
    <template><li><span data-name></span><span data-bar></span><span data-score></span><span data-text></span>
      <ul data-lines></ul><p data-crops></p></li></template>`;
  document.body.append(host);
  const [section, template] = host.children;
  return { section, reports: new ReportCard(section, template) };
}

export default {
  "a result says its score, its interval, its severity and what it was computed from"() {
    const { value, text, lines } = describeResult(ACNE, RECEIPT);
    equal([value, text], ["86", "82–91 · Mild · 2 places"]);
    equal(lines, ["Inflammatory lesions: 2 (the scale ends at 100)", "Looked at by yolo 1 (onnx)"]);
    equal(describeResult(ACNE, BAGS).lines.slice(0, 2), [
      "Dark circle delta e: 4.3 (the scale ends at 16, 60 % of it)",
      "Puffiness: 0.51 % (the scale ends at 10 %, 40 % of it)",
    ]);
  },
  "what was not judged says why, and has no number"() {
    const { value, text, score, lines } = describeResult(REPORT.conditions.wrinkles, REPORT.receipts.wrinkles);
    equal([value, text, score, lines.length], ["", "the picture is blurred", null, 1]);
    equal(describeResult(ACNE, undefined).lines, []);
  },
  "the sentences say where the picture came from, what it lacked and what becomes of it"() {
    equal(describeSource(REPORT), "Your camera's own picture, 4000 × 3000 pixels");
    equal(describeSource({ source: "frame", size: null }), "The sharpest picture of your video");
    const burst = { source: "frame", size: { width: 640, height: 360 }, pictures_used: 3 };
    equal(describeSource(burst), "The sharpest picture of your video, 640 × 360 pixels; scores are the middle of 3 pictures of that second");
    equal(describeSource({ ...burst, pictures_used: 1 }), "The sharpest picture of your video, 640 × 360 pixels");
    equal(describeQuality(REPORT), "It could have been better: the light came from one side, from a newer server.");
    equal(describeQuality({ quality: { issues: [] } }), "");
    equal(describeKeeping(REPORT, (moment) => moment.toISOString().slice(11, 16)), "Not stored. Its pictures are deleted after 10:15.");
    equal(describeKeeping({ kept: true }), "Stored in your history.");
  },
  "a card shows the report, and the next one in its place"() {
    const { section, reports } = card();
    reports.show(REPORT);
    ok(!section.hidden, "shown");
    equal(section.querySelectorAll("li[data-condition]").length, 2);
    equal(section.querySelectorAll("[data-condition=acne] img").length, 2);
    ok(section.querySelector("a").href.endsWith("/media/p.jpg?expires=1"), "the picture");
    equal(section.querySelector("[data-report=notice]").textContent, "Not a diagnosis.");
    reports.focus();
    equal(document.activeElement, section.querySelector("h2"));
    reports.show({ ...REPORT, pictures: { processed: null }, conditions: { acne: ACNE } });
    equal(section.querySelectorAll("li[data-condition]").length, 1);
    ok(section.querySelector("a").hidden, "no picture");
    reports.hide();
    ok(section.hidden, "hidden");
  },
  "pictures are asked for where the page came from"() {
    equal(here("http://10.0.0.7:8000/media/a?x=1"), "/media/a?x=1");
    equal(here(`${location.origin}/media/a`), `${location.origin}/media/a`);
    equal(here(null), null);
  },
};
