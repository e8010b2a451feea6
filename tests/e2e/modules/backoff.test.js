import { Backoff } from "/static/backoff.js";
import { equal, ok } from "./check.js";

export default {
  "waits double from half a second to fifteen"() {
    const backoff = new Backoff(() => 1);
    equal(Array.from({ length: 7 }, () => backoff.next()), [500, 1000, 2000, 4000, 8000, 15000, 15000]);
    equal(backoff.tries, 7);
    backoff.reset();
    equal(backoff.next(), 500);
  },
  "pages do not come back in step"() {
    ok(new Backoff(() => 0).next() < new Backoff(() => 1).next(), "the same wait");
  },
  "the server's wish is the least"() {
    equal(new Backoff(() => 0).next(10_000), 10_000);
  },
};
