import { drawOverlay } from "/static/overlay.js";
import { annotation, equal, ok } from "./check.js";

const [WIDTH, HEIGHT] = [640, 360];
const EVERYTHING = { mirrored: false, mesh: true, regions: true, findings: true, hidden: new Set() };

// The box around all pixels that drawing changed on a black picture, in fractions of it; null where none did.
function marked(message, options, opacity = 1) {
  const context = new OffscreenCanvas(WIDTH, HEIGHT).getContext("2d");
  context.fillRect(0, 0, WIDTH, HEIGHT);
  drawOverlay(context, { message, opacity }, { ...EVERYTHING, ...options });
  const { data } = context.getImageData(0, 0, WIDTH, HEIGHT);
  let [left, top, right, bottom] = [WIDTH, HEIGHT, -1, -1];
  let brightest = 0;
  for (let index = 0; index < WIDTH * HEIGHT; index += 1) {
    const level = Math.max(data[4 * index], data[4 * index + 1], data[4 * index + 2]);
    if (level < 40) continue;
    const [x, y] = [index % WIDTH, Math.floor(index / WIDTH)];
    [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x), Math.max(bottom, y)];
    brightest = Math.max(brightest, level);
  }
  return right < 0 ? null : { left: left / WIDTH, top: top / HEIGHT, right: right / WIDTH, bottom: bottom / HEIGHT, brightest };
}

const bare = { mesh: false, regions: false, findings: false };
const face = annotation({ box: [0.1, 0.2, 0.3, 0.5], findings: [] });
const close = (actual, expected) => Math.abs(actual - expected) < 0.02;

export default {
  "a face is marked where it is"() {
    const box = marked(face, bare);
    ok(close(box.left, 0.1) && close(box.right, 0.4) && close(box.top, 0.2) && close(box.bottom, 0.7), JSON.stringify(box));
  },
  "in a mirror left and right change places"() {
    const box = marked(face, { ...bare, mirrored: true });
    ok(close(box.left, 0.6) && close(box.right, 0.9), JSON.stringify(box));
  },
  "what is stale is faint"() {
    ok(marked(face, bare, 0.3).brightest < 0.5 * marked(face, bare, 1).brightest, "as bright as ever");
  },
  "without a face nothing is drawn but where it should be"() {
    const none = { ...annotation({ code: "show_face" }), face: null, regions: undefined, findings: [] };
    const guide = marked(none, {});
    ok(close((guide.left + guide.right) / 2, 0.5) && close((guide.top + guide.bottom) / 2, 0.5), JSON.stringify(guide));
    equal(marked({ ...none, guidance: { code: "more_light", since_ms: 0 } }, {}), null);
  },
  "a finding is drawn, and not when its condition is hidden"() {
    const finding = { id: "a", condition: "acne", region: "chin", box: [0.8, 0.85, 0.02, 0.03], confidence: 1, age_ms: 0 };
    const message = { ...face, findings: [finding] };
    ok(marked(message, { ...bare, findings: true }).right > 0.8, "no finding");
    ok(marked(message, { ...bare, findings: true, hidden: new Set(["acne"]) }).right < 0.5, "a hidden finding");
  },
  "a finding on a side that is turned away is not drawn"() {
    const finding = { id: "a", condition: "acne", region: "chin", box: [0.8, 0.85, 0.02, 0.03], confidence: 1, age_ms: 9000 };
    const regions = [{ name: "chin", polygon: [[0.8, 0.8], [0.9, 0.8], [0.9, 0.9]], visible: false }];
    ok(marked({ ...face, regions, findings: [finding] }, { ...bare, findings: true }).right < 0.5, "drawn on what hides it");
  },
  "a wrinkle is an open line, an outline of anything else is closed"() {
    const outline = [[0.6, 0.9], [0.7, 0.9], [0.7, 0.95]];
    const pixels = (condition) => {
      const context = new OffscreenCanvas(WIDTH, HEIGHT).getContext("2d");
      const message = { ...face, findings: [{ id: "a", condition, box: [0.6, 0.9, 0.1, 0.05], outline, confidence: 1 }] };
      drawOverlay(context, { message, opacity: 1 }, { ...EVERYTHING, ...bare, findings: true });
      return context.getImageData(Math.round(0.65 * WIDTH), Math.round(0.925 * HEIGHT), 1, 1).data[3]; // on the closing side
    };
    equal(pixels("wrinkles"), 0);
    ok(pixels("eczema") > 0, "not closed");
  },
  "each switch takes its part away"() {
    const away = annotation({ box: [0.1, 0.2, 0.1, 0.1], findings: [] });
    away.face.contours = { face_oval: [[0.8, 0.8], [0.9, 0.9]] };
    away.regions = [{ name: "chin", polygon: [[0.5, 0.1], [0.6, 0.1], [0.6, 0.05]], visible: true }];
    ok(marked(away, { ...bare, mesh: true }).bottom > 0.85, "no mesh");
    ok(marked(away, { ...bare, regions: true }).top < 0.08, "no region");
    const hidden = marked(away, bare);
    ok(hidden.bottom < 0.4 && hidden.top > 0.15, "something is left");
    away.regions[0].visible = false;
    ok(marked(away, { ...bare, regions: true }).top > 0.15, "a region that is turned away");
  },
};
