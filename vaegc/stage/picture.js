// The canvas of points: keeps its buffers, stamps and colours, and repaints them for a position and a cut.
// Why a class: buffers of a few megabytes live from one repaint to the next.

import { fitView, gatheredDiscs, makeStamps, packPixel, paintDisc, paintPoints, placePoints, pointRadius } from "./draw.js";
import { buildGrid, crowdAround, nearestPoint } from "./hover.js";
import { cssColour, mixColours } from "./theme.js";

/** CSS pixels around the hand within which a point answers. */
const REACH = 12;
const CROWD = 2;

/** @param {number} width CSS pixels */
export function pictureHeight(width) {
  return Math.round(Math.min(600, Math.max(300, 0.6 * width)));
}

export class Picture {
  /** @param {HTMLCanvasElement} canvas @param {HTMLCanvasElement} overlay for what follows the hand */
  constructor(canvas, overlay) {
    this.canvas = canvas;
    this.overlay = overlay;
    this.context = canvas.getContext("2d", { alpha: false });
    this.width = 0;
    this.height = 0;
    this.ratio = 1;
    this.painted = 0;
    this.coloured = null;
  }

  /** @param {import("./scene.js").Scene} scene */
  useScene(scene) {
    this.scene = scene;
    this.xs = new Float32Array(scene.n);
    this.ys = new Float32Array(scene.n);
    this.inks = new Int16Array(scene.n);
    this.noiseInks = new Int16Array(scene.n);
    this.coloured = null;
    this.stale = true;
  }

  /** @param {import("./theme.js").Theme} theme */
  useTheme(theme) {
    this.theme = theme;
    this.coloured = null;
    this.stale = true;
  }

  /** @param {number} width CSS pixels @returns {boolean} whether anything changed */
  resize(width) {
    const height = pictureHeight(width);
    // Beyond 6 million pixels a sharper picture is only a slower one.
    const ratio = Math.min(window.devicePixelRatio || 1, 3, Math.sqrt(6e6 / (width * height)));
    if (width === this.width && height === this.height && ratio === this.ratio) return false;
    Object.assign(this, { width, height, ratio, stale: true });
    return true;
  }

  prepare() {
    const { canvas, overlay, ratio, theme, scene } = this;
    const across = Math.round(this.width * ratio);
    const down = Math.round(this.height * ratio);
    if (!this.image || this.image.width !== across || this.image.height !== down) {
      for (const sheet of [canvas, overlay]) {
        sheet.width = across;
        sheet.height = down;
        sheet.style.height = `${this.height}px`;
      }
      this.image = this.context.createImageData(across, down);
      this.pixels = new Uint32Array(this.image.data.buffer);
    }
    const radius = pointRadius(scene.n, this.width, this.height) * ratio;
    const rim = Math.min(0.9 * ratio, radius * 0.3);
    this.radius = radius;
    this.margin = Math.ceil(radius + rim + 2);
    // Points need air to the edge; a small canvas has less to spare.
    this.view = fitView(scene.header.bounds, across, down, this.margin + Math.round(Math.min(22, this.width * 0.03) * ratio));
    this.stamps = makeStamps(theme.palette, theme.background, radius, 0.94, rim, across);
    const grey = mixColours(theme.noise, theme.background, 0.12);
    this.noiseStamps = makeStamps([grey], theme.background, radius * 0.72, 0.8, rim * 0.5, across);
    this.stale = false;
  }

  colour(cut) {
    if (this.coloured === cut && cut) return;
    const { scene, theme, inks, noiseInks } = this;
    if (!cut) {
      inks.fill(-1);
      noiseInks.fill(0);
    } else {
      const inkOf = Int16Array.from(cut.representatives, (point) => scene.slots[point] % theme.palette.length);
      for (let i = 0; i < scene.n; i++) {
        const label = cut.labels[i];
        inks[i] = label < 0 ? -1 : inkOf[label];
        noiseInks[i] = label < 0 ? 0 : -1;
      }
    }
    this.coloured = cut;
  }

  /** @param {number} position in frames @param {import("./cut.js").Cut|null} cut */
  paint(position, cut) {
    if (this.stale) this.prepare();
    this.colour(cut);
    const { scene, theme, pixels, image, xs, ys, margin } = this;
    const { width, height } = image;
    placePoints(scene.frames, scene.n, position, this.view, xs, ys);
    pixels.fill(packPixel(theme.background));
    if (cut) this.paintGathered(cut);
    const job = { xs, ys, order: scene.order, margin };
    paintPoints(pixels, width, height, { ...job, inks: this.noiseInks, stamps: this.noiseStamps });
    paintPoints(pixels, width, height, { ...job, inks: this.inks, stamps: this.stamps });
    this.context.putImageData(image, 0, 0);
    this.grid = null;
    this.painted += 1;
    this.canvas.dataset.drawn = String(this.painted);
  }

  paintGathered(cut) {
    const { scene, theme, pixels, image } = this;
    // All discs together may take a tenth of the picture, however many points there are.
    const unit = Math.sqrt((0.1 * image.width * image.height) / (Math.PI * scene.n));
    for (const disc of gatheredDiscs(cut, this.xs, this.ys, scene.header.min_size, Math.min(unit, this.radius))) {
      const colour = theme.palette[scene.slots[cut.representatives[disc.cluster]] % theme.palette.length];
      paintDisc(pixels, image.width, image.height, { ...disc, colour, alpha: disc.alpha * (theme.dark ? 0.28 : 0.2) });
    }
  }

  /** The point near a place given in CSS pixels, or -1. */
  pick(x, y) {
    if (!this.image) return -1;
    const reach = REACH * this.ratio;
    this.grid ??= buildGrid(this.xs, this.ys, this.image.width, this.image.height, reach);
    return nearestPoint(this.grid, this.xs, this.ys, x * this.ratio, y * this.ratio, reach, this.scene.rank);
  }

  crowd(point) {
    this.grid ??= buildGrid(this.xs, this.ys, this.image.width, this.image.height, REACH * this.ratio);
    return crowdAround(this.grid, this.xs, this.ys, point, CROWD * this.ratio);
  }

  /** Where a point is, in CSS pixels. */
  place(point) {
    return { x: this.xs[point] / this.ratio, y: this.ys[point] / this.ratio };
  }

  /** Ring around the hovered point and, where the picture is the space itself, ε in its true size. */
  paintOverlay(point, eps, pointColour) {
    const { overlay, theme, ratio, radius } = this;
    const context = overlay.getContext("2d");
    context.clearRect(0, 0, overlay.width, overlay.height);
    const epsRadius = this.scene.header.view_is_space && eps !== null ? eps * this.view.scale : 0;
    const stroke = (colour, width, draw) => {
      context.strokeStyle = colour;
      context.lineWidth = width * ratio;
      context.beginPath();
      draw();
      context.stroke();
    };
    if (epsRadius > 2 && epsRadius < overlay.width / 2) {
      const x = 16 * ratio;
      const y = overlay.height - 16 * ratio;
      stroke(cssColour(theme.muted), 1.5, () => {
        for (const end of [x, x + epsRadius]) {
          context.moveTo(end, y - 4 * ratio);
          context.lineTo(end, y + 4 * ratio);
        }
        context.moveTo(x, y);
        context.lineTo(x + epsRadius, y);
      });
      context.fillStyle = cssColour(theme.muted);
      context.font = `${12 * ratio}px ${theme.font}`;
      context.textBaseline = "middle";
      context.fillText("ε", x + epsRadius + 6 * ratio, y);
    }
    if (point < 0) return;
    const ring = (size) => () => context.arc(this.xs[point], this.ys[point], size, 0, 2 * Math.PI);
    if (epsRadius > radius) {
      context.fillStyle = cssColour(pointColour, 0.1);
      context.beginPath();
      ring(epsRadius)();
      context.fill();
      stroke(cssColour(pointColour, 0.7), 1, ring(epsRadius));
    }
    stroke(cssColour(theme.background), 4.5, ring(radius + 3 * ratio));
    stroke(cssColour(theme.text), 2, ring(radius + 3 * ratio));
  }
}
