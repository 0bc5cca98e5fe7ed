// Everything beside the points: tooltip, pinned card, selection panel, list of clusters, table, live text.
// Why at different paces: the list follows every change; panel, table and voice wait until the hand rests.

import { makeElement } from "../common/markup.js";
import { cssColour } from "../common/theme.js";
import { clusterColour } from "./colouring.js";
import { clusterRows } from "./composition.js";
import { describePoint } from "./describe.js";
import { placeTooltip, showSprite } from "./hover.js";
import { markerSymbol } from "./markers.js";
import { paintOverlay } from "./overlay.js";
import { ClusterList, SelectionPanel } from "./panel.js";
import { PinCard } from "./pin.js";
import { announceState, showColourLegend } from "./readout.js";
import { NOISE_REPRESENTATIVE } from "./selection-edits.js";
import { TableView } from "./table.js";

/** Milliseconds that the hand rests before the voice speaks, and before slower parts are renewed. */
const ANNOUNCE_DELAY_MS = 400;
const UPDATE_DELAY_MS = 120;
/** Milliseconds between two lists of clusters: its texts move each other, which costs more than the cut. */
const LIST_INTERVAL_MS = 60;
/** Above, it waits until the hand rests: it looks at every point. */
const MAX_IMMEDIATE_LIST_POINTS = 20_000;

export class SidePanel {
  /** @param {import("./player.js").Player} player */
  constructor(player) {
    this.player = player;
    this.pinned = -1;
    const pick = (representative) => player.selectCluster(representative);
    const point = (index) => {
      this.pin(index);
      player.report();
    };
    this.panel = new SelectionPanel({
      onClear: () => player.clearSelection(), onCluster: pick, onClass: (label) => player.keepClass(label), onPoint: point,
      onExport: () => player.saveTable(true), onTrails: (on) => player.set("trails", on ? "hover" : "off"),
    });
    this.list = new ClusterList({ onPick: pick, onHover: (representative) => player.hover(representative === null || representative < 0 ? -1 : representative) });
    this.table = new TableView({ onPick: pick, onPoint: point });
    this.card = new PinCard({ onClose: () => point(-1), onCluster: (index) => player.selectClusterOf(index) });
    const { panelPlace, tablePlace, listPlace, views } = player.elements;
    panelPlace.append(this.panel.root);
    tablePlace.append(this.table.root);
    listPlace.append(this.list.root);
    views.append(this.card.root);
    this.onAnswer = (event) => {
      if (event.detail?.version === player.version) this.card.showDecoded(event.detail);
    };
    document.addEventListener("vaegc-answer", this.onAnswer);
  }

  useScene(pinned) {
    this.card.hide();
    this.requestedKey = null;
    this.pinned = pinned;
    this.announced = "";
    this.showNotice("");
  }

  updateTheme() {
    this.requestedKey = null;
    this.card.point = -1;
    this.refreshPanel();
  }

  /** @param {boolean} changed whether the cut, frame or ε is another than at the last drawing */
  draw(changed) {
    const { player } = this;
    this.drawHover();
    this.drawPin();
    showColourLegend(player.elements, player.colourer.colour(player.settings.colour, player.state), player.theme);
    const soon = performance.now() - (this.listedAt ?? 0) > LIST_INTERVAL_MS;
    if (this.listStale || (changed && soon && player.scene.n <= MAX_IMMEDIATE_LIST_POINTS)) this.drawList();
    if (!changed) return;
    this.refreshPanel();
    this.announceLater();
  }

  /** The voice waits for the hand and for the end of the film. */
  announceLater() {
    const { player } = this;
    if (!player.playing) announceState(player.elements, player.scene, player.state, false);
    clearTimeout(this.announceTimer);
    this.announceTimer = setTimeout(() => (player.playing ? this.announceLater() : announceState(player.elements, player.scene, player.state, true)), ANNOUNCE_DELAY_MS);
  }

  refreshPanel() {
    clearTimeout(this.updateTimer);
    this.updateTimer = setTimeout(() => this.update(), UPDATE_DELAY_MS);
  }

  /** The cut as it is seen: under "nearest" the noise has been given away. */
  get cut() {
    const { cut, labels } = this.player.state;
    return cut && labels !== cut.labels ? { ...cut, labels } : cut;
  }

  /** Colour and mark of a cluster in lists; grey while the picture's colours mean something else. */
  colours() {
    const { scene, theme, settings } = this.player;
    const clusters = settings.colour === "cluster";
    return {
      colourOf: (representative) => cssColour(clusters ? clusterColour(scene, theme, representative) : theme.noise),
      symbolOf: (representative) => (clusters && settings.symbols && representative >= 0 ? markerSymbol(scene.colours[representative]) : ""),
    };
  }

  update() {
    const { player, cut } = this;
    const { scene, state, settings, theme, selection } = player;
    if (!scene || state.frame < 0) return;
    if (player.dragging) return this.refreshPanel();
    this.drawList();
    const { colourOf, symbolOf } = this.colours();
    if (selection.mask) {
      const text = this.panel.show({ scene, cut, mask: selection.mask, dark: theme.dark, colourOf, symbolOf });
      this.panel.showTrails(settings.trails !== "off");
      if (text !== this.announced && !player.playing) {
        player.elements.live.textContent = `Selected: ${text}`;
        this.announced = text;
      }
    } else {
      this.returnFocus(this.panel.root);
      this.panel.hide();
      this.announced = "";
    }
    if (settings.table) this.table.show({ scene, cut, state, mask: selection.mask, distances: player.colourer.travelled(state.frame) });
    else this.table.hide();
  }

  drawList() {
    const { colourOf, symbolOf } = this.colours();
    const { scene, state } = this.player;
    this.listStale = false;
    this.listedAt = performance.now();
    this.list.show(state.cut ? clusterRows(scene, this.cut, state) : [], colourOf, symbolOf);
  }

  /** One sentence where something was not done. @param {string} sentence */
  showNotice(sentence) {
    if (sentence) this.player.elements.live.textContent = sentence;
    this.player.elements.notice.textContent = sentence;
    this.player.elements.notice.hidden = sentence === "";
  }

  /** @param {number} point -1 lets go */
  pin(point) {
    this.pinned = point;
    this.requestedKey = null;
    if (point < 0) {
      this.returnFocus(this.card.root);
      this.card.hide();
    } else {
      this.player.hover(-1);
      const { scene, state, picture, elements } = this.player;
      elements.live.textContent = `Pinned: ${describePoint(scene, state, point, picture.neighbourCount(point)).map((line) => line.text).join(", ")}`;
    }
    this.player.schedule();
  }

  /** What goes away with the focus in it hands it to the picture, where the keyboard goes on. @param {HTMLElement} part */
  returnFocus(part) {
    if (part.contains(part.getRootNode().activeElement)) this.player.elements.canvas.focus({ preventScroll: true });
  }

  drawPin() {
    const { player, card, pinned } = this;
    if (pinned < 0) return;
    card.show(player.scene, pinned, this.tooltipRows(pinned, player.picture), player.theme.dark, player.connected);
    // In the corner that the point leaves free.
    card.root.classList.toggle("vg-pin-left", player.picture.place(pinned).x > player.picture.width / 2);
    this.requestDecodedLater();
  }

  /** The model is asked about the step where the film or the hand has come to rest. */
  requestDecodedLater() {
    const { player } = this;
    if (!player.connected || player.playing) return;
    clearTimeout(this.requestTimer);
    this.requestTimer = setTimeout(() => this.requestDecoded(), UPDATE_DELAY_MS);
  }

  requestDecoded() {
    const { player, pinned } = this;
    const frame = Math.round(player.position);
    const key = `${player.version} ${pinned} ${frame}`;
    if (pinned < 0 || !player.connected || player.playing || player.dragging || this.requestedKey === key) return;
    this.requestedKey = key;
    // The number tells a second question about the same point from the first, which Python would otherwise not hear.
    this.serial = (this.serial ?? 0) + 1;
    player.onRequest({ point: pinned, frame, version: player.version, serial: this.serial });
  }

  /** @param {import("./picture.js").Picture} picture where it is pointed at: the start knows other neighbours and another density */
  tooltipRows(point, picture) {
    const { player } = this;
    const colour = this.colourOfPoint(point);
    const frame = picture === player.before ? 0 : player.state.frame;
    return describePoint(player.scene, { ...player.state, frame }, point, picture.neighbourCount(point)).map((line) => {
      const row = makeElement("div", line.strong ? "vg-strong" : line.faint ? "vg-faint" : "", {}, [line.text]);
      if (line.swatch) row.style.setProperty("--vg-swatch", cssColour(colour));
      row.classList.toggle("vg-swatched", Boolean(line.swatch));
      return row;
    });
  }

  colourOfPoint(point) {
    const { theme, state, scene } = this.player;
    const label = state.labels?.[point] ?? -1;
    return label < 0 ? theme.muted : clusterColour(scene, theme, state.cut.representatives[label]);
  }

  drawOverlays() {
    const { player, pinned } = this;
    const { settings, hovered, state, pointer, area } = player;
    const shown = {
      eps: state.eps, point: hovered, colour: hovered >= 0 ? this.colourOfPoint(hovered) : player.theme?.muted, pinned,
      trail: settings.trails !== "off" && player.scene.frameCount > 1,
    };
    const sides = settings.split ? [[player.before, 0], [player.picture, player.position]] : [[player.picture, player.position]];
    for (const [picture, position] of sides) {
      paintOverlay(picture, {
        ...shown, position, area: area?.picture === picture ? area.area : null,
        place: pointer?.picture === picture && player.tool === "move" ? pointer.place : null,
      });
    }
  }

  drawHover() {
    const { player } = this;
    const { tooltip, picture: sprite, lines } = player.elements;
    const point = player.hovered;
    this.drawOverlays();
    player.tracks.drawLane(point >= 0 ? point : this.pinned);
    tooltip.hidden = point < 0;
    if (point < 0) return;
    sprite.hidden = !player.scene.sprites;
    if (player.scene.sprites) showSprite(sprite, player.scene, point, player.theme.dark);
    const shown = player.pointer?.picture ?? player.picture;
    lines.replaceChildren(...this.tooltipRows(point, shown));
    const { x, y } = shown.place(point);
    const shift = shown === player.picture && player.settings.split ? shown.width + 1 : 0;
    const whole = player.elements.views.clientWidth;
    const spot = placeTooltip(x + shift, y, tooltip.offsetWidth, tooltip.offsetHeight, whole, shown.height);
    tooltip.style.transform = `translate(${spot.left}px, ${spot.top}px)`;
  }

  /** What the whole selection or cluster is called, for a file's name. */
  get selectionName() {
    const { cluster } = this.player.selection;
    if (!cluster) return "selection";
    return cluster.representative === NOISE_REPRESENTATIVE ? "noise" : "cluster";
  }

  destroy() {
    document.removeEventListener("vaegc-answer", this.onAnswer);
    for (const timer of [this.announceTimer, this.updateTimer, this.requestTimer]) clearTimeout(timer);
  }
}
