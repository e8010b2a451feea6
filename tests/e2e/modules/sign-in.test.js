import { describeWait } from "/static/sign-in.js";
import { equal } from "./check.js";

export default {
  "a wait is counted in seconds, a long one in minutes"() {
    equal([describeWait(8400), describeWait(90_000), describeWait(90_001), describeWait(899_000)], ["9 s", "90 s", "2 minutes", "15 minutes"]);
  },
};
