// The canvas of points: keeps its buffers, stamps and colours, and repaints them for a position, a camera and a colouring.
// Why a class: buffers of a few megabytes live from one repaint to the next.

import { cssColour, mixColours } from "../common/theme.js";
import { dataExtent, defaultCamera, makeView, projectPoints, toPixel } from "./camera.js";
import { makeStamp, packPixel, paintPoints, pointOpacity, pointRadius, stampReach } from "./draw.js";
import { buildGrid, countWithin, nearestPoint } from "./hover.js";
import { clumpCompositions, findClumps, paintPie } from "./overplotting.js";
import { paintTrails } from "./trails.js";

/** CSS pixels around the hand within which a point answers. */
const PICK_RADIUS = 12;
const OVERLAP_RADIUS = 2;

// Points of a 3-D scene fade with their distance; what a selection leaves out is dimmed. Shares of the background.
const FADE_LEVELS = [0, 0.3, 0.55, 0.74];
const DIMMED_LEVEL = 3;
const DEPTH_BINS = 128;

/** @param {number} width CSS pixels @param {boolean} split two pictures side by side */
export function pictureHeight(width, split = false) {
  return Math.round(Math.min(600, Math.max(300, (split ? 0.5 : 0.6) * width)));
}

export class Picture {
  /** @param {HTMLCanvasElement} canvas @param {HTMLCanvasElement} overlay for what follows the hand */
  constructor(canvas, overlay) {
    this.canvas = canvas;
    this.overlay = overlay;
    this.context = canvas.getContext("2d", { alpha: false });
    this.camera = defaultCamera();
    this.width = 0;
    this.height = 0;
    this.ratio = 1;
    this.painted = 0;
  }

  /** @param {import("./scene.js").Scene} scene */
  useScene(scene) {
    this.scene = scene;
    this.box = dataExtent(scene.header);
    this.xs = new Float32Array(scene.n);
    this.ys = new Float32Array(scene.n);
    this.depths = scene.dim === 3 ? new Float32Array(scene.n) : null;
    this.stampIndices = new Uint16Array(scene.n);
    this.sequence = new Uint32Array(scene.n);
    this.stale = true;
    this.drawn = null;
  }

  /** @param {import("../common/theme.js").Theme} theme */
  useTheme(theme) {
    this.theme = theme;
    this.stale = true;
  }

  /** @param {import("./camera.js").Camera} camera */
  useCamera(camera) {
    if (camera === this.camera) return;
    this.camera = camera;
    this.stale = true;
  }

  /** @param {number} width CSS pixels @param {number} height @param {number} ratio of device to CSS pixels, 0: the screen's */
  resize(width, height, ratio = 0) {
    // Beyond 6 million pixels a sharper picture is only a slower one.
    const sharp = ratio || Math.min(window.devicePixelRatio || 1, 3, Math.sqrt(6e6 / (width * height)));
    if (width === this.width && height === this.height && sharp === this.ratio) return;
    Object.assign(this, { width, height, ratio: sharp, stale: true });
  }

  prepare() {
    const { canvas, overlay, ratio, scene } = this;
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
      this.plainBackground = null;
    }
    const exact = pointRadius(scene.n, this.width, this.height, this.camera.zoom) * ratio;
    // Quarter pixels: a zoom then makes new stamps a few times, not at every notch of the wheel.
    this.radius = Math.max(1, Math.round(4 * exact) / 4);
    // A rim tells neighbours apart; on the smallest points it would only be paler, and a third of the work.
    this.rim = this.radius < 1.5 * ratio ? 0 : Math.min(0.9 * ratio, this.radius * 0.3);
    this.margin = stampReach(this.radius, this.rim);
    // Points need air to the edge; a small canvas has less to spare. No more of it when zoomed in, or the hand would slip off its place.
    const whole = pointRadius(scene.n, this.width, this.height) * ratio;
    this.edge = stampReach(whole, whole * 0.3) + Math.round(Math.min(22, this.width * 0.03) * ratio);
    this.view = makeView(scene.header, this.camera, across, down, this.edge);
    projectPoints(scene, 0, this.view, this.xs, this.ys);
    this.alpha = pointOpacity(this.xs, this.ys, across, down, this.radius);
    // A pan or a turn changes none of these, so that its frames cost no more than those of the film.
    const stampKey = [this.radius, this.rim, this.alpha, across];
    if (!this.stampKey?.every((part, k) => part === stampKey[k]) || this.stampTheme !== this.theme) this.stamps = null;
    Object.assign(this, { stampKey, stampTheme: this.theme, contourLayer: null, placedAt: null, stale: false });
  }

  /**
   * @param {number} position in frames
   * @param {{colouring: import("./colouring.js").Colouring, mask: Uint8Array|null,
   *   contours: {share: number, lines: Float32Array[]}[]|null, trails: Uint32Array|null}} layers
   */
  paint(position, layers) {
    if (this.stale) this.prepare();
    const { scene, pixels, image, xs, ys } = this;
    const { width, height } = image;
    // A new ε moves no point.
    if (position !== this.placedAt) {
      projectPoints(scene, position, this.view, xs, ys, this.depths);
      Object.assign(this, { placedAt: position, clumps: null, grid: null });
    }
    this.assignStamps(layers);
    pixels.set(this.backgroundPixels(layers.contours));
    if (!this.depths) this.paintClumps(layers);
    if (layers.trails) {
      const { palette, entries } = layers.colouring;
      const packed = palette.map((entry) => packPixel(entry.colour));
      const alpha = layers.trails.length > 600 ? 0.22 : 0.4;
      paintTrails(pixels, width, height, scene, this.view, position, layers.trails, (i) => packed[entries[i]], alpha);
    }
    paintPoints(pixels, width, height, { xs, ys, order: this.sequence, stampIndices: this.stampIndices, stamps: this.stamps, margin: this.margin });
    this.context.putImageData(image, 0, 0);
    this.painted += 1;
    this.canvas.dataset.drawn = String(this.painted);
  }

  /** Stamp and order of every point; those of a 2-D picture hold until colours or selection change. */
  assignStamps({ colouring, mask }) {
    const { scene, stampIndices, sequence, depths } = this;
    const { palette, entries } = colouring;
    const many = palette.length;
    const old = this.drawn;
    const levels = [0, ...(depths ? [1, 2] : []), ...(mask ? [DIMMED_LEVEL] : [])];
    for (const level of levels) this.stampsOf(palette, level);
    if (!depths && old?.entries === entries && old.mask === mask && old.palette === palette) return;
    this.drawn = { palette, entries, mask };
    if (depths) {
      for (let i = 0; i < scene.n; i++) {
        const level = mask && !mask[i] ? DIMMED_LEVEL : depths[i] > 0.58 ? 0 : depths[i] > 0.42 ? 1 : 2;
        stampIndices[i] = entries[i] + many * level;
      }
      sortByDepth(scene.order, depths, sequence);
      return;
    }
    // From below: noise, what a selection leaves out, everything else; mixed within, so that no cluster hides another.
    const layer = (i) => (mask && !mask[i] ? (palette[entries[i]].small ? 0 : 1) : palette[entries[i]].small ? 2 : 3);
    let filled = 0;
    for (let l = mask ? 0 : 2; l < 4; l++) {
      for (let p = 0; p < scene.n; p++) if (layer(scene.order[p]) === l) sequence[filled++] = scene.order[p];
    }
    for (let i = 0; i < scene.n; i++) stampIndices[i] = entries[i] + (mask && !mask[i] ? many * DIMMED_LEVEL : 0);
  }

  /** Stamps of one level for all entries of the palette, made when a point first needs them. */
  stampsOf(palette, level) {
    const { theme, radius, alpha, rim, image } = this;
    if (!this.stamps || this.stampPalette !== palette) Object.assign(this, { stamps: [], stampPalette: palette });
    const share = FADE_LEVELS[level];
    for (let entry = 0; entry < palette.length; entry++) {
      const at = palette.length * level + entry;
      if (this.stamps[at]) continue;
      const { colour, small, marker } = palette[entry];
      const style = {
        colour: mixColours(colour, theme.background, small ? Math.max(share, 0.12) : share), marker: marker ?? 0,
        radius: radius * (small ? 0.72 : 1), alpha: small ? Math.min(alpha, 0.8) : alpha,
      };
      this.stamps[at] = makeStamp(style, theme.background, small ? rim * 0.5 : rim, image.width);
    }
  }

  /** What lies under the points and stays while they move: the page's colour, or the density's contours on it. */
  backgroundPixels(contours) {
    const { image, theme } = this;
    if (!contours) {
      if (!this.plainBackground || this.plainBackgroundTheme !== theme) this.plainBackground = new Uint32Array(this.pixels.length).fill(packPixel(theme.background));
      this.plainBackgroundTheme = theme;
      return this.plainBackground;
    }
    if (this.contourLayer?.contours === contours) return this.contourLayer.pixels;
    this.sheet ??= document.createElement("canvas");
    if (this.sheet.width !== image.width || this.sheet.height !== image.height) Object.assign(this.sheet, { width: image.width, height: image.height });
    const context = this.sheet.getContext("2d", { alpha: false, willReadFrequently: true });
    context.fillStyle = cssColour(theme.background);
    context.fillRect(0, 0, image.width, image.height);
    context.lineJoin = "round";
    for (const { lines } of contours) {
      context.beginPath();
      for (const line of lines) this.tracePath(context, line);
      context.fillStyle = cssColour(theme.accent, theme.dark ? 0.055 : 0.04);
      context.fill("evenodd");
      context.strokeStyle = cssColour(theme.accent, theme.dark ? 0.34 : 0.26);
      context.lineWidth = Math.max(1, 0.8 * this.ratio);
      context.stroke();
    }
    this.contourLayer = { contours, pixels: new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer) };
    return this.contourLayer.pixels;
  }

  tracePath(context, line) {
    for (let k = 0; k + 1 < line.length; k += 2) {
      const { x, y } = toPixel(this.view, line[k], line[k + 1], this.image.width, this.image.height, this.camera, this.box.reach);
      if (k === 0) context.moveTo(x, y);
      else context.lineTo(x, y);
    }
  }

  /** Discs where points lie on each other. */
  paintClumps({ colouring, mask }) {
    const { theme, pixels, image } = this;
    const strength = (theme.dark ? 0.28 : 0.2) * (colouring.byCluster ? 1 : 1.8);
    if (this.clumps?.mask !== mask) this.clumps = { mask, all: null, selected: null };
    // What a selection leaves out stays as a shadow, so that the map keeps its landmarks.
    for (const [of, weight] of mask ? [["all", 0.25], ["selected", 1]] : [["all", 1]]) {
      this.clumps[of] ??= this.findClumpsOf(of === "all" ? null : mask);
      for (const clump of clumpCompositions(this.clumps[of], colouring)) {
        if (clump.radius > this.radius) paintPie(pixels, image.width, image.height, clump, colouring.palette, clump.alpha * strength * weight);
      }
    }
  }

  findClumpsOf(mask) {
    const { scene, image, xs, ys } = this;
    // All discs together may take a tenth of the picture, however many points there are.
    const unit = Math.min(this.radius, Math.sqrt((0.1 * image.width * image.height) / (Math.PI * scene.n)));
    const sizes = { cell: Math.max(4 * this.ratio, 1.5 * this.radius), minCount: Math.max(8, 0.5 * scene.header.min_size), unit };
    return findClumps(xs, ys, mask, image.width, image.height, sizes);
  }

  /** The point near a place given in CSS pixels, or -1. */
  pick(x, y) {
    if (!this.image || !this.scene) return -1;
    this.grid ??= buildGrid(this.xs, this.ys, this.image.width, this.image.height, PICK_RADIUS * this.ratio);
    return nearestPoint(this.grid, this.xs, this.ys, x * this.ratio, y * this.ratio, PICK_RADIUS * this.ratio, this.scene.rank);
  }

  neighbourCount(point) {
    this.grid ??= buildGrid(this.xs, this.ys, this.image.width, this.image.height, PICK_RADIUS * this.ratio);
    return countWithin(this.grid, this.xs, this.ys, point, OVERLAP_RADIUS * this.ratio);
  }

  /** Where a point is, in CSS pixels. */
  place(point) {
    return { x: this.xs[point] / this.ratio, y: this.ys[point] / this.ratio };
  }
}

/** Far points first, in so many bins of depth; within a bin in the mixed order. */
function sortByDepth(order, depths, sequence) {
  const starts = new Uint32Array(DEPTH_BINS + 1);
  const bin = (i) => Math.min(DEPTH_BINS - 1, Math.max(0, Math.floor(depths[i] * DEPTH_BINS)));
  for (let i = 0; i < depths.length; i++) starts[bin(i) + 1]++;
  for (let b = 0; b < DEPTH_BINS; b++) starts[b + 1] += starts[b];
  for (let p = 0; p < order.length; p++) sequence[starts[bin(order[p])]++] = order[p];
}
