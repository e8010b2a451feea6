// The server's instruction in words. Which one, and for how long, is the server's decision (media_pipeline/guidance.py).

const WORDS = {
  show_face: "Bring your face into the picture",
  one_face: "Only one face in the picture, please",
  turn_upright: "The picture lies on its side. Turn the camera upright",
  come_closer: "Come closer",
  move_back: "Move back a little",
  move_left: "Move to your left",
  move_right: "Move to your right",
  move_up: "Raise your face in the picture",
  move_down: "Lower your face in the picture",
  turn_left: "Turn your head a little to your left",
  turn_right: "Turn your head a little to your right",
  chin_up: "Raise your chin a little",
  chin_down: "Lower your chin a little",
  head_upright: "Hold your head upright",
  more_light: "More light, please",
  less_light: "Too bright. Turn away from the light",
  face_light: "Face the light, so that both cheeks are lit alike",
  hold_still: "Hold still and let the camera focus",
  good: "Good. Stay like this",
};
const FROZEN = "The picture does not move. Is the camera paused?";
const UNKNOWN = "Adjust how you hold the camera"; // a code of a newer server

/**
 * What to say for an annotation: {text, good}. `camera` ({width, height}, px, or null) is what the camera gives, so that
 * a small picture is blamed on whom it is due.
 */
export function describeGuidance({ guidance, frame, frozen_ms: frozen }, camera) {
  if (frozen && guidance.code === "good") return { text: FROZEN, good: false };
  const text = guidance.code === "larger_video" ? largerVideo(frame, camera) : (WORDS[guidance.code] ?? UNKNOWN);
  return { text, good: guidance.code === "good" };
}

function largerVideo(frame, camera) {
  const shrunk = camera && Math.max(camera.width, camera.height) > 1.2 * Math.max(frame.width, frame.height);
  return shrunk ? "The connection is slow. Wait a moment for a sharper picture" : "Choose a higher resolution for fine lines";
}
