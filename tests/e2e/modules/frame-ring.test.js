import { FrameRing } from "/static/frame-ring.js";
import { equal } from "./check.js";

// A picture of one grey level, as a video would give it.
function picture(level, width = 64, height = 36) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  context.fillStyle = `rgb(${level}, ${level}, ${level})`;
  context.fillRect(0, 0, width, height);
  return canvas;
}

const levelOf = (slot) => slot.context.getImageData(5, 5, 1, 1).data[0];

export default {
  "an empty ring has nothing"() {
    equal([new FrameRing().at(5), new FrameRing().newest], [null, null]);
  },
  "the picture of a moment is the last one before it, unchanged by later ones"() {
    const ring = new FrameRing();
    for (let index = 0; index < 30; index += 1) ring.push(picture(index * 8), index * 33, 64, 36);
    equal([ring.at(28 * 33 + 10).time, levelOf(ring.at(28 * 33 + 10))], [28 * 33, 28 * 8]);
    equal(ring.newest.time, 29 * 33);
    equal(ring.at(0).time, 18 * 33, "the oldest of twelve");
  },
  "a large picture is kept small but remembers its size"() {
    const ring = new FrameRing();
    ring.push(picture(9, 2560, 1440), 0, 2560, 1440);
    equal([ring.newest.canvas.width, ring.newest.canvas.height, ring.newest.width], [1280, 720, 2560]);
  },
};
