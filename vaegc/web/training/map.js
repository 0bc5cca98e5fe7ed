// The latent space while it is learned: points that glide from one snapshot to the next.
// Why they glide: a jump once a second hides which point went where.

import { fitChildren, renewText } from "../common/bars.js";
import { makeElement } from "../common/markup.js";
import { cssColour } from "../common/theme.js";
import { block, bytesOf } from "../common/parts.js";

const GLIDE = 700; // milliseconds
const RADIUS = 2.6; // CSS pixels of a point, where there are up to 1,000

/** Slow, fast, slow. @param {number} share */
export function eased(share) {
  return share < 0.5 ? 4 * share ** 3 : 1 - (2 - 2 * share) ** 3 / 2;
}

/**
 * Where points are between two places, and the frame around them.
 * @param {{xy: Float32Array, half: number[]}} from @param {{xy: Float32Array, half: number[]}} to @param {number} share 0..1
 */
export function between(from, to, share) {
  const part = eased(share);
  const mix = (a, b) => a + (b - a) * part;
  return { xy: to.xy.map((value, i) => mix(from.xy[i], value)), half: to.half.map((value, i) => mix(from.half[i], value)) };
}

/** Pixels for one unit, so that the frame fits and both axes have one scale. */
export function scaleOf(half, width, height) {
  return Math.min(width / (2 * half[0]), height / (2 * half[1]));
}

export class LatentPicture {
  constructor() {
    Object.assign(this, block("training-map"));
    this.canvas = /** @type {HTMLCanvasElement} */ (makeElement("canvas", "vg-tr-map", { role: "img", "data-testid": "training-map-canvas" }));
    this.legend = makeElement("ul", "vg-tr-legend", { "aria-label": "Classes" });
    this.note = makeElement("p", "vg-tr-note");
    this.wait = makeElement("p", "vg-tr-wait");
    this.body.append(makeElement("div", "vg-tr-map-frame", {}, [this.canvas, this.wait]), this.legend, this.note);
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
    this.observer = new ResizeObserver(() => this.paint());
    this.observer.observe(this.canvas);
    this.at = this.from = this.to = null;
    this.stamp = null;
  }

  /** @param {any} map of Python, or null @param {boolean} again whether it is the same run as before */
  show(map, theme, again, waiting) {
    this.theme = theme;
    renewText(this.title, "Latent space");
    renewText(this.words, map ? map.words : "");
    renewText(this.wait, map ? "" : waiting);
    this.showLegend(map);
    if (!map) {
      this.at = this.to = null;
      this.stamp = null;
      this.canvas.setAttribute("aria-label", waiting);
      this.paint();
      return;
    }
    this.canvas.setAttribute("aria-label", `${map.label} ${map.words}`);
    this.inks = map.inks ? new Uint8Array(bytesOf(map.inks)) : null;
    if (map.stamp === this.stamp && again) {
      this.paint();
      return;
    }
    this.stamp = map.stamp;
    const to = { xy: new Float32Array(bytesOf(map.xy)), half: map.half };
    const glides = again && this.at && this.at.xy.length === to.xy.length && !this.calm.matches;
    this.from = glides ? this.at : to;
    this.to = to;
    this.began = performance.now();
    this.step();
  }

  step() {
    cancelAnimationFrame(this.asked ?? 0);
    const share = this.from === this.to ? 1 : Math.min(1, (performance.now() - this.began) / GLIDE);
    this.at = share === 1 ? this.to : between(this.from, this.to, share);
    this.paint();
    if (share < 1) this.asked = requestAnimationFrame(() => this.step());
  }

  showLegend(map) {
    const names = map?.names ?? [];
    fitChildren(this.legend, names.length, () => makeElement("li", "", {}, [makeElement("i", "vg-swatch"), makeElement("span")])).forEach((item, k) => {
      const colour = cssColour(this.theme.palette[k % this.theme.palette.length]);
      /** @type {HTMLElement} */ (item.firstElementChild).style.setProperty("--vg-swatch", colour);
      renewText(item.lastElementChild, names[k]);
    });
    renewText(this.note, map?.note ?? "");
  }

  paint() {
    const { canvas, theme } = this;
    const ratio = Math.min(3, devicePixelRatio || 1);
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!theme || width < 2 || height < 2) return;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    if (!this.at) return;
    const { xy, half } = this.at;
    const scale = scaleOf(half, width, height);
    const [right, bottom] = [width - RADIUS, height - RADIUS];
    context.globalAlpha = 0.82;
    for (let i = 0; i < xy.length / 2; i++) {
      // A stray point stands at the edge rather than out of sight.
      const x = Math.min(right, Math.max(RADIUS, width / 2 + scale * xy[2 * i]));
      const y = Math.min(bottom, Math.max(RADIUS, height / 2 - scale * xy[2 * i + 1]));
      context.fillStyle = this.colours()[this.inks ? this.inks[i] : 0];
      context.beginPath();
      context.arc(x, y, RADIUS, 0, 2 * Math.PI);
      context.fill();
    }
  }

  /** Strings made once for a theme: a thousand of them in every animation frame would be felt. */
  colours() {
    if (this.dressed !== this.theme) {
      this.dressed = this.theme;
      this.inkColours = this.theme.palette.map((colour) => cssColour(colour));
    }
    return this.inkColours;
  }

  destroy() {
    cancelAnimationFrame(this.asked ?? 0);
    this.observer.disconnect();
  }
}
