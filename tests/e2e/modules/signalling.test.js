import { parseRetryAfter } from "/static/signalling.js";
import { describeFailure } from "/static/failures.js";
import { equal, ok } from "./check.js";

export default {
  "Retry-After is read as seconds or as a date"() {
    equal(parseRetryAfter("7", 0), 7000);
    equal(parseRetryAfter("Thu, 01 Jan 1970 00:00:09 GMT", 2000), 7000);
    equal(parseRetryAfter("Thu, 01 Jan 1970 00:00:00 GMT", 2000), 0);
    equal([parseRetryAfter(null, 0), parseRetryAfter("soon", 0)], [null, null]);
  },
  "every failure has words, and the server's own replace the general ones"() {
    ok(describeFailure("server_full").title.length > 0, "no words");
    ok(describeFailure("no_such_code").title.length > 0, "no words for an unknown code");
    equal(describeFailure("offer_refused", "No video.").text, "No video.");
  },
};
