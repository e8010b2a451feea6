import { describeCondition, summariseTone } from "/static/findings-panel.js";
import { equal, ok } from "./check.js";

const score = { value: 81.6, low: 75, high: 88 };
const severity = { grade: 1, label: "mild" };
const region = (ita, name, reason = null) => ({ name: "nose", visible: true, tone: { ita, class: name, reason } });

export default {
  "a result is told with severity, places and score"() {
    const row = describeCondition({ count: 2, severity, score, status: "ok" });
    equal([row.text, row.value, row.muted], ["Mild · 2 places", "82", false]);
    equal(describeCondition({ count: 1, severity, score, status: "ok" }).text, "Mild · 1 place");
  },
  "nothing seen is never called healthy"() {
    const row = describeCondition({ count: 0, severity: { grade: 0, label: "clear" }, score, status: "ok" });
    equal(row.text, "None seen");
  },
  "what was last seen a while ago says so"() {
    const result = { count: 2, severity, score, status: "ok", age_ms: 900 };
    equal(describeCondition(result).text, "Mild · 2 places");
    equal(describeCondition({ ...result, age_ms: 12400 }).text, "Mild · 2 places · seen 12 s ago");
  },
  "a withheld result gives its reason and no number"() {
    const row = describeCondition({ count: 0, severity: null, score: null, status: "withheld", reason: "Blurred." });
    equal([row.text, row.value, row.score, row.muted], ["Blurred.", "", null, true]);
  },
  "a lesser detector is named"() {
    ok(describeCondition({ count: 0, severity, score, status: "degraded", reason: "no answer" }).text.endsWith("no answer"), "silent");
  },
  "a condition that has not been looked at says so"() {
    ok(describeCondition(undefined).muted, "claims something");
    ok(describeCondition(undefined).text !== describeCondition(undefined, false).text, "as if it might still come");
  },
  "skin tone is the middle of the regions that could be measured"() {
    const regions = [region(50, "light"), region(20, "tan"), region(null, null, "abnormal light"), region(35, "intermediate")];
    equal(summariseTone(regions), { ita: 35, name: "Intermediate", reason: null });
    equal(summariseTone([region(null, null, "abnormal light")]).reason, "abnormal light");
    equal(summariseTone([{ name: "nose", visible: true }]), null);
  },
};
