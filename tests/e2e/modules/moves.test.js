import { Moves } from "/static/moves.js";
import { annotation, equal, near, ok } from "./check.js";

const whole = () =>
  annotation({
    box: [0.2, 0.2, 0.2, 0.4],
    seq: 5,
    received_ms: 1000,
    findings: [
      { id: "a", condition: "acne", region: "nose", box: [0.3, 0.3, 0.1, 0.1], confidence: 1, age_ms: 100 },
      { id: "b", condition: "wrinkles", region: "nose", box: [0.2, 0.2, 0.1, 0.1], outline: [[0.2, 0.2], [0.3, 0.3]], confidence: 1, age_ms: 100 },
    ],
  });
const moves = (more) => ({
  v: 1,
  type: "moves",
  seq: 6,
  of: 5,
  rtp_timestamp: 3000,
  received_ms: 1033,
  received: 9,
  analysed: 9,
  dropped: 0,
  face: [4000, 2000, 2000, 4000],
  pose: [1, 2, 3],
  boxes: [5000, 3000, 1000, 1000, 4000, 2000, 2000, 1000],
  ...more,
});

export default {
  "moves put everything where it is now"() {
    const results = new Moves();
    equal(results.complete(whole()).seq, 5);
    const now = results.complete(moves({ steady_ms: 40 }));
    equal([now.type, now.seq, now.rtp_timestamp, now.steady_ms], ["annotations", 6, 3000, 40]);
    equal(now.face.box, [0.4, 0.2, 0.2, 0.4]);
    equal(now.face.pose, { yaw: 1, pitch: 2, roll: 3 });
    equal(now.findings.map(({ box }) => box[0]), [0.5, 0.4]);
    near(now.findings[0].age_ms, 133, 1e-9);
    near(now.findings[1].outline[1][0], 0.6, 1e-9, "the outline goes with its box");
    near(now.face.contours.face_oval[0][0], 0.4, 1e-9, "the mesh goes with the face");
    equal(now.conditions, {});
  },
  "moves about annotations that were lost, or that are not like them, are nothing"() {
    const results = new Moves();
    equal(results.complete(moves()), null);
    results.complete(whole());
    equal(results.complete(moves({ of: 4 })), null);
    equal(results.complete(moves({ boxes: [1, 2, 3, 4] })), null);
    results.complete({ ...annotation({ seq: 7 }), face: null });
    equal(results.complete(moves({ of: 7, boxes: [] })), null);
  },
  "moves may be overtaken by the next whole annotations"() {
    const results = new Moves();
    results.complete(whole());
    results.complete({ ...whole(), seq: 8 });
    ok(results.complete(moves()), "still known");
    for (const seq of [9, 10, 11, 12]) results.complete({ ...whole(), seq });
    equal(results.complete(moves()), null, "not for ever");
  },
  "other messages pass through"() {
    const hello = { v: 1, type: "hello" };
    ok(new Moves().complete(hello) === hello, "the same");
  },
};
