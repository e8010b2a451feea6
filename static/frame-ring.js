// The last pictures of the camera with their capture times, so that an annotation can be drawn on its own picture.

const CAPACITY = 12; // 0.4 s at 30 pictures a second
const LONGEST_SIDE = 1280; // px; a larger picture is kept scaled down

export class FrameRing {
  #slots = []; // {canvas, context, time, width, height}, oldest first

  /** Keeps the picture that `source` (a video) shows, captured at `time` (ms, page clock). */
  push(source, time, width, height) {
    const slot = this.#slots.length < CAPACITY ? newSlot() : this.#slots.shift();
    const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height));
    const [kept, keptHeight] = [Math.round(width * scale), Math.round(height * scale)];
    if (slot.canvas.width !== kept) slot.canvas.width = kept;
    if (slot.canvas.height !== keptHeight) slot.canvas.height = keptHeight;
    slot.context.drawImage(source, 0, 0, kept, keptHeight);
    Object.assign(slot, { time, width, height });
    this.#slots.push(slot);
  }

  /** The newest picture captured at `time` (ms) or before; the oldest kept where all are later; null when empty. */
  at(time) {
    const slots = this.#slots;
    for (let index = slots.length - 1; index >= 0; index -= 1) if (slots[index].time <= time) return slots[index];
    return slots[0] ?? null;
  }

  get newest() {
    return this.#slots.at(-1) ?? null;
  }

  clear() {
    this.#slots = [];
  }
}

function newSlot() {
  const canvas = document.createElement("canvas");
  return { canvas, context: canvas.getContext("2d", { alpha: false }), time: 0, width: 0, height: 0 };
}
