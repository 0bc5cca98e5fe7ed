// The latent map while a model trains: points move from one snapshot to the next.
// Why they move: a jump once a second hides which point went where.

import { decodeBase64 } from "../common/base64.js";
import { makeElement, makeSection, resizeChildren, updateText } from "../common/markup.js";
import { cssColour } from "../common/theme.js";

const TRANSITION_MS = 700; // milliseconds
const RADIUS = 2.6; // CSS pixels of a point, where there are up to 1,000

/** Slow, fast, slow. @param {number} share */
export function easeInOut(share) {
  return share < 0.5 ? 4 * share ** 3 : 1 - (2 - 2 * share) ** 3 / 2;
}

/**
 * Where points are between two places, and the frame around them.
 * @param {{xy: Float32Array, half: number[]}} from @param {{xy: Float32Array, half: number[]}} to @param {number} share 0..1
 */
export function interpolate(from, to, share) {
  const part = easeInOut(share);
  const mix = (a, b) => a + (b - a) * part;
  return { xy: to.xy.map((value, i) => mix(from.xy[i], value)), half: to.half.map((value, i) => mix(from.half[i], value)) };
}

/** Pixels for one unit, so that the frame fits and both axes have one scale. */
export function fitScale(half, width, height) {
  return Math.min(width / (2 * half[0]), height / (2 * half[1]));
}

export class LatentMap {
  constructor() {
    Object.assign(this, makeSection("training-map"));
    this.canvas = /** @type {HTMLCanvasElement} */ (makeElement("canvas", "vg-tr-map", { role: "img", "data-testid": "training-map-canvas" }));
    this.legend = makeElement("ul", "vg-tr-legend", { "aria-label": "Classes" });
    this.note = makeElement("p", "vg-tr-note");
    this.placeholder = makeElement("p", "vg-tr-placeholder");
    this.body.append(makeElement("div", "vg-tr-map-frame", {}, [this.canvas, this.placeholder]), this.legend, this.note);
    this.reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");
    this.observer = new ResizeObserver(() => this.paint());
    this.observer.observe(this.canvas);
    this.current = this.from = this.to = null;
    this.stamp = null;
  }

  /** @param {any} map of Python, or null @param {boolean} again whether it is the same run as before */
  show(map, theme, again, waiting) {
    this.theme = theme;
    updateText(this.title, "Latent space");
    updateText(this.text, map ? map.words : "");
    updateText(this.placeholder, map ? "" : waiting);
    this.showLegend(map);
    if (!map) {
      this.current = this.to = null;
      this.stamp = null;
      this.canvas.setAttribute("aria-label", waiting);
      this.paint();
      return;
    }
    this.canvas.setAttribute("aria-label", `${map.label} ${map.words}`);
    this.colourIndices = map.inks ? new Uint8Array(decodeBase64(map.inks)) : null;
    if (map.stamp === this.stamp && again) {
      this.paint();
      return;
    }
    this.stamp = map.stamp;
    const to = { xy: new Float32Array(decodeBase64(map.xy)), half: map.half };
    const animated = again && this.current && this.current.xy.length === to.xy.length && !this.reducedMotion.matches;
    this.from = animated ? this.current : to;
    this.to = to;
    this.transitionStart = performance.now();
    this.step();
  }

  step() {
    cancelAnimationFrame(this.frameRequest ?? 0);
    const share = this.from === this.to ? 1 : Math.min(1, (performance.now() - this.transitionStart) / TRANSITION_MS);
    this.current = share === 1 ? this.to : interpolate(this.from, this.to, share);
    this.paint();
    if (share < 1) this.frameRequest = requestAnimationFrame(() => this.step());
  }

  showLegend(map) {
    const names = map?.names ?? [];
    resizeChildren(this.legend, names.length, () => makeElement("li", "", {}, [makeElement("i", "vg-swatch"), makeElement("span")])).forEach((item, k) => {
      const colour = cssColour(this.theme.palette[k % this.theme.palette.length]);
      /** @type {HTMLElement} */ (item.firstElementChild).style.setProperty("--vg-swatch", colour);
      updateText(item.lastElementChild, names[k]);
    });
    updateText(this.note, map?.note ?? "");
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
    if (!this.current) return;
    const { xy, half } = this.current;
    const scale = fitScale(half, width, height);
    const [right, bottom] = [width - RADIUS, height - RADIUS];
    context.globalAlpha = 0.82;
    for (let i = 0; i < xy.length / 2; i++) {
      // A stray point stands at the edge rather than out of sight.
      const x = Math.min(right, Math.max(RADIUS, width / 2 + scale * xy[2 * i]));
      const y = Math.min(bottom, Math.max(RADIUS, height / 2 - scale * xy[2 * i + 1]));
      context.fillStyle = this.colours()[this.colourIndices ? this.colourIndices[i] : 0];
      context.beginPath();
      context.arc(x, y, RADIUS, 0, 2 * Math.PI);
      context.fill();
    }
  }

  /** Strings made once for a theme: a thousand of them in every animation frame would be felt. */
  colours() {
    if (this.coloursTheme !== this.theme) {
      this.coloursTheme = this.theme;
      this.cssColours = this.theme.palette.map((colour) => cssColour(colour));
    }
    return this.cssColours;
  }

  destroy() {
    cancelAnimationFrame(this.frameRequest ?? 0);
    this.observer.disconnect();
  }
}
