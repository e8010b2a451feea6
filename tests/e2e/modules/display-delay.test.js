import { DisplayDelay } from "/static/display-delay.js";
import { equal, near, ok } from "./check.js";

// The delay after two seconds of annotations `every` ms apart, each `lag` ms late, and 60 screens a second.
function settled({ every, lag }) {
  const delay = new DisplayDelay();
  let value = 0;
  for (let now = 0, next = 0; now < 2000; now += 16) {
    for (; next <= now; next += every) delay.arrived(next, next - lag);
    value = delay.next(now, 33.3);
  }
  return { delay, value };
}

export default {
  "nothing is delayed without annotations"() {
    equal(new DisplayDelay().next(1000, 33), 0);
  },
  "pictures wait for annotations that come for each of them"() {
    near(settled({ every: 33.3, lag: 40 }).value, 52, 1);
  },
  "where pictures are skipped they wait for the annotation after them too"() {
    near(settled({ every: 100, lag: 40 }).value, 40 + (100 - 33.3) + 12, 2);
  },
  "the wait is bounded"() {
    equal(settled({ every: 33.3, lag: 900 }).value, 250);
  },
  "the delay changes in steps too small to see and ends when annotations do"() {
    const { delay, value } = settled({ every: 33.3, lag: 40 });
    let before = value;
    for (let now = 2000; now < 6000; now += 16) {
      const after = delay.next(now, 33.3);
      ok(Math.abs(after - before) <= 4.001, "a jump");
      before = after;
    }
    equal(before, 0);
  },
};
