// What is known about each moment: annotations by the capture time of their frame, and what lies between two of them.

const KEPT_MS = 3000;
const SAME_FRAME_MS = 4; // an annotation this near to a picture's capture time is about that picture
const LONGEST_GAP_MS = 500; // between annotations further apart nothing is interpolated
const SHORTEST_GAP_MS = 12; // two pictures nearer in time tell nothing of a speed: their jitter would be carried on tenfold
const LEAD_MS = 120; // how far the face's own movement is carried on after the last annotation
const FADE_FROM_MS = 150;
const FADE_TO_MS = 600;

/**
 * What to draw at one moment: `message` has the annotations' form, moved to that moment; `kind` says how it came about
 * (exact, between, held), `opacity` is 1 while fresh and 0 when stale, `sourceTime` the capture time of the annotation.
 */
export class Timeline {
  #entries = []; // {time, message}, ascending

  /** Adds an annotation about the picture captured at `time` (ms, page clock). */
  add(time, message) {
    const entries = this.#entries;
    let index = entries.length;
    while (index > 0 && entries[index - 1].time > time) index -= 1;
    entries.splice(index, 0, { time, message });
    while (entries.length > 0 && entries[0].time < entries.at(-1).time - KEPT_MS) entries.shift();
  }

  clear() {
    this.#entries = [];
  }

  /** What holds for the picture captured at `time`, or null where nothing does (any more). */
  at(time) {
    const entries = this.#entries;
    let after = entries.length;
    while (after > 0 && entries[after - 1].time > time + SAME_FRAME_MS) after -= 1;
    const before = entries[after - 1];
    if (before && Math.abs(before.time - time) <= SAME_FRAME_MS) return exact(before);
    const next = entries[after];
    if (next && Math.abs(next.time - time) <= SAME_FRAME_MS) return exact(next);
    if (before && next && next.time - before.time <= LONGEST_GAP_MS) {
      const share = (time - before.time) / (next.time - before.time);
      return { message: between(before.message, next.message, share), kind: "between", opacity: 1, sourceTime: before.time };
    }
    if (!before) return null;
    const age = time - before.time;
    const opacity = 1 - Math.min(1, Math.max(0, (age - FADE_FROM_MS) / (FADE_TO_MS - FADE_FROM_MS)));
    if (opacity === 0) return null;
    return { message: carriedOn(entries[after - 2], before, time), kind: "held", opacity, sourceTime: before.time };
  }
}

function exact(entry) {
  return { message: entry.message, kind: "exact", opacity: 1, sourceTime: entry.time };
}

/** The annotation between `a` and `b`, `share` (0-1) of the way; what only one of them has is taken from the nearer. */
export function between(a, b, share) {
  const nearer = share < 0.5 ? a : b;
  if (!a.face || !b.face) return nearer;
  const mix = (x, y) => x + (y - x) * share;
  return {
    ...nearer,
    face: {
      ...nearer.face,
      box: a.face.box.map((value, index) => mix(value, b.face.box[index])),
      ...(nearer.face.contours && { contours: mixContours(a.face.contours, b.face.contours, nearer.face.contours, mix) }),
    },
    ...(nearer.regions && { regions: mixMatching(a.regions, b.regions, nearer.regions, "name", "polygon", mix) }),
    findings: mixMatching(a.findings, b.findings, nearer.findings, "id", "outline", mix).map((finding) => {
      const [first, second] = [a, b].map((side) => side.findings.find(({ id }) => id === finding.id));
      if (!first || !second) return finding;
      return { ...finding, box: first.box.map((value, index) => mix(value, second.box[index])) };
    }),
  };
}

function mixLines(first, second, nearer, mix) {
  if (!first || !second || first.length !== second.length) return nearer;
  return first.map(([x, y], index) => [mix(x, second[index][0]), mix(y, second[index][1])]);
}

function mixContours(first = {}, second = {}, nearer, mix) {
  return Object.fromEntries(
    Object.entries(nearer).map(([name, line]) => [name, mixLines(first[name], second[name], line, mix)]),
  );
}

function mixMatching(first = [], second = [], nearer, key, line, mix) {
  return nearer.map((item) => {
    if (!item[line]) return item;
    const [one, other] = [first, second].map((items) => items.find((candidate) => candidate[key] === item[key]));
    return { ...item, [line]: mixLines(one?.[line], other?.[line], item[line], mix) };
  });
}

// Past the newest annotation the face is assumed to go on as it went between the last two, for a moment.
function carriedOn(previous, last, time) {
  const face = last.message.face;
  const gap = previous ? last.time - previous.time : 0;
  if (!face || !previous?.message.face || gap < SHORTEST_GAP_MS || gap > LONGEST_GAP_MS) return last.message;
  const share = Math.min(time - last.time, LEAD_MS) / gap;
  const from = previous.message.face.box;
  const to = face.box.map((value, index) => value + (value - from[index]) * share);
  return moved(last.message, face.box, to);
}

/** The annotation with everything on the face moved and scaled as its box goes from `from` to `to`. */
export function moved(message, from, to) {
  const scaleX = from[2] > 0 ? Math.max(to[2], 0) / from[2] : 1;
  const scaleY = from[3] > 0 ? Math.max(to[3], 0) / from[3] : 1;
  const point = ([x, y]) => [to[0] + (x - from[0]) * scaleX, to[1] + (y - from[1]) * scaleY];
  const box = ([x, y, width, height]) => [...point([x, y]), width * scaleX, height * scaleY];
  const { face, regions, findings } = message;
  return {
    ...message,
    face: {
      ...face,
      box: box(face.box),
      ...(face.contours && {
        contours: Object.fromEntries(Object.entries(face.contours).map(([name, line]) => [name, line.map(point)])),
      }),
    },
    ...(regions && { regions: regions.map((region) => ({ ...region, ...(region.polygon && { polygon: region.polygon.map(point) }) })) }),
    findings: findings.map((finding) => ({
      ...finding,
      box: box(finding.box),
      ...(finding.outline && { outline: finding.outline.map(point) }),
    })),
  };
}
