import { describeGuidance } from "/static/guidance.js";
import { annotation, equal, ok } from "./check.js";

const schema = await (await fetch("/static/schema/annotations.schema.json")).json();
const CODES = schema.properties.guidance.properties.code.enum;
const say = (code, camera = null, frame = { width: 640, height: 360 }) =>
  describeGuidance({ ...annotation({ code }), frame }, camera).text;

export default {
  "each instruction has its own words, an unknown one has some too"() {
    const texts = CODES.map((code) => say(code));
    equal(new Set(texts).size, CODES.length);
    ok(!texts.includes(say("from_a_newer_server")), "an instruction without words");
    ok(say("from_a_newer_server").length > 0, "no words");
  },
  "only good is good"() {
    const good = CODES.filter((code) => describeGuidance(annotation({ code }), null).good);
    equal(good, ["good"]);
  },
  "a picture that does not move is never good, and other advice goes first"() {
    const frozen = (code) => describeGuidance({ ...annotation({ code }), frozen_ms: 2400 }, null);
    ok(!frozen("good").good && frozen("good").text.includes("does not move"), "not told");
    equal(frozen("more_light").text, say("more_light"));
  },
  "a small picture is the network's fault when the camera gives more"() {
    ok(say("larger_video", { width: 1280, height: 720 }).includes("connection"), "network");
    ok(say("larger_video", { width: 640, height: 360 }).includes("resolution"), "camera");
    ok(say("larger_video", { width: 360, height: 640 }).includes("resolution"), "camera held upright");
  },
};
