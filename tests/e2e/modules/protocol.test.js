import { encodeMessage, parseMessage } from "/static/protocol.js";
import { equal } from "./check.js";

export default {
  "a message goes out with version and type and can be read again"() {
    const text = encodeMessage("ping", { t: 1.5 });
    equal(JSON.parse(text), { v: 1, type: "ping", t: 1.5 });
    equal(parseMessage(text), { v: 1, type: "ping", t: 1.5 });
  },
  "what is no message of this version is none"() {
    for (const text of ["", "{", "null", "3", "[]", '{"v":2,"type":"pong"}', '{"v":1}', new ArrayBuffer(3)]) {
      equal(parseMessage(text), null, String(text));
    }
  },
};
