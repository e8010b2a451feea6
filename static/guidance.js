// The camera gate in words: one instruction at a time, and none that flickers.

const APPEAR_MS = 250; // an issue must last this long before it is told
const STAY_MS = 1200; // and is told at least this long
const NO_FACE_MS = 700; // a face that is lost for a blink is not gone

const WORDS = {
  no_face: () => "Bring your face into the picture",
  several_faces: () => "Only one face in the picture, please",
  video_too_small: ({ frame, camera }) =>
    camera && Math.max(camera.width, camera.height) > 1.2 * Math.max(frame.width, frame.height)
      ? "The connection is slow. Wait a moment for a sharper picture"
      : "Choose a higher resolution for fine lines",
  too_far: () => "Come closer",
  too_close: () => "Move back a little",
  off_centre: ({ face }) => offCentre(face),
  look_straight: ({ face }) => lookStraight(face),
  too_dark: () => "More light, please",
  too_bright: () => "Too bright. Turn away from the light",
  uneven_light: () => "Face the light, so that both cheeks are lit alike",
  blurred: () => "Hold still and let the camera focus",
};

export const ALL_WELL = "Good. Stay like this";

/** The instruction for an issue code; codes of a newer server get a plain sentence. */
export function instructionFor(issue, context) {
  return (WORDS[issue] ?? (() => "Adjust how you hold the camera"))(context);
}

// left and right are the person's own: on an unmirrored picture the person's left is on the right.
function offCentre(face) {
  if (!face) return "Move to the middle of the picture";
  const [x, y, width, height] = face.box;
  const [right, down] = [x + width / 2 - 0.5, y + height / 2 - 0.5];
  if (Math.abs(right) >= Math.abs(down)) return right < 0 ? "Move to your left" : "Move to your right";
  return down < 0 ? "Lower your face in the picture" : "Raise your face in the picture";
}

function lookStraight(face) {
  if (!face) return "Look straight into the camera";
  const { yaw, pitch, roll } = face.pose;
  const most = Math.max(Math.abs(yaw), Math.abs(pitch), Math.abs(roll));
  if (most === Math.abs(yaw)) return yaw > 0 ? "Turn your head a little to your right" : "Turn your head a little to your left";
  if (most === Math.abs(pitch)) return pitch > 0 ? "Lower your chin a little" : "Raise your chin a little";
  return "Hold your head upright";
}

/** Turns the gate's issues into what is shown: {text, issue} (issue null when all is well), steady enough to read. */
export class Guidance {
  #shown = { text: "", issue: undefined, since: -Infinity };
  #waiting = { issue: undefined, since: 0 };

  /** Takes an annotation at `now` (ms). Returns what to show; the same object as long as nothing changes. */
  update(message, camera, now) {
    const issue = message.quality.issues[0] ?? null;
    if (issue !== this.#waiting.issue) this.#waiting = { issue, since: now };
    const isFirst = this.#shown.issue === undefined;
    const lasted = now - this.#waiting.since >= (issue === "no_face" ? NO_FACE_MS : APPEAR_MS);
    const read = now - this.#shown.since >= STAY_MS;
    if (isFirst || (lasted && read)) {
      const text = issue === null ? ALL_WELL : instructionFor(issue, { face: message.face, frame: message.frame, camera });
      if (text !== this.#shown.text) this.#shown = { text, issue, since: now };
    }
    return this.#shown;
  }

  reset() {
    this.#shown = { text: "", issue: undefined, since: -Infinity };
    this.#waiting = { issue: undefined, since: 0 };
  }
}
