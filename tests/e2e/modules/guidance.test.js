import { ALL_WELL, Guidance, instructionFor } from "/static/guidance.js";
import { annotation, equal, ok } from "./check.js";

const CODES = [
  "no_face", "several_faces", "video_too_small", "too_far", "too_close", "off_centre", "look_straight", "too_dark",
  "too_bright", "uneven_light", "blurred",
];
const frame = { width: 640, height: 360 };
const say = (issue, face = null, camera = null) => instructionFor(issue, { face, frame, camera });

export default {
  "each code has its own words, an unknown one has some too"() {
    const texts = CODES.map((code) => say(code));
    equal(new Set(texts).size, CODES.length);
    ok(say("from_a_newer_server").length > 0, "no words");
  },
  "directions are the person's own"() {
    const face = (box, pose = {}) => ({ box, pose: { yaw: 0, pitch: 0, roll: 0, ...pose } });
    // seen on an unmirrored picture: who appears on its left must go to their own left
    equal(say("off_centre", face([0.05, 0.4, 0.2, 0.2])), "Move to your left");
    equal(say("off_centre", face([0.75, 0.4, 0.2, 0.2])), "Move to your right");
    equal(say("off_centre", face([0.4, 0.0, 0.2, 0.2])), "Lower your face in the picture");
    equal(say("look_straight", face([0, 0, 1, 1], { yaw: 25 })), "Turn your head a little to your right");
    equal(say("look_straight", face([0, 0, 1, 1], { pitch: -25 })), "Raise your chin a little");
    equal(say("look_straight", face([0, 0, 1, 1], { roll: -25, yaw: 3 })), "Hold your head upright");
  },
  "a small picture is the network's fault when the camera gives more"() {
    ok(say("video_too_small", null, { width: 1280, height: 720 }).includes("connection"), "network");
    ok(say("video_too_small", null, { width: 640, height: 360 }).includes("resolution"), "camera");
  },
  "the first instruction comes at once, a passing one not at all"() {
    const guidance = new Guidance();
    equal(guidance.update(annotation(), null, 0).text, ALL_WELL);
    equal(guidance.update(annotation({ issues: ["blurred"] }), null, 2000).text, ALL_WELL);
    equal(guidance.update(annotation(), null, 2100).text, ALL_WELL);
    equal(guidance.update(annotation({ issues: ["blurred"] }), null, 2200).text, ALL_WELL);
    equal(guidance.update(annotation({ issues: ["blurred"] }), null, 2500).issue, "blurred");
  },
  "an instruction stays long enough to be read"() {
    const guidance = new Guidance();
    guidance.update(annotation({ issues: ["too_far"] }), null, 0);
    for (let now = 100; now < 1200; now += 100) equal(guidance.update(annotation(), null, now).issue, "too_far");
    equal(guidance.update(annotation(), null, 1200).issue, null);
  },
  "a face lost for a blink is not missed"() {
    const guidance = new Guidance();
    guidance.update(annotation(), null, 0);
    guidance.update(annotation({ issues: ["no_face"], face: null }), null, 5000);
    equal(guidance.update(annotation({ issues: ["no_face"], face: null }), null, 5600).issue, null);
    equal(guidance.update(annotation({ issues: ["no_face"], face: null }), null, 5701).issue, "no_face");
  },
  "one instruction at a time: the first of several"() {
    equal(new Guidance().update(annotation({ issues: ["too_far", "blurred"] }), null, 0).text, "Come closer");
  },
};
