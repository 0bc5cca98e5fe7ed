// What is told beside and above the points: tooltip, pinned card, selection panel, list of clusters, table, spoken state.
// Why at different paces: the list follows every change; panel, table and voice wait until the hand rests.

import { clusterColour } from "./colouring.js";
import { clusterRows } from "./composition.js";
import { placeTooltip, showSprite } from "./hover.js";
import { makeElement } from "../common/markup.js";
import { markSign } from "./marks.js";
import { paintOverlay } from "./overlay.js";
import { ClusterList, SelectionPanel } from "./panel.js";
import { PinCard } from "./pin.js";
import { showColourLegend, speakState } from "./readout.js";
import { NOISE_PICK } from "./select.js";
import { TableView } from "./table.js";
import { cssColour } from "../common/theme.js";
import { pointLines } from "../common/words.js";

/** Milliseconds that the hand rests before the voice speaks, and before slower parts are renewed. */
const SETTLE = 400;
const RENEW = 120;
/** Milliseconds between two lists of clusters: its texts move each other, which costs more than the cut. */
const LIST_PACE = 60;
/** Above, it waits until the hand rests: it looks at every point. */
const LIST_AT_ONCE = 20_000;

export class Side {
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
    const { panelPlace, tablePlace, listPlace, scenery } = player.elements;
    panelPlace.append(this.panel.root);
    tablePlace.append(this.table.root);
    listPlace.append(this.list.root);
    scenery.append(this.card.root);
    this.heard = (event) => {
      if (event.detail?.version === player.version) this.card.answer(event.detail);
    };
    document.addEventListener("vaegc-answer", this.heard);
  }

  useScene(pinned) {
    this.card.hide();
    this.asked = null;
    this.pinned = pinned;
    this.told = "";
    this.say("");
  }

  retheme() {
    this.asked = null;
    this.card.point = -1;
    this.refreshPanel();
  }

  /** @param {boolean} changed whether the cut, frame or ε is another than at the last drawing */
  draw(changed) {
    const { player } = this;
    this.drawHover();
    this.drawPin();
    showColourLegend(player.elements, player.colourer.colour(player.settings.colour, player.state), player.theme);
    const soon = performance.now() - (this.listedAt ?? 0) > LIST_PACE;
    if (this.listStale || (changed && soon && player.scene.n <= LIST_AT_ONCE)) this.drawList();
    if (!changed) return;
    this.refreshPanel();
    this.speakLater();
  }

  /** The voice waits for the hand and for the end of the film. */
  speakLater() {
    const { player } = this;
    if (!player.playing) speakState(player.elements, player.scene, player.state, false);
    clearTimeout(this.settling);
    this.settling = setTimeout(() => (player.playing ? this.speakLater() : speakState(player.elements, player.scene, player.state, true)), SETTLE);
  }

  refreshPanel() {
    clearTimeout(this.renewing);
    this.renewing = setTimeout(() => this.renew(), RENEW);
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
      symbolOf: (representative) => (clusters && settings.symbols && representative >= 0 ? markSign(scene.colours[representative]) : ""),
    };
  }

  renew() {
    const { player, cut } = this;
    const { scene, state, settings, theme, chosen } = player;
    if (!scene || state.frame < 0) return;
    if (player.holding) return this.refreshPanel();
    this.drawList();
    const { colourOf, symbolOf } = this.colours();
    if (chosen.mask) {
      const words = this.panel.show({ scene, cut, mask: chosen.mask, dark: theme.dark, colourOf, symbolOf });
      this.panel.showTrails(settings.trails !== "off");
      if (words !== this.told && !player.playing) {
        player.elements.live.textContent = `Selected: ${words}`;
        this.told = words;
      }
    } else {
      this.keepFocus(this.panel.root);
      this.panel.hide();
      this.told = "";
    }
    if (settings.table) this.table.show({ scene, cut, state, mask: chosen.mask, distances: player.colourer.travelled(state.frame) });
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
  say(sentence) {
    if (sentence) this.player.elements.live.textContent = sentence;
    this.player.elements.notice.textContent = sentence;
    this.player.elements.notice.hidden = sentence === "";
  }

  /** @param {number} point -1 lets go */
  pin(point) {
    this.pinned = point;
    this.asked = null;
    if (point < 0) {
      this.keepFocus(this.card.root);
      this.card.hide();
    } else {
      this.player.hover(-1);
      const { scene, state, picture, elements } = this.player;
      elements.live.textContent = `Pinned: ${pointLines(scene, state, point, picture.crowd(point)).map((line) => line.text).join(", ")}`;
    }
    this.player.schedule();
  }

  /** What goes away with the focus in it hands it to the picture, where the keyboard goes on. @param {HTMLElement} part */
  keepFocus(part) {
    if (part.contains(part.getRootNode().activeElement)) this.player.elements.canvas.focus({ preventScroll: true });
  }

  drawPin() {
    const { player, card, pinned } = this;
    if (pinned < 0) return;
    card.show(player.scene, pinned, this.rowsOf(pinned, player.picture), player.theme.dark, player.live);
    // In the corner that the point leaves free.
    card.root.classList.toggle("vg-pin-left", player.picture.place(pinned).x > player.picture.width / 2);
    this.askLater();
  }

  /** The model is asked about the step where the film or the hand has come to rest. */
  askLater() {
    const { player } = this;
    if (!player.live || player.playing) return;
    clearTimeout(this.asking);
    this.asking = setTimeout(() => this.refreshPin(), RENEW);
  }

  refreshPin() {
    const { player, pinned } = this;
    const frame = Math.round(player.position);
    const key = `${player.version} ${pinned} ${frame}`;
    if (pinned < 0 || !player.live || player.playing || player.holding || this.asked === key) return;
    this.asked = key;
    // The number tells a second question about the same point from the first, which Python would otherwise not hear.
    this.serial = (this.serial ?? 0) + 1;
    player.onAsk({ point: pinned, frame, version: player.version, serial: this.serial });
  }

  /** @param {import("./picture.js").Picture} picture where it is pointed at: the start knows other neighbours and another density */
  rowsOf(point, picture) {
    const { player } = this;
    const colour = this.colourOfPoint(point);
    const frame = picture === player.before ? 0 : player.state.frame;
    return pointLines(player.scene, { ...player.state, frame }, point, picture.crowd(point)).map((line) => {
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
    const marks = {
      eps: state.eps, point: hovered, colour: hovered >= 0 ? this.colourOfPoint(hovered) : player.theme?.muted, pinned,
      trail: settings.trails !== "off" && player.scene.frameCount > 1,
    };
    const sides = settings.split ? [[player.before, 0], [player.picture, player.position]] : [[player.picture, player.position]];
    for (const [picture, position] of sides) {
      paintOverlay(picture, {
        ...marks, position, area: area?.picture === picture ? area.area : null,
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
    lines.replaceChildren(...this.rowsOf(point, shown));
    const { x, y } = shown.place(point);
    const shift = shown === player.picture && player.settings.split ? shown.width + 1 : 0;
    const whole = player.elements.scenery.clientWidth;
    const spot = placeTooltip(x + shift, y, tooltip.offsetWidth, tooltip.offsetHeight, whole, shown.height);
    tooltip.style.transform = `translate(${spot.left}px, ${spot.top}px)`;
  }

  /** What the whole selection or cluster is called, for a file's name. */
  get name() {
    const { cluster } = this.player.chosen;
    if (!cluster) return "selection";
    return cluster.representative === NOISE_PICK ? "noise" : "cluster";
  }

  destroy() {
    document.removeEventListener("vaegc-answer", this.heard);
    for (const timer of [this.settling, this.renewing, this.asking]) clearTimeout(timer);
  }
}
