import { describeChange, showProgress } from "/static/progress.js";
import { equal, ok } from "./check.js";

const change = (points, trend) => ({ change: points, noise_floor: 4.06, count_change: 0, trend });

export default {
  "a change is said with what noise alone may make"() {
    equal(describeChange(change(6.2, "better")), "Better: +6.2 points (noise alone may make ±4.1)");
    equal(describeChange(change(-1, "no change")), "No change beyond the noise: −1.0 points (noise alone may make ±4.1)");
    equal(describeChange({ change: null, noise_floor: null, trend: "unknown" }), "Not comparable");
    equal(describeChange(null), "First report");
  },
  "the plot is asked for in the page's colours, and each condition has its words"() {
    const host = document.createElement("div");
    const trend = { acne: { against_previous: change(6.2, "better") } };
    showProgress(host, { progress_plot_url: "http://10.0.0.7/media/plot?expires=1&signature=x", trend }, true);
    const address = new URL(host.querySelector("img").src);
    equal([address.origin, address.pathname, address.search], [location.origin, "/media/plot", "?expires=1&signature=x&form=svg&theme=dark"]);
    ok(host.querySelector("[data-condition=acne]").textContent.includes("Better"), "words");
  },
};
