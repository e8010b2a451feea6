import { Figures, showFigures } from "/static/figures.js";
import { annotation, equal, near } from "./check.js";

export default {
  "nothing is claimed before anything came"() {
    equal(new Figures().read(0), { latencyMs: null, rate: null, droppedShare: null, width: null, height: null });
  },
  "figures are those of the last three seconds"() {
    const figures = new Figures();
    for (let index = 0; index <= 100; index += 1) {
      // 20 a second; nothing dropped in the first three seconds, every other picture afterwards
      const late = Math.max(0, index - 40);
      figures.add(annotation({ received: 1 + index + late, dropped: late }), index <= 40 ? 500 : 20, index * 50);
    }
    const read = figures.read(5000);
    near(read.rate, 20, 0.01);
    equal(read.latencyMs, 20);
    near(read.droppedShare, 0.5, 0.02);
    equal([read.width, read.height], [1280, 720]);
    equal(figures.read(9000).rate, null, "when annotations stop");
  },
  "latency may be unknown while the rest is not"() {
    const figures = new Figures();
    figures.add(annotation(), null, 0);
    figures.add(annotation(), null, 20);
    equal(figures.read(20).rate, null, "over so short a time");
    figures.add(annotation(), null, 1000);
    equal(figures.read(1000).latencyMs, null);
    near(figures.read(1000).rate, 2, 0.01);
  },
  "what is not known is a dash"() {
    const list = document.createElement("dl");
    list.innerHTML = '<dd data-figure="latency"></dd><dd data-figure="rate"></dd><dd data-figure="resolution"></dd>';
    showFigures(list, { latencyMs: 12.4, rate: null, droppedShare: null, width: 640, height: 360, roundTripMs: null });
    equal([...list.children].map((cell) => cell.textContent), ["12 ms", "–", "640 × 360"]);
  },
};
