// Draws one annotation over its picture. Everything is in fractions of the picture; `mirrored` turns left and right.

export const CONDITION_COLOURS = Object.freeze({
  acne: "#ff5454",
  wrinkles: "#50dcff",
  eyebags: "#c496ff",
  eczema: "#ffa830",
  rosacea: "#ff78cd",
  hyperpigmentation: "#ffe250",
  dark_spots: "#82f582",
});

const MESH_COLOUR = "rgba(255, 255, 255, 0.55)";
const REGION_COLOUR = "rgba(126, 226, 208, 0.9)";
const HALO = "rgba(6, 18, 16, 0.55)";
const GUIDE_WIDTH = 0.72; // of the widest upright 3:4 picture within: between the gate's too far and too close
const FACE_SHAPE = 1.3; // height over width
const GUIDE_CODES = new Set(["show_face", "move_left", "move_right", "move_up", "move_down", "come_closer", "move_back"]);
const SMALL_BOX = 0.06; // of the picture's width: a smaller finding gets a ring rather than a box

/**
 * Draws `drawing` (Timeline's form) on `context`, whose canvas shows the picture from edge to edge.
 * `options`: {mirrored, mesh, regions, findings: booleans, hidden: set of conditions not to draw}.
 */
export function drawOverlay(context, drawing, options) {
  const { width, height } = context.canvas;
  const pen = {
    context,
    x: (x) => (options.mirrored ? 1 - x : x) * width,
    y: (y) => y * height,
    unit: Math.max(1, Math.min(width, height) / 480), // a line of this many px looks the same at every size
  };
  const { message, opacity } = drawing;
  context.save();
  context.globalAlpha = opacity;
  context.lineJoin = context.lineCap = "round";
  if (GUIDE_CODES.has(message.guidance.code)) drawGuide(pen);
  if (message.face) {
    if (options.regions) drawRegions(pen, message.regions ?? []);
    if (options.mesh) drawMesh(pen, message.face.contours ?? {});
    drawCorners(pen, message.face.box, message.quality.ok);
    if (options.findings) drawFindings(pen, inSight(message), options.hidden, opacity);
  }
  context.restore();
}

function trace({ context, x, y }, points, closed) {
  context.beginPath();
  points.forEach(([px, py], index) => (index ? context.lineTo(x(px), y(py)) : context.moveTo(x(px), y(py))));
  if (closed) context.closePath();
}

function drawMesh(pen, contours) {
  pen.context.strokeStyle = MESH_COLOUR;
  pen.context.lineWidth = 1.1 * pen.unit;
  for (const line of Object.values(contours)) {
    trace(pen, line, false);
    pen.context.stroke();
  }
}

function drawRegions(pen, regions) {
  const { context, unit } = pen;
  context.strokeStyle = REGION_COLOUR;
  context.fillStyle = "rgba(126, 226, 208, 0.05)";
  context.lineWidth = unit;
  context.setLineDash([3 * unit, 3 * unit]);
  for (const { polygon, visible } of regions) {
    if (!visible || !polygon) continue;
    trace(pen, polygon, true);
    context.fill();
    context.stroke();
  }
  context.setLineDash([]);
}

function drawCorners(pen, box, ok) {
  const { context, unit } = pen;
  const [left, right] = [pen.x(box[0]), pen.x(box[0] + box[2])].sort((a, b) => a - b);
  const [top, bottom] = [pen.y(box[1]), pen.y(box[1] + box[3])];
  const arm = Math.min(right - left, bottom - top) * 0.14;
  context.beginPath();
  for (const [x, y, dx, dy] of [[left, top, 1, 1], [right, top, -1, 1], [left, bottom, 1, -1], [right, bottom, -1, -1]]) {
    context.moveTo(x + dx * arm, y);
    context.lineTo(x, y);
    context.lineTo(x, y + dy * arm);
  }
  haloed(context, ok ? "#7ee2d0" : "#ffffff", 2.2 * unit);
}

// What the pose turns away stays known, and is not drawn on what hides it.
function inSight({ findings, regions = [] }) {
  const away = new Set(regions.filter(({ visible }) => !visible).map(({ name }) => name));
  return findings.filter(({ region }) => !away.has(region));
}

function drawFindings(pen, findings, hidden, opacity) {
  const { context, unit } = pen;
  for (const finding of findings) {
    if (hidden.has(finding.condition)) continue;
    const colour = CONDITION_COLOURS[finding.condition] ?? "#ffffff";
    context.globalAlpha = opacity * (0.45 + 0.55 * finding.confidence);
    if (finding.outline) {
      trace(pen, finding.outline, finding.condition !== "wrinkles");
    } else if (finding.box[2] < SMALL_BOX) {
      const [x, y, width, height] = finding.box;
      const radius = Math.max(4 * unit, Math.max(width * context.canvas.width, height * context.canvas.height) * 0.65);
      context.beginPath();
      context.arc(pen.x(x + width / 2), pen.y(y + height / 2), radius, 0, 2 * Math.PI);
    } else {
      const [x, y, width, height] = finding.box;
      trace(pen, [[x, y], [x + width, y], [x + width, y + height], [x, y + height]], true);
    }
    haloed(context, colour, 1.8 * unit);
  }
  context.globalAlpha = opacity;
}

function drawGuide({ context, unit }) {
  const { width, height } = context.canvas;
  const radius = (GUIDE_WIDTH * Math.min(width, 0.75 * height)) / 2;
  context.beginPath();
  context.ellipse(width / 2, height / 2, radius, radius * FACE_SHAPE, 0, 0, 2 * Math.PI);
  context.setLineDash([6 * unit, 7 * unit]);
  haloed(context, "rgba(255, 255, 255, 0.85)", 2 * unit);
  context.setLineDash([]);
}

// A light line stays visible on light skin by the dark one below it.
function haloed(context, colour, lineWidth) {
  context.strokeStyle = HALO;
  context.lineWidth = lineWidth * 2;
  context.stroke();
  context.strokeStyle = colour;
  context.lineWidth = lineWidth;
  context.stroke();
}
