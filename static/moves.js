// Makes whole annotations of `moves`: what the server sent whole before, with everything where it is now.

import { moved } from "./timeline.js";

const SCALE = 10_000; // units of the coordinates for one width or height of the picture
const KEPT = 4; // whole annotations that moves may still be about; results may overtake each other

/** The results of one connection, in the order of their arrival. */
export class Moves {
  #whole = new Map(); // by seq

  /** The annotations that `message` stands for; null for moves about annotations that were lost. Others pass through. */
  complete(message) {
    if (message.type === "annotations") {
      this.#whole.set(message.seq, message);
      if (this.#whole.size > KEPT) this.#whole.delete(this.#whole.keys().next().value);
      return message;
    }
    if (message.type !== "moves") return message;
    const whole = this.#whole.get(message.of);
    return whole?.face && whole.findings.length * 4 === message.boxes.length ? at(whole, message) : null;
  }
}

function at(whole, { type, of, face, pose, boxes, ...fields }) {
  const box = fractions(face, 0);
  const carried = moved(whole, whole.face.box, box);
  const since = fields.received_ms - whole.received_ms;
  const [yaw, pitch, roll] = pose;
  return {
    ...carried,
    ...fields,
    type: "annotations",
    face: { ...carried.face, box, pose: { yaw, pitch, roll } },
    findings: whole.findings.map((finding, index) => {
      const to = fractions(boxes, 4 * index);
      const line = finding.outline && moveLine(finding.outline, finding.box, to);
      return { ...finding, box: to, age_ms: finding.age_ms + since, ...(line && { outline: line }) };
    }),
  };
}

function fractions(units, start) {
  return units.slice(start, start + 4).map((unit) => unit / SCALE);
}

// With its own box, not the face's: the skin below it may have moved otherwise.
function moveLine(line, from, to) {
  const scaleX = from[2] > 0 ? to[2] / from[2] : 1;
  const scaleY = from[3] > 0 ? to[3] / from[3] : 1;
  return line.map(([x, y]) => [to[0] + (x - from[0]) * scaleX, to[1] + (y - from[1]) * scaleY]);
}
