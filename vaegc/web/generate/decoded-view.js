// The decoded samples: one picture, or the animation of a latent walk, beside the data nearest to it.
// Why the strip is silent: the slider is its one control for the keyboard and the voice.

import { iconButton, makeElement, resizeChildren, showPlaying, updateText } from "../common/markup.js";
import { fillSampleView, makeSampleView } from "./samples.js";

/**
 * @typedef {{serial: number, kind: string, title: string, words: string, names: string[], far: boolean[], track: Float64Array|null,
 *   rows: import("./samples.js").Rows|null, nearest: {point: number, name: string}[], own: import("./samples.js").Rows|null, climbs: boolean}} Answer
 *   own: the data nearest to each picture, which `nearest` names
 */

const FRAME_MS = 170; // milliseconds that a picture of a film stays

export class DecodedView {
  /** @param {{onAt: (index: number) => void, onClimb: (point: number) => void, onFrom: () => void}} callbacks */
  constructor(callbacks) {
    this.callbacks = callbacks;
    this.title = makeElement("h3", "vg-tr-title", { "data-testid": "generate-title" });
    this.main = makeElement("figure", "vg-gen-main");
    this.mainName = makeElement("figcaption", "", { "data-testid": "generate-step" });
    this.near = makeElement("figure", "vg-gen-near");
    this.nearName = makeElement("figcaption", "", { "data-testid": "generate-near" });
    this.pair = makeElement("div", "vg-gen-pair", {}, [this.main, this.near]);
    this.play = iconButton("generate-play", "Play", "play");
    this.slider = /** @type {HTMLInputElement} */ (makeElement("input", "vg-range vg-frame", {
      type: "range", min: "0", step: "1", "data-testid": "generate-slider", "aria-label": "Step of the walk" }));
    this.transport = makeElement("div", "vg-gen-transport", {}, [this.play, this.slider]);
    this.strip = makeElement("div", "vg-gen-strip", { "data-testid": "generate-strip", "aria-hidden": "true" });
    this.warning = makeElement("p", "vg-gen-far", { "data-testid": "generate-far" });
    this.text = makeElement("p", "vg-gen-text", { "data-testid": "generate-words" });
    this.from = makeElement("button", "vg-gen-button", { type: "button", "data-testid": "generate-from", "aria-pressed": "false" }, ["Walk from here"]);
    this.climb = makeElement("button", "vg-gen-button", { type: "button", "data-testid": "generate-climb" });
    this.buttons = makeElement("div", "vg-gen-buttons", {}, [this.from, this.climb]);
    this.root = makeElement("section", "vg-gen-decoded", { "aria-label": "Decoded", "data-testid": "generate-film" }, [
      this.title, this.pair, this.transport, this.strip, this.buttons, this.warning, this.text]);
    this.reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");
    this.slider.addEventListener("input", () => this.goTo(Number(this.slider.value)));
    this.play.addEventListener("click", () => (this.playing ? this.pause() : this.start()));
    this.from.addEventListener("click", () => callbacks.onFrom());
    this.climb.addEventListener("click", () => callbacks.onClimb(this.answer.nearest[this.at].point));
    this.strip.addEventListener("click", (event) => {
      const index = [...this.strip.children].indexOf(/** @type {Element} */ (event.target).closest(".vg-gen-thumb"));
      if (index >= 0) this.goTo(index);
    });
    this.at = 0;
  }

  /** @param {Answer} answer @param {import("./samples.js").Display} display @param {boolean} plays whether a film begins by itself */
  show(answer, display, theme, plays) {
    this.pause();
    Object.assign(this, { answer, display, theme });
    updateText(this.title, answer.title);
    updateText(this.text, answer.words);
    const many = answer.rows?.many ?? 0;
    this.pair.hidden = this.buttons.hidden = many === 0;
    this.transport.hidden = this.strip.hidden = many < 2;
    if (many === 0) {
      updateText(this.warning, "");
      return;
    }
    this.slider.max = String(many - 1);
    this.main.replaceChildren(makeSampleView(display, "generate-face"), this.mainName);
    this.near.hidden = !answer.own;
    if (answer.own) this.near.replaceChildren(makeSampleView(display, "generate-own"), this.nearName);
    const thumbs = display.kind === "features" ? 0 : many;
    resizeChildren(this.strip, 0, () => makeElement("span"));
    resizeChildren(this.strip, many > 1 ? thumbs : 0, () => makeElement("div", "vg-gen-thumb", {}, [makeSampleView(display, "generate-still")])).forEach((thumb, i) => {
      fillSampleView(/** @type {HTMLElement} */ (thumb.firstElementChild), display, answer.rows, [i], theme, answer.names[i]);
      thumb.classList.toggle("vg-gen-far-sample", answer.far[i]);
    });
    this.goTo(plays && !this.reducedMotion.matches ? 0 : Math.min(this.resumeAt ?? 0, many - 1));
    this.resumeAt = 0;
    if (plays && many > 1 && !this.reducedMotion.matches) this.start();
  }

  /** Again in other colours, where it was. */
  setTheme(theme) {
    if (!this.answer) return;
    this.resumeAt = this.at;
    this.show(this.answer, this.display, theme, false);
  }

  /** @param {number} index */
  goTo(index) {
    const { answer, display, theme } = this;
    this.at = index;
    const name = answer.names[index];
    fillSampleView(/** @type {HTMLElement} */ (this.main.firstElementChild), display, answer.rows, [index], theme, `Decoded: ${name}`);
    updateText(this.mainName, name);
    const near = answer.nearest[index];
    if (answer.own) {
      fillSampleView(/** @type {HTMLElement} */ (this.near.firstElementChild), display, answer.own, [index], theme, near.name);
      updateText(this.nearName, near.name);
    }
    updateText(this.warning, answer.far[index] ? "Far from all points" : "");
    this.slider.value = String(index);
    this.slider.setAttribute("aria-valuetext", name);
    this.slider.style.setProperty("--vg-fill", String(answer.rows.many > 1 ? index / (answer.rows.many - 1) : 0));
    [...this.strip.children].forEach((thumb, i) => thumb.classList.toggle("vg-gen-current", i === index));
    const now = /** @type {HTMLElement} */ (this.strip.children[index]);
    if (now) this.strip.scrollLeft = now.offsetLeft - this.strip.offsetLeft - this.strip.clientWidth / 2 + now.offsetWidth / 2;
    this.climb.hidden = !answer.climbs || !near;
    if (near) updateText(this.climb, `Follow point ${near.point.toLocaleString("en-US")} uphill`);
    this.callbacks.onAt(index);
  }

  start() {
    if (this.at >= this.answer.rows.many - 1) this.goTo(0);
    this.playing = setInterval(() => {
      this.goTo(this.at + 1);
      if (this.at >= this.answer.rows.many - 1) this.pause();
    }, FRAME_MS);
    showPlaying(this.play, true, false);
  }

  pause() {
    clearInterval(this.playing);
    this.playing = null;
    showPlaying(this.play, false, Boolean(this.answer?.rows) && this.at >= this.answer.rows.many - 1);
  }

  setWaiting(waiting) {
    this.from.setAttribute("aria-pressed", String(waiting));
    updateText(this.from, waiting ? "Now choose where to" : "Walk from here");
  }

  destroy() {
    this.pause();
  }
}
