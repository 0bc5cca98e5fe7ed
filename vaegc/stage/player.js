// The stage's state and its answers to the hand: film, frame, ε, pointer, keyboard.
// Why one draw per animation frame: a slider reports more often than a screen can show.

import { cutTree, scoredLabels, sweepCurve } from "./cut.js";
import { buildElements, showPlaying } from "./elements.js";
import { advanceFilm } from "./film.js";
import { placeTooltip, showSprite } from "./hover.js";
import { Picture } from "./picture.js";
import { markPlateau, showPlateaus, showReadouts, showScene, speakState } from "./readout.js";
import { parseScene } from "./scene.js";
import { scoreLabels } from "./scores.js";
import { cssColour, readTheme, wearTheme } from "./theme.js";
import { paintTrack, trackX, trackY } from "./track.js";
import { pointLines } from "./words.js";

/** Milliseconds: the start is seen before the film begins; the voice waits until the hand rests. */
const OPENING = 250;
const SETTLE = 400;

export class Player {
  /** @param {HTMLElement} host @param {{speed: number}} kept */
  constructor(host, kept) {
    this.elements = buildElements();
    this.picture = new Picture(this.elements.canvas, this.elements.overlay);
    this.state = { frame: 0, eps: null, tree: null, cut: null, scores: null };
    this.position = 0;
    this.speed = kept.speed;
    this.playing = false;
    this.hovered = -1;
    this.version = null;
    this.onChange = () => {};
    this.listeners = new AbortController();
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
    this.elements.speed.value = String(kept.speed);
    host.append(this.elements.root);
    this.listen();
    this.observer = new ResizeObserver(() => this.fit());
    this.observer.observe(this.elements.scenery);
    this.observer.observe(this.elements.axis);
  }

  /** @param {Uint8Array} bytes @param {{frame: number, eps: number|null}|null} resumed */
  load(bytes, resumed) {
    const scene = parseScene(bytes);
    const { initial, eps: span } = scene.header;
    this.scene = scene;
    this.version = scene.version;
    this.curves = new Map();
    this.hovered = -1;
    this.state = { frame: -1, eps: null, tree: null, cut: null, scores: null };
    const last = scene.frameCount - 1;
    const wanted = resumed?.frame ?? initial?.frame ?? 0;
    this.position = Math.min(last, Math.max(0, Math.round(wanted)));
    this.eps = resumed ? resumed.eps : initial?.eps ?? span?.start ?? null;
    showScene(this.elements, scene);
    if (this.eps !== null && span) this.elements.epsilon.value = String(Math.log(this.eps));
    const opens = !resumed && (initial?.frame ?? null) === null && initial?.play && !this.calm.matches && last > 0;
    this.setPlaying(Boolean(opens), opens ? OPENING : 0);
    this.picture.useScene(scene);
    this.retheme();
    this.fail("");
  }

  fail(sentence) {
    this.elements.failure.textContent = sentence;
    this.elements.failure.hidden = sentence === "";
    this.elements.body.hidden = sentence !== "";
    if (sentence) this.setPlaying(false);
    else this.fit();
  }

  retheme() {
    this.theme = readTheme(this.elements.root, this.scene.header);
    wearTheme(this.elements.root, this.theme);
    this.picture.useTheme(this.theme);
    this.trackStale = true;
    this.schedule();
  }

  fit() {
    if (!this.scene) return;
    const width = Math.floor(this.elements.scenery.clientWidth);
    if (width > 1) this.picture.resize(width);
    this.trackStale = true;
    this.schedule();
  }

  schedule() {
    this.request ||= requestAnimationFrame((now) => this.tick(now));
  }

  tick(now) {
    this.request = 0;
    if (!this.scene || this.picture.width < 2) return;
    if (this.playing) {
      // The first picture of a film only sets the clock.
      const since = this.clock ?? now;
      const seconds = Math.max(0, now - since) / 1000;
      this.clock = Math.max(now, since);
      this.position = advanceFilm(this.position, seconds, this.speed, this.scene.steps);
      if (this.position >= this.scene.frameCount - 1) this.setPlaying(false);
    }
    this.draw();
    if (this.playing) this.schedule();
  }

  draw() {
    const whole = this.calm.matches && this.playing ? Math.floor(this.position) : Math.round(this.position);
    const changed = this.recut(whole);
    this.picture.resize(this.picture.width);
    this.picture.paint(this.calm.matches ? whole : this.position, this.state.cut);
    if (changed) showReadouts(this.elements, this.scene, this.state);
    if (this.trackStale) this.drawTrack();
    if (changed || this.trackMoved) this.moveNeedle();
    this.drawHover();
    if (changed) this.settle();
  }

  /** Cuts and scores anew where frame or ε changed. @returns {boolean} */
  recut(frame) {
    const { scene, state, eps } = this;
    if (state.frame === frame && state.eps === eps) return false;
    const tree = scene.trees[scene.treeOfFrame[frame]];
    if (tree !== state.tree) {
      showPlateaus(this.elements, tree);
      this.trackStale = true;
    }
    if (tree !== state.tree || eps !== state.eps) {
      state.cut = eps === null ? null : cutTree(tree, eps, scene.rank, scene.header.min_size);
      state.scores = state.cut && scene.classes
        ? scoreLabels(scoredLabels(tree, eps, state.cut.labels), state.cut.nClusters, scene.classes, scene.classCount) : null;
    }
    Object.assign(state, { frame, eps, tree });
    if (eps !== null) markPlateau(this.elements, tree, eps);
    return true;
  }

  sweepOf(tree) {
    const { low, high } = this.scene.header.eps;
    if (!this.curves.has(tree)) this.curves.set(tree, sweepCurve(tree, low, high, this.scene.header.min_size));
    return { low, high, curve: this.curves.get(tree), plateaus: tree.plateaus };
  }

  drawTrack() {
    this.trackStale = false;
    const width = this.elements.axis.clientWidth;
    if (!this.scene.header.eps || width < 2) return;
    const { track } = this.elements;
    const ratio = window.devicePixelRatio || 1;
    track.width = Math.round(width * ratio);
    track.height = Math.round(track.clientHeight * ratio);
    const context = track.getContext("2d");
    context.setTransform(track.width / width, 0, 0, ratio, 0, 0);
    paintTrack(context, width, this.sweepOf(this.state.tree), this.theme);
    this.trackMoved = true;
  }

  moveNeedle() {
    this.trackMoved = false;
    const { eps, cut, tree } = this.state;
    const { needle, axis } = this.elements;
    if (!this.scene.header.eps || eps === null) return;
    const { low, high, curve } = this.sweepOf(tree);
    const x = trackX(Math.log(eps), Math.log(low), Math.log(high), axis.clientWidth);
    needle.style.transform = `translateX(${x}px)`;
    needle.firstChild.style.transform = `translateY(${trackY(cut.nCounted, curve.most)}px)`;
  }

  settle() {
    speakState(this.elements, this.scene, this.state, false);
    clearTimeout(this.settling);
    this.settling = setTimeout(() => speakState(this.elements, this.scene, this.state, true), SETTLE);
  }

  /** @param {boolean} playing @param {number} wait milliseconds before the first move */
  setPlaying(playing, wait = 0) {
    this.playing = playing;
    this.clock = wait > 0 ? performance.now() + wait : null;
    const ended = Boolean(this.scene) && this.position >= this.scene.frameCount - 1;
    showPlaying(this.elements.play, playing, ended);
    if (playing) this.hover(-1);
    this.schedule();
  }

  togglePlay() {
    if (this.scene.frameCount < 2) return;
    if (!this.playing && this.position >= this.scene.frameCount - 1) this.position = 0;
    this.setPlaying(!this.playing);
  }

  setFrame(frame) {
    this.position = Math.min(this.scene.frameCount - 1, Math.max(0, frame));
    this.setPlaying(false);
  }

  setEps(logEps) {
    const { eps: span } = this.scene.header;
    if (!span) return;
    // exp(ln high) may fall a hair short of the longest edge, which the end of the slider must include.
    if (logEps >= Math.log(span.high)) this.eps = span.high;
    else this.eps = Math.max(span.low, Math.exp(logEps));
    this.schedule();
  }

  /** A jump goes to the very value that the button names, not to its way through a logarithm. */
  jumpEps(eps) {
    this.eps = eps;
    this.elements.epsilon.value = String(Math.log(eps));
    this.schedule();
    this.report();
  }

  report() {
    this.onChange({ eps: this.eps, frame: Math.round(this.position), version: this.version });
  }

  listen() {
    const { root, canvas, play, back, forward, frame, speed, epsilon, jumps } = this.elements;
    const on = (target, type, listener) => target.addEventListener(type, listener, { signal: this.listeners.signal });
    on(play, "click", () => this.togglePlay());
    on(back, "click", () => this.step(-1));
    on(forward, "click", () => this.step(1));
    on(frame, "input", () => this.setFrame(Number(frame.value)));
    on(frame, "change", () => this.report());
    on(speed, "change", () => { this.speed = Number(speed.value); });
    on(epsilon, "input", () => this.setEps(Number(epsilon.value)));
    on(epsilon, "change", () => this.report());
    on(jumps, "click", (event) => {
      const button = event.target.closest("button");
      if (button) this.jumpEps(Number(button.dataset.eps));
    });
    on(canvas, "pointermove", (event) => { if (event.pointerType !== "touch") this.point(event); });
    on(canvas, "click", (event) => this.point(event));
    // A finger leaves at once when it lifts; its tooltip stays until the next tap.
    on(canvas, "pointerleave", (event) => { if (event.pointerType !== "touch") this.hover(-1); });
    on(canvas, "blur", () => this.hover(-1));
    on(root, "keydown", (event) => this.key(event));
    on(root, "keyup", () => { if (this.typed) { this.typed = false; this.report(); } });
    on(matchMedia("(prefers-color-scheme: dark)"), "change", () => { if (this.scene) this.retheme(); });
  }

  step(by) {
    this.setFrame(Math.round(this.position) + by);
    this.report();
  }

  key(event) {
    const busy = event.target.closest?.("input, select, button, textarea, a");
    if (busy || !this.scene || event.ctrlKey || event.metaKey || event.altKey) return;
    const span = this.scene.header.eps;
    const nudge = span ? (Math.log(span.high / span.low) / 200) * (event.shiftKey ? 10 : 1) : 0;
    const moveEps = (by) => {
      if (!span) return;
      this.setEps(Math.log(this.eps) + by);
      this.elements.epsilon.value = String(Math.log(this.eps));
    };
    const actions = {
      " ": () => { if (!event.repeat) this.togglePlay(); },
      ArrowLeft: () => this.setFrame(Math.round(this.position) - 1),
      ArrowRight: () => this.setFrame(Math.round(this.position) + 1),
      ArrowUp: () => moveEps(nudge),
      ArrowDown: () => moveEps(-nudge),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
    // A held key repeats: Python hears of it once, when the finger lifts.
    if (event.key !== " ") this.typed = true;
  }

  point(event) {
    if (!this.scene) return;
    const box = this.elements.canvas.getBoundingClientRect();
    this.hover(this.picture.pick(event.clientX - box.left, event.clientY - box.top));
  }

  hover(point) {
    if (point === this.hovered) return;
    this.hovered = point;
    if (this.scene && this.picture.image) this.drawHover();
  }

  drawHover() {
    const { tooltip, picture: sprite, lines } = this.elements;
    const point = this.hovered;
    const ink = point < 0 ? -1 : this.picture.inks[point];
    const colour = ink < 0 ? this.theme.noise : this.theme.palette[ink];
    this.picture.paintOverlay(point, this.state.eps, colour);
    tooltip.hidden = point < 0;
    if (point < 0) return;
    sprite.hidden = !this.scene.sprites;
    if (this.scene.sprites) showSprite(sprite, this.scene, point, this.theme.dark);
    lines.replaceChildren(...pointLines(this.scene, this.state, point, this.picture.crowd(point)).map((line) => {
      const row = document.createElement("div");
      row.className = line.strong ? "vg-strong" : line.faint ? "vg-faint" : "";
      row.textContent = line.text;
      if (line.swatch) row.style.setProperty("--vg-swatch", cssColour(colour));
      row.classList.toggle("vg-swatched", Boolean(line.swatch));
      return row;
    }));
    const { x, y } = this.picture.place(point);
    const spot = placeTooltip(x, y, tooltip.offsetWidth, tooltip.offsetHeight, this.picture.width, this.picture.height);
    tooltip.style.transform = `translate(${spot.left}px, ${spot.top}px)`;
  }

  destroy() {
    this.listeners.abort();
    this.observer.disconnect();
    cancelAnimationFrame(this.request);
    clearTimeout(this.settling);
    this.elements.root.remove();
  }
}
