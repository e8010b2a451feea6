import { FrameClock } from "/static/frame-clock.js";
import { equal, near, ok } from "./check.js";

// A deterministic stream of numbers in 0..1.
function numbers(seed) {
  let state = seed;
  return () => (state = (state * 16807) % 2147483647) / 2147483647;
}

// Feeds a clock with `count` pictures whose encoder takes `encode()` ms; returns the worst error in ms of the second half.
function worstError({ count = 60, jitter, encode, origin = 1_000_000, lost = () => false }) {
  const clock = new FrameClock();
  let worst = 0;
  const pending = [];
  for (let index = 0; index < count; index += 1) {
    const time = 5000 + index * 33.3 + jitter();
    const rtp = Math.round(time) * 90 + origin;
    clock.captured(time);
    pending.push({ rtp, time, at: time + encode() });
    while (pending.length && pending[0].at < time + 33) {
      const picture = pending.shift();
      if (lost()) continue;
      clock.seen(picture.rtp % 2 ** 32, picture.at);
      const told = clock.captureTime(picture.rtp % 2 ** 32);
      if (index > count / 2) worst = Math.max(worst, Math.abs(told - picture.time));
    }
  }
  return worst;
}

export default {
  "before anything is seen nothing is known"() {
    const clock = new FrameClock();
    equal(clock.captureTime(90), null);
    clock.captured(1);
    equal(clock.captureTime(90), null);
  },
  "a camera with ordinary jitter is matched to the picture, whatever the encoder's time"() {
    const random = numbers(7);
    const jitter = () => 6 * (random() - 0.5);
    ok(worstError({ jitter, encode: () => 4 + 20 * random() }) <= 2, "quick encoder");
    ok(worstError({ jitter, encode: () => 20 + 60 * random() }) <= 2, "slow encoder");
  },
  "a perfectly steady camera is matched too as long as one picture is encoded within an interval"() {
    const random = numbers(11);
    ok(worstError({ jitter: () => 0, encode: () => 10 + 50 * random() }) <= 2, "steady");
  },
  "the timestamp's wrap-around changes nothing"() {
    const random = numbers(3);
    const origin = 2 ** 32 - 5060 * 90; // wraps at the third picture
    ok(worstError({ jitter: () => 4 * random(), encode: () => 8 + 10 * random(), origin }) <= 2, "wrapped");
  },
  "pictures that are never seen do no harm"() {
    const random = numbers(5);
    ok(worstError({ jitter: () => 5 * random(), encode: () => 9, lost: () => random() < 0.5 }) <= 2, "half lost");
  },
  "without capture times to fall on, the least delay is all there is"() {
    const clock = new FrameClock();
    clock.captured(1000);
    clock.seen(90 * 500, 2500); // 1.5 s after the only known picture: not that one
    near(clock.captureTime(90 * 500), 2500, 0.01);
  },
};
