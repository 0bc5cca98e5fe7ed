// The stage's state and its repainting: animation, frame, ε, camera, settings.
// Why one draw per animation frame: a slider reports more often than a screen can show.

import { showPlaying } from "../common/markup.js";
import { applyTheme, readTheme } from "../common/theme.js";
import { StageActions } from "./actions.js";
import { advanceAnimation } from "./animation.js";
import { colourChoices, Colourer } from "./colouring.js";
import { listenControls } from "./controls.js";
import { cutTree, sweepCurve } from "./cut.js";
import { buildElements } from "./elements.js";
import { Layers } from "./layers.js";
import { Picture, pictureHeight } from "./picture.js";
import { assignNoiseToNearest, scoreCut } from "./policy.js";
import { highlightPlateau, showPlateaus, showReadouts, showScene, showSettings } from "./readout.js";
import { parseScene } from "./scene.js";
import { SelectionMask } from "./selection-mask.js";
import { SidePanel } from "./side-panel.js";
import { Tracks } from "./tracks.js";
import { decodeViewState, defaultSettings, encodeViewState } from "./view-state.js";

/** Milliseconds: the start is seen before the film begins, and its end before it is repeated. */
const OPENING_DELAY_MS = 250;
const LOOP_PAUSE_MS = 900;

export class Player extends StageActions {
  /** @param {HTMLElement} host @param {{speed: number}} saved @param {boolean} connected whether Python listens */
  constructor(host, saved, connected) {
    super();
    this.connected = connected;
    this.elements = buildElements();
    this.picture = new Picture(this.elements.canvas, this.elements.overlay);
    this.before = new Picture(this.elements.before, this.elements.beforeOverlay);
    this.settings = defaultSettings();
    this.state = { frame: 0, eps: null, tree: null, cut: null, labels: null, scores: null, policy: "wrong" };
    this.position = 0;
    this.speed = saved.speed;
    this.playing = false;
    this.hovered = -1;
    this.tool = "move";
    this.op = "set";
    this.version = null;
    this.onChange = () => {};
    this.onRequest = () => {};
    this.listeners = new AbortController();
    this.reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");
    this.elements.speed.value = String(saved.speed);
    this.layers = new Layers(this);
    this.side = new SidePanel(this);
    this.tracks = new Tracks(this);
    // For whoever tests or studies the stage: what is drawn is what can be read here.
    this.elements.canvas.player = this;
    host.append(this.elements.root);
    listenControls(this);
    this.observer = new ResizeObserver(() => this.fit());
    this.observer.observe(this.elements.views);
    this.observer.observe(this.elements.axis);
  }

  /** @param {Uint8Array} bytes @param {{frame: number, eps: number|null, viewState: string}|null} resumed */
  load(bytes, resumed) {
    const scene = parseScene(bytes);
    const { initial, eps: span } = scene.header;
    const text = resumed?.viewState ?? initial?.look;
    const viewState = decodeViewState(text, scene, colourChoices(scene).map(([value]) => value));
    // Layers and colours are a matter of display: they outlive the scene that they were chosen for.
    if (!text && this.scene) {
      const { colour } = this.settings;
      viewState.settings = { ...this.settings, colour: colour === "cluster" || colourChoices(scene).some(([value]) => value === colour) ? colour : "cluster" };
    }
    // Without classes "wrong" and "ignore" are the same picture, and there are no scores to tell them apart.
    if (!scene.classes && viewState.settings.policy === "ignore") viewState.settings.policy = "wrong";
    this.recorder?.end(true);
    this.area = null;
    this.scene = scene;
    this.version = scene.version;
    this.settings = viewState.settings;
    this.camera = viewState.camera;
    this.curves = new Map();
    this.layers.useScene();
    this.reported = null;
    this.state = { frame: -1, eps: null, tree: null, cut: null, labels: null, scores: null, policy: this.settings.policy };
    const last = scene.frameCount - 1;
    const wanted = resumed?.frame ?? initial?.frame ?? 0;
    this.position = Math.min(last, Math.max(0, Math.round(wanted)));
    this.eps = resumed ? resumed.eps : initial?.eps ?? span?.start ?? null;
    if (this.eps !== null && span) this.eps = Math.min(span.high, Math.max(span.low, this.eps));
    this.selection = new SelectionMask(scene, viewState.edits);
    showScene(this.elements, scene, this.connected);
    this.side.useScene(viewState.pinned);
    this.tracks.useScene();
    this.hovered = -1;
    if (this.eps !== null && span) this.elements.epsilon.value = String(Math.log(this.eps));
    const opens = !resumed && (initial?.frame ?? null) === null && initial?.play && !this.reducedMotion.matches && last > 0;
    this.setPlaying(Boolean(opens), opens ? OPENING_DELAY_MS : 0);
    for (const picture of [this.picture, this.before]) picture.useScene(scene);
    this.beforeDrawn = null;
    this.updateTheme();
    this.showError("");
    this.repeatMinSamplesRequest();
  }

  showError(sentence) {
    this.elements.failure.textContent = sentence;
    this.elements.failure.hidden = sentence === "";
    this.elements.body.hidden = sentence !== "";
    if (sentence) {
      this.requestedMinSamples = null;
      this.setPlaying(false);
    } else this.fit();
  }

  updateTheme() {
    this.theme = readTheme(this.elements.root, this.scene.header);
    applyTheme(this.elements.root, this.theme);
    for (const picture of [this.picture, this.before]) picture.useTheme(this.theme);
    this.applySettings();
    this.side.updateTheme();
  }

  /** New display settings: colours, layers, split. */
  applySettings() {
    this.colourer = new Colourer(this.scene, this.theme, this.settings.symbols);
    this.beforeDrawn = null;
    this.side.listStale = true;
    showSettings(this.elements, this);
    this.fit();
  }

  fit() {
    if (!this.scene) return;
    const { split } = this.settings;
    const whole = Math.floor(this.elements.views.clientWidth);
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
      this.position = advanceAnimation(this.position, seconds, this.speed, this.scene.steps);
      if (this.position >= this.scene.frameCount - 1) this.endAnimation(now);
    }
    const start = performance.now();
    this.draw();
    // What a change costs in here, without the browser's own painting; `vaegc bench stage` reads it.
    this.elements.canvas.dataset.work = (performance.now() - start).toFixed(2);
    if (this.playing) this.schedule();
  }

  endAnimation(now) {
    this.recorder?.end();
    if (!this.settings.loop || this.recorder) return this.setPlaying(false);
    this.loopPausedAt ??= now;
    if (now - this.loopPausedAt < LOOP_PAUSE_MS) return;
    this.loopPausedAt = null;
    this.position = 0;
    this.clock = now + OPENING_DELAY_MS;
  }

  draw() {
    const whole = this.reducedMotion.matches && this.playing ? Math.floor(this.position) : Math.round(this.position);
    const changed = this.updateCut(whole);
    const ratio = window.devicePixelRatio || 1;
    if (ratio !== this.ratio) {
      this.ratio = ratio;
      this.fit();
    }
    this.picture.useCamera(this.camera);
    this.picture.paint(this.reducedMotion.matches ? whole : this.position, this.layers.current());
    this.drawBefore();
    if (changed) showReadouts(this.elements, this.scene, this.state);
    this.tracks.draw(changed);
    this.side.draw(changed);
    this.recorder?.captureFrame();
  }

  drawBefore() {
    if (!this.settings.split) return;
    const layers = this.layers.atStart();
    const key = [layers.colouring.entries, layers.mask, layers.contours, this.camera, this.before.width, this.before.height, this.ratio];
    // While the film plays the start stands still.
    if (this.beforeDrawn?.every((part, k) => part === key[k])) return;
    this.beforeDrawn = key;
    this.before.useCamera(this.camera);
    this.before.paint(0, layers);
  }

  /** Cuts and scores anew where frame, ε or policy changed. @returns {boolean} */
  updateCut(frame) {
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
      state.labels = state.cut && policy === "nearest" ? assignNoiseToNearest(tree, eps, state.cut.labels) : state.cut?.labels ?? null;
      state.scores = state.cut && scene.classes ? scoreCut(policy, tree, eps, state.cut, scene, state.labels) : null;
    }
    Object.assign(state, { frame, eps, tree, policy });
    if (eps !== null) highlightPlateau(this.elements, tree, eps);
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
    this.loopPausedAt = null;
    this.clock = wait > 0 ? performance.now() + wait : null;
    const ended = Boolean(this.scene) && this.position >= this.scene.frameCount - 1;
    showPlaying(this.elements.play, playing, ended);
    if (playing) this.hover(-1);
    else this.recorder?.end();
    this.schedule();
  }

  /** The view as a short text, for a link. */
  viewState() {
    return encodeViewState({ camera: this.camera, settings: this.settings, edits: this.selection.edits, pinned: this.side.pinned });
  }

  /** Reports the view to Python, when the hand lets go. */
  report() {
    if (!this.scene) return;
    const view = {
      eps: this.eps, frame: Math.round(this.position), version: this.version, look: this.viewState(),
      min_samples: Number(this.elements.samples.value) || this.scene.header.min_samples,
    };
    const text = JSON.stringify(view);
    if (text === this.reported) return;
    this.reported = text;
    this.viewStateStale = false;
    this.onChange(view);
    this.side.requestDecoded();
  }

  /** A zoom by wheel has no end of its own: it is reported when the pointer leaves or something else is. */
  reportIfStale() {
    if (this.viewStateStale) this.report();
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
