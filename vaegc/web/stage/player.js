// The stage's state and its repainting: film, frame, ε, camera, colours.
// Why one draw per animation frame: a slider reports more often than a screen can show.

import { Chosen } from "./selection-mask.js";
import { colourChoices, Colourer } from "./colouring.js";
import { listenControls } from "./controls.js";
import { cutTree, sweepCurve } from "./cut.js";
import { Deeds } from "./actions.js";
import { buildElements } from "./elements.js";
import { advanceFilm } from "./film.js";
import { Layers } from "./layers.js";
import { readLook, freshSettings, writeLook } from "./view-state.js";
import { showPlaying } from "../common/markup.js";
import { Picture, pictureHeight } from "./picture.js";
import { nearestLabels, scoresUnder } from "./policy.js";
import { markPlateau, showPlateaus, showReadouts, showScene, showSettings } from "./readout.js";
import { parseScene } from "./scene.js";
import { Side } from "./side-panel.js";
import { readTheme, wearTheme } from "../common/theme.js";
import { Tracks } from "./tracks.js";

/** Milliseconds: the start is seen before the film begins, and its end before it is repeated. */
const OPENING = 250;
const LOOP_REST = 900;

export class Player extends Deeds {
  /** @param {HTMLElement} host @param {{speed: number}} kept @param {boolean} live whether Python listens */
  constructor(host, kept, live) {
    super();
    this.live = live;
    this.elements = buildElements();
    this.picture = new Picture(this.elements.canvas, this.elements.overlay);
    this.before = new Picture(this.elements.before, this.elements.beforeOverlay);
    this.settings = freshSettings();
    this.state = { frame: 0, eps: null, tree: null, cut: null, labels: null, scores: null, policy: "wrong" };
    this.position = 0;
    this.speed = kept.speed;
    this.playing = false;
    this.hovered = -1;
    this.tool = "move";
    this.op = "set";
    this.version = null;
    this.onChange = () => {};
    this.onAsk = () => {};
    this.listeners = new AbortController();
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
    this.elements.speed.value = String(kept.speed);
    this.layers = new Layers(this);
    this.side = new Side(this);
    this.tracks = new Tracks(this);
    // For whoever tests or studies the stage: what is drawn is what can be read here.
    this.elements.canvas.player = this;
    host.append(this.elements.root);
    listenControls(this);
    this.observer = new ResizeObserver(() => this.fit());
    this.observer.observe(this.elements.scenery);
    this.observer.observe(this.elements.axis);
  }

  /** @param {Uint8Array} bytes @param {{frame: number, eps: number|null, look: string}|null} resumed */
  load(bytes, resumed) {
    const scene = parseScene(bytes);
    const { initial, eps: span } = scene.header;
    const text = resumed?.look ?? initial?.look;
    const look = readLook(text, scene, colourChoices(scene).map(([value]) => value));
    // Layers and colours are a matter of the eye: they outlive the scene that they were chosen for.
    if (!text && this.scene) {
      const { colour } = this.settings;
      look.settings = { ...this.settings, colour: colour === "cluster" || colourChoices(scene).some(([value]) => value === colour) ? colour : "cluster" };
    }
    // Without classes "wrong" and "ignore" are the same picture, and there are no scores to tell them apart.
    if (!scene.classes && look.settings.policy === "ignore") look.settings.policy = "wrong";
    this.recorder?.end(true);
    this.area = null;
    this.scene = scene;
    this.version = scene.version;
    this.settings = look.settings;
    this.camera = look.camera;
    this.curves = new Map();
    this.layers.useScene();
    this.reported = null;
    this.state = { frame: -1, eps: null, tree: null, cut: null, labels: null, scores: null, policy: this.settings.policy };
    const last = scene.frameCount - 1;
    const wanted = resumed?.frame ?? initial?.frame ?? 0;
    this.position = Math.min(last, Math.max(0, Math.round(wanted)));
    this.eps = resumed ? resumed.eps : initial?.eps ?? span?.start ?? null;
    if (this.eps !== null && span) this.eps = Math.min(span.high, Math.max(span.low, this.eps));
    this.chosen = new Chosen(scene, look.acts);
    showScene(this.elements, scene, this.live);
    this.side.useScene(look.pinned);
    this.tracks.useScene();
    this.hovered = -1;
    if (this.eps !== null && span) this.elements.epsilon.value = String(Math.log(this.eps));
    const opens = !resumed && (initial?.frame ?? null) === null && initial?.play && !this.calm.matches && last > 0;
    this.setPlaying(Boolean(opens), opens ? OPENING : 0);
    for (const picture of [this.picture, this.before]) picture.useScene(scene);
    this.beforeDrawn = null;
    this.retheme();
    this.fail("");
    this.catchUpSamples();
  }

  fail(sentence) {
    this.elements.failure.textContent = sentence;
    this.elements.failure.hidden = sentence === "";
    this.elements.body.hidden = sentence !== "";
    if (sentence) {
      this.wantedSamples = null;
      this.setPlaying(false);
    } else this.fit();
  }

  retheme() {
    this.theme = readTheme(this.elements.root, this.scene.header);
    wearTheme(this.elements.root, this.theme);
    for (const picture of [this.picture, this.before]) picture.useTheme(this.theme);
    this.recolour();
    this.side.retheme();
  }

  /** New settings of the eye: colours, layers, split. */
  recolour() {
    this.colourer = new Colourer(this.scene, this.theme, this.settings.symbols);
    this.beforeDrawn = null;
    this.side.listStale = true;
    showSettings(this.elements, this);
    this.fit();
  }

  fit() {
    if (!this.scene) return;
    const { split } = this.settings;
    const whole = Math.floor(this.elements.scenery.clientWidth);
    if (whole > 1) {
      const width = split ? Math.floor((whole - 1) / 2) : whole;
      const height = split ? Math.max(240, pictureHeight(whole, true)) : pictureHeight(whole);
      for (const picture of [this.picture, this.before]) picture.resize(width, height);
    }
    this.tracks.refresh();
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
      if (this.position >= this.scene.frameCount - 1) this.endFilm(now);
    }
    const begin = performance.now();
    this.draw();
    // What a change costs in here, without the browser's own painting; `vaegc bench stage` reads it.
    this.elements.canvas.dataset.work = (performance.now() - begin).toFixed(2);
    if (this.playing) this.schedule();
  }

  endFilm(now) {
    this.recorder?.end();
    if (!this.settings.loop || this.recorder) return this.setPlaying(false);
    this.rested ??= now;
    if (now - this.rested < LOOP_REST) return;
    this.rested = null;
    this.position = 0;
    this.clock = now + OPENING;
  }

  draw() {
    const whole = this.calm.matches && this.playing ? Math.floor(this.position) : Math.round(this.position);
    const changed = this.recut(whole);
    const ratio = window.devicePixelRatio || 1;
    if (ratio !== this.ratio) {
      this.ratio = ratio;
      this.fit();
    }
    this.picture.useCamera(this.camera);
    this.picture.paint(this.calm.matches ? whole : this.position, this.layers.now());
    this.drawBefore();
    if (changed) showReadouts(this.elements, this.scene, this.state);
    this.tracks.draw(changed);
    this.side.draw(changed);
    this.recorder?.take();
  }

  drawBefore() {
    if (!this.settings.split) return;
    const what = this.layers.before();
    const key = [what.colouring.entries, what.mask, what.traces, this.camera, this.before.width, this.before.height, this.ratio];
    // While the film plays the start stands still.
    if (this.beforeDrawn?.every((part, k) => part === key[k])) return;
    this.beforeDrawn = key;
    this.before.useCamera(this.camera);
    this.before.paint(0, what);
  }

  /** Cuts and scores anew where frame, ε or policy changed. @returns {boolean} */
  recut(frame) {
    const { scene, state, eps } = this;
    const { policy } = this.settings;
    if (state.frame === frame && state.eps === eps && state.policy === policy) return false;
    const tree = scene.trees[scene.treeOfFrame[frame]];
    if (tree !== state.tree) {
      showPlateaus(this.elements, tree);
      this.tracks.stale = true;
    }
    if (tree !== state.tree || eps !== state.eps || policy !== state.policy) {
      state.cut = eps === null ? null : cutTree(tree, eps, scene.rank, scene.header.min_size);
      state.labels = state.cut && policy === "nearest" ? nearestLabels(tree, eps, state.cut.labels) : state.cut?.labels ?? null;
      state.scores = state.cut && scene.classes ? scoresUnder(policy, tree, eps, state.cut, scene, state.labels) : null;
    }
    Object.assign(state, { frame, eps, tree, policy });
    if (eps !== null) markPlateau(this.elements, tree, eps);
    return true;
  }

  sweepOf(tree) {
    const { low, high } = this.scene.header.eps;
    if (!this.curves.has(tree)) this.curves.set(tree, sweepCurve(tree, low, high, this.scene.header.min_size));
    return { low, high, curve: this.curves.get(tree), plateaus: tree.plateaus };
  }

  /** @param {boolean} playing @param {number} wait milliseconds before the first move */
  setPlaying(playing, wait = 0) {
    this.playing = playing;
    this.rested = null;
    this.clock = wait > 0 ? performance.now() + wait : null;
    const ended = Boolean(this.scene) && this.position >= this.scene.frameCount - 1;
    showPlaying(this.elements.play, playing, ended);
    if (playing) this.hover(-1);
    else this.recorder?.end();
    this.schedule();
  }

  /** The look of the stage, for a link. */
  look() {
    return writeLook({ camera: this.camera, settings: this.settings, acts: this.chosen.acts, pinned: this.side.pinned });
  }

  /** What Python hears, when the hand lets go. */
  report() {
    if (!this.scene) return;
    const view = {
      eps: this.eps, frame: Math.round(this.position), version: this.version, look: this.look(),
      min_samples: Number(this.elements.samples.value) || this.scene.header.min_samples,
    };
    const text = JSON.stringify(view);
    if (text === this.reported) return;
    this.reported = text;
    this.lookStale = false;
    this.onChange(view);
    this.side.refreshPin();
  }

  /** A zoom by wheel has no end of its own: it is told when the pointer leaves or something else is. */
  settleLook() {
    if (this.lookStale) this.report();
  }

  destroy() {
    this.recorder?.end(true);
    this.listeners.abort();
    this.observer.disconnect();
    cancelAnimationFrame(this.request);
    this.side.destroy();
    this.tracks.destroy();
    this.elements.root.remove();
  }
}
