import { Timeline, between, moved } from "/static/timeline.js";
import { annotation, equal, near, ok } from "./check.js";

const at = (x) => annotation({ box: [x, 0.3, 0.2, 0.4] });

export default {
  "a picture with an annotation of its own gets exactly that"() {
    const timeline = new Timeline();
    timeline.add(1000, at(0.1));
    timeline.add(1033, at(0.2));
    const drawing = timeline.at(1034);
    equal([drawing.kind, drawing.opacity, drawing.message.face.box[0]], ["exact", 1, 0.2]);
  },
  "a picture between two annotations gets what lies between them"() {
    const timeline = new Timeline();
    timeline.add(1000, at(0.1));
    timeline.add(1100, at(0.2));
    const drawing = timeline.at(1075);
    equal(drawing.kind, "between");
    near(drawing.message.face.box[0], 0.175, 1e-9);
    near(drawing.message.face.contours.face_oval[0][0], 0.175, 1e-9);
    near(drawing.message.regions[0].polygon[1][0], 0.375, 1e-9);
    near(drawing.message.findings[0].box[0], 0.175, 1e-9);
  },
  "annotations may come in any order"() {
    const timeline = new Timeline();
    timeline.add(1100, at(0.2));
    timeline.add(1000, at(0.1));
    near(timeline.at(1050).message.face.box[0], 0.15, 1e-9);
  },
  "two annotations of nearly the same moment tell no speed"() {
    const timeline = new Timeline();
    timeline.add(1000, at(0.1));
    timeline.add(1005, at(0.11));
    near(timeline.at(1080).message.face.box[0], 0.11, 1e-9);
  },
  "past the last annotation the face goes on for a moment, then stands, fades and is gone"() {
    const timeline = new Timeline();
    timeline.add(1000, at(0.1));
    timeline.add(1100, at(0.2));
    near(timeline.at(1150).message.face.box[0], 0.25, 1e-9);
    near(timeline.at(1150).message.findings[0].box[0], 0.25, 1e-9);
    equal(timeline.at(1150).opacity, 1);
    near(timeline.at(1300).message.face.box[0], 0.32, 1e-9, "no further than 120 ms");
    near(timeline.at(1475).opacity, 0.5, 1e-9);
    equal(timeline.at(1701), null);
  },
  "nothing is told of a time before the first annotation or in a long gap"() {
    const timeline = new Timeline();
    timeline.add(1000, at(0.1));
    equal(timeline.at(900), null);
    timeline.add(2500, at(0.2));
    equal(timeline.at(2000), null);
  },
  "a face that comes or goes is not drawn half-way"() {
    const gone = { ...at(0.1), face: null, regions: undefined, findings: [] };
    equal(between(at(0.1), gone, 0.2).face.box[0], 0.1);
    equal(between(at(0.1), gone, 0.8).face, null);
  },
  "a finding that only one side has is taken as it is there"() {
    const other = { ...at(0.2), findings: [] };
    equal(between(at(0.1), other, 0.4).findings.length, 1);
    equal(between(at(0.1), other, 0.6).findings.length, 0);
  },
  "moving a face takes along all that is on it, scaled"() {
    const [from, to] = [[0.4, 0.3, 0.2, 0.4], [0.5, 0.3, 0.4, 0.8]];
    const message = moved(annotation({ box: from }), from, to);
    const [, corner] = message.face.contours.face_oval;
    near(corner[0], 0.9, 1e-9);
    near(message.findings[0].box[2], 0.02, 1e-9);
    ok(message.quality.ok, "the rest stays");
  },
  "old annotations are dropped"() {
    const timeline = new Timeline();
    timeline.add(1000, at(0.1));
    timeline.add(1033, at(0.1));
    timeline.add(9000, at(0.1));
    equal(timeline.at(1000), null);
  },
};
