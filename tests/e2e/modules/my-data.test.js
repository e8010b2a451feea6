import { describeConsent } from "/static/my-data.js";
import { ok } from "./check.js";

export default {
  "the page says whether anything is kept, an old consent included"() {
    ok(describeConsent(null, "2").startsWith("You have not agreed"), "none");
    ok(describeConsent("1", "2").startsWith("The text has changed"), "an old one");
    ok(describeConsent("2", "2").startsWith("You have agreed"), "the present one");
  },
};
