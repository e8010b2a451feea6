import { describeResult } from "/static/report-card.js";
import { asReport } from "/static/stored-report.js";
import { equal } from "./check.js";

const detail = (confidence, crop_url) => ({ confidence, crop_url });
const FOUND = {
  count: 4,
  severity: "mild",
  severity_grade: 1,
  score: 85.9,
  score_low: 81.6,
  score_high: 90.5,
  status: "ok",
  reason: null,
  detector: "yolo 1 (onnx)",
  measures: [{ name: "lesions", value: 4, unit: "count" }],
  details: [detail(0.2, "/d"), detail(0.9, "/a"), detail(0.5, null), detail(0.8, "/b"), detail(0.7, "/c")],
};
const ANSWER = {
  report_id: "1",
  kept: true,
  date: "2026-11-26T10:00:00Z",
  data: { request_type: "upload" },
  quality: { ok: true, issues: [], measures: { width: 640, height: 480 } },
  processed_image_url: "/p",
  links_expire_at: "2026-11-26T10:15:00Z",
  detections: { acne: FOUND, wrinkles: { ...FOUND, count: 0, severity: null, score: null, status: "withheld", reason: "the picture is blurred", measures: [], details: [] } },
  notice: "Not a diagnosis.",
};

export default {
  "a stored report reads as a live one does"() {
    const { conditions, receipts, ...report } = asReport(ANSWER);
    equal([report.source, report.size, report.kept, report.pictures.processed], ["upload", { width: 640, height: 480 }, true, "/p"]);
    const { value, text, lines } = describeResult(conditions.acne, receipts.acne);
    equal([value, text], ["86", "82–91 · Mild · 4 places"]);
    equal(lines, ["Lesions: 4", "Looked at by yolo 1 (onnx)"]);
    equal(receipts.acne.crops, ["/a", "/b", "/c"]);
    equal(describeResult(conditions.wrinkles, receipts.wrinkles).text, "the picture is blurred");
  },
  "pictures that are gone, and measures that were not taken, are left out"() {
    const report = asReport({ ...ANSWER, data: { request_type: "capture" }, processed_image_url: null, quality: { ok: true, issues: [], measures: {} } });
    equal([report.source, report.size, report.pictures.processed], ["camera", null, null]);
  },
};
