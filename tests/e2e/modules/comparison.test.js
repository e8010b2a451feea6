import { describeReasons, describeScore, showComparison, showRefusal } from "/static/comparison.js";
import { CallError } from "/static/server.js";
import { equal, ok } from "./check.js";

const report = (score) => ({ date: "2026-11-26T10:00:00Z", face_image_url: null, detections: { acne: { score, score_low: 70.2, score_high: 90.9 } } });

export default {
  "two reports stand side by side, each score with its interval"() {
    const host = document.createElement("div");
    showComparison(host, { first: report(80), second: report(86), changes: { acne: { change: 6, noise_floor: 12, trend: "no change" } } });
    equal([...host.querySelectorAll("tbody tr:first-child > *")].map(({ textContent }) => textContent.replaceAll("\u2060", "")), ["Acne", "80 (70–91)", "86 (70–91)"]);
    ok(host.textContent.includes("No change beyond the noise"), "the change");
    equal([describeScore({ score: null }), describeScore(undefined)], ["–", "–"]);
  },
  "pictures that cannot be compared are refused with each reason once"() {
    const host = document.createElement("div");
    const reasons = ["Light.", "Light.", "Angle."].map((sentence) => ({ sentence }));
    const error = new CallError("Taken too differently.", { status: 409, details: { reasons } });
    equal(describeReasons(error), ["Light.", "Angle."]);
    showRefusal(host, error);
    equal([host.querySelectorAll("li").length, host.querySelector("p").textContent], [2, "Taken too differently."]);
  },
};
