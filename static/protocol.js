// The messages of the data channels; schema/ describes them, docs/protocol.md explains them.

export const VERSION = 1;

/** The message in `text`, or null where it is none that this page can read. */
export function parseMessage(text) {
  if (typeof text !== "string") return null;
  let message;
  try {
    message = JSON.parse(text);
  } catch {
    return null;
  }
  const readable = message !== null && typeof message === "object" && message.v === VERSION;
  return readable && typeof message.type === "string" ? message : null;
}

/** A message as it goes over a channel. */
export function encodeMessage(type, fields = {}) {
  return JSON.stringify({ v: VERSION, type, ...fields });
}

export const CONDITION_NAMES = Object.freeze({
  acne: "Acne",
  wrinkles: "Wrinkles",
  eyebags: "Eye bags",
  eczema: "Eczema",
  rosacea: "Rosacea",
  hyperpigmentation: "Hyperpigmentation",
  dark_spots: "Dark spots",
});

export const REGION_NAMES = Object.freeze({
  forehead: "Forehead",
  glabella: "Between the brows",
  nose: "Nose",
  left_cheek: "Left cheek",
  right_cheek: "Right cheek",
  under_left_eye: "Under the left eye",
  under_right_eye: "Under the right eye",
  perioral: "Around the mouth",
  chin: "Chin",
});
