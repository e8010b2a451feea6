import { Trickle } from "/static/trickle.js";
import { equal } from "./check.js";

const LINE = "candidate:1 1 udp 2122260223 192.0.2.1 61764 typ host";
const candidate = (sdpMid) => new RTCIceCandidate({ candidate: LINE, sdpMid, usernameFragment: "EsAw" });
const pause = () => new Promise((resolve) => setTimeout(resolve, 60));

export default {
  async "candidates are kept until they can be told, and then told together"() {
    const told = [];
    const trickle = new Trickle((candidates) => told.push(candidates));
    trickle.add(candidate("0"));
    trickle.add(candidate("1"));
    await pause();
    equal(told, []);
    trickle.begin();
    await pause();
    equal(told.map((candidates) => candidates.map(({ sdpMid }) => sdpMid)), [["0", "1"]]);
    equal([told[0][0].candidate, told[0][0].usernameFragment], [LINE, "EsAw"]);
    trickle.add(candidate("2"));
    await pause();
    equal(told[1].length, 1);
  },
  async "nothing is told after the end, and a refusal does no harm"() {
    let told = 0;
    const trickle = new Trickle(async () => {
      told += 1;
      throw new Error("refused");
    });
    trickle.begin();
    trickle.add(candidate("0"));
    await pause();
    trickle.add(candidate("1"));
    trickle.stop();
    await pause();
    equal(told, 1);
  },
};
