// The camera's picture on the page, each one with the annotation that belongs to it.

import { DisplayDelay } from "./display-delay.js";
import { FrameClock } from "./frame-clock.js";
import { FrameRing } from "./frame-ring.js";
import { drawOverlay } from "./overlay.js";
import { Timeline } from "./timeline.js";

const MOST_PIXELS_WIDE = 1600;
const OLDEST_MS = 5000;

export class Stage {
  #video;
  #canvas;
  #context;
  #ring = new FrameRing();
  #clock = new FrameClock();
  #timeline = new Timeline();
  #delay = new DisplayDelay();
  #interval = 1000 / 30; // ms between the camera's pictures, smoothed
  #stamped = false; // whether the browser shows us outgoing RTP timestamps
  #running = 0; // counts starts, so that loops of an earlier one end
  #lastDrawn = null;
  #options = { mirrored: true, mesh: true, regions: true, findings: true, hidden: new Set() };
  #changed = true; // whether what is drawn could look different from last time, though the picture is the same

  constructor(video, canvas) {
    this.#video = video;
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d", { alpha: false });
  }

  /** Changes what the overlay shows: mirrored, mesh, regions, findings (booleans), hidden (a set of conditions). */
  show(options) {
    Object.assign(this.#options, options);
    this.#changed = true;
  }

  /** What was drawn last: {time, sourceTime, kind, opacity, message, delay}; message is null without an annotation. */
  get lastDrawn() {
    return this.#lastDrawn;
  }

  /** Shows `track` from now on. */
  async start(track) {
    this.stop();
    this.#video.srcObject = new MediaStream([track]);
    const run = this.#running;
    this.#everyPicture(run);
    this.#everyScreen(run);
    await this.#video.play().catch(() => undefined); // interrupted by a stop or another start
  }

  stop() {
    this.#running += 1;
    this.#video.srcObject = null;
    this.#ring.clear();
    this.forget();
    this.#lastDrawn = null;
  }

  /** Drops what is known of a connection that is gone; the picture goes on. */
  forget() {
    this.#clock = new FrameClock();
    this.#timeline.clear();
    this.#delay.reset();
    this.#stamped = false;
    this.#changed = true;
  }

  /** An encoded picture went out with `rtpTimestamp` at `at` (ms, page clock). */
  stamp({ rtpTimestamp, at }) {
    this.#stamped = true;
    this.#clock.seen(rtpTimestamp, at);
  }

  /** Takes an annotation. Returns the ms since its picture was captured; null while that is not known. */
  annotate(message, roundTripMs) {
    const now = performance.now();
    // without stamps: it was captured before the server had it, which was its age and half a round trip ago
    if (!this.#stamped) this.#clock.seen(message.rtp_timestamp, now - message.age_ms - (roundTripMs ?? 0) / 2);
    const time = this.#clock.captureTime(message.rtp_timestamp);
    if (time === null || time > now || now - time > OLDEST_MS) return null; // not a picture of this connection
    this.#timeline.add(time, message);
    this.#delay.arrived(now, time);
    this.#changed = true;
    return now - time;
  }

  #everyPicture(run) {
    const video = this.#video;
    const next = () => video.requestVideoFrameCallback(take);
    const take = (now, { captureTime = now, width, height }) => {
      if (run !== this.#running) return;
      const previous = this.#ring.newest?.time;
      if (previous !== undefined && captureTime > previous) {
        this.#interval += 0.1 * (Math.min(200, captureTime - previous) - this.#interval);
      }
      this.#ring.push(video, captureTime, width, height);
      this.#clock.captured(captureTime);
      next();
    };
    next();
  }

  #everyScreen(run) {
    const draw = () => {
      if (run !== this.#running) return;
      this.#draw(performance.now());
      requestAnimationFrame(draw);
    };
    requestAnimationFrame(draw);
  }

  #draw(now) {
    const delay = this.#delay.next(now, this.#interval);
    const picture = this.#ring.at(now - delay);
    if (!picture) return;
    this.#fit(picture);
    if (!this.#changed && picture.time === this.#lastDrawn?.time) return;
    this.#changed = false;
    const context = this.#context;
    const { width, height } = this.#canvas;
    context.save();
    if (this.#options.mirrored) context.setTransform(-1, 0, 0, 1, width, 0);
    context.drawImage(picture.canvas, 0, 0, width, height);
    context.restore();
    const drawing = this.#timeline.at(picture.time);
    if (drawing) drawOverlay(context, drawing, this.#options);
    this.#lastDrawn = { message: null, kind: "none", opacity: 0, ...drawing, time: picture.time, delay };
  }

  // As many pixels as the screen has for it, so that lines are sharp, in the picture's own shape.
  #fit({ width, height }) {
    const wanted = this.#canvas.clientWidth * (globalThis.devicePixelRatio || 1);
    const across = Math.round(Math.min(MOST_PIXELS_WIDE, Math.max(320, wanted)));
    const down = Math.round((across * height) / width);
    if (this.#canvas.width === across && this.#canvas.height === down) return;
    this.#canvas.width = across;
    this.#canvas.height = down;
    this.#changed = true;
    this.#canvas.style.setProperty("--shape", `${width} / ${height}`);
  }
}
