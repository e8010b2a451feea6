// What a test needs: claims that say what was there instead.

function show(value) {
  return JSON.stringify(value, (_, part) => (part instanceof Map ? [...part] : part));
}

export function equal(actual, expected, what = "value") {
  if (show(actual) !== show(expected)) throw new Error(`${what}: ${show(actual)} is not ${show(expected)}`);
}

export function near(actual, expected, tolerance, what = "value") {
  if (!(Math.abs(actual - expected) <= tolerance)) throw new Error(`${what}: ${actual} is not ${expected} ± ${tolerance}`);
}

export function ok(condition, what) {
  if (!condition) throw new Error(what);
}

/** A live video track of plain pictures. */
export function cameraTrack(width, height) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d");
  const track = canvas.captureStream(30).getVideoTracks()[0];
  const timer = setInterval(() => {
    if (track.readyState === "ended") return clearInterval(timer);
    context.fillStyle = `hsl(${performance.now() / 10}, 50%, 50%)`;
    context.fillRect(0, 0, width, height);
  }, 33);
  return track;
}

/** An annotation as the server sends it, with one face whose box is given; `more` replaces fields. */
export function annotation({ box = [0.4, 0.3, 0.2, 0.4], code = "good", ...more } = {}) {
  const [x, y, width, height] = box;
  const corners = [[x, y], [x + width, y], [x + width, y + height]];
  return {
    v: 1,
    type: "annotations",
    seq: 0,
    rtp_timestamp: 0,
    frame: { width: 1280, height: 720 },
    received_ms: 0,
    age_ms: 5,
    stages_ms: {},
    received: 1,
    analysed: 1,
    dropped: 0,
    face: { box, pose: { yaw: 0, pitch: 0, roll: 0 }, confidence: 1, contours: { face_oval: corners } },
    regions: [{ name: "nose", polygon: corners, visible: true }],
    quality: { ok: true, issues: [], measures: {} },
    guidance: { code, since_ms: 0 },
    conditions: {},
    findings: [{ id: "a", condition: "acne", region: "nose", box: [x, y, 0.01, 0.01], confidence: 1, age_ms: 0 }],
    degraded: [],
    ...more,
  };
}
