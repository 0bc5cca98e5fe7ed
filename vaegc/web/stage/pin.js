// The card of a pinned point: its picture, its reconstructions at the start and at the current step, its numbers.
// Why the pictures come later: the decoder lives in Python and answers a click; a stand-alone page has none.

import { decodeBase64 } from "../common/base64.js";
import { paintImage } from "../common/image.js";
import { iconButton, makeElement } from "../common/markup.js";
import { showSprite } from "./hover.js";

export class PinCard {
  /** @param {{onClose: () => void, onCluster: (point: number) => void}} callbacks */
  constructor({ onClose, onCluster }) {
    this.pictures = makeElement("div", "vg-pin-pictures");
    this.lines = makeElement("div", "vg-lines");
    this.text = makeElement("p", "vg-pin-text", { "data-testid": "pin-words", role: "status" });
    const close = iconButton("pin-close", "Close the card", "close");
    const cluster = makeElement("button", "vg-pin-cluster", { type: "button", "data-testid": "pin-cluster" }, ["What is this cluster?"]);
    close.addEventListener("click", onClose);
    cluster.addEventListener("click", () => onCluster(this.point));
    this.root = makeElement("section", "vg-pin", { "data-testid": "pinned", "aria-label": "Pinned point", hidden: "" },
      [close, this.pictures, this.lines, this.text, cluster]);
    this.point = -1;
  }

  /** @param {import("./scene.js").Scene} scene @param {Node[]} rows @param {boolean} connected whether Python will answer */
  show(scene, point, rows, dark, connected) {
    this.root.hidden = false;
    this.lines.replaceChildren(...rows);
    if (point === this.point && dark === this.dark) return;
    Object.assign(this, { point, dark, scene });
    this.own = scene.sprites ? makeFigure("original", (canvas) => showSprite(canvas, scene, point, dark)) : null;
    this.pictures.replaceChildren(...(this.own ? [this.own] : []));
    this.text.textContent = connected ? "Asking the model …" : "";
  }

  hide() {
    this.root.hidden = true;
    this.point = -1;
  }

  /** What Python says. @param {{point: number, frame: number, words: string, pictures: {label: string, width: number, height: number, channels: number, pixels: string}[]}} answer */
  showDecoded(answer) {
    if (answer.point !== this.point) return;
    const figures = (answer.pictures ?? []).map((picture) => makeFigure(picture.label, (canvas) => paintImage(canvas, new Uint8Array(decodeBase64(picture.pixels)), picture, this.dark)));
    this.pictures.replaceChildren(...(this.own ? [this.own] : []), ...figures);
    this.text.textContent = answer.words ?? "";
    this.root.dataset.frame = String(answer.frame);
  }
}

function makeFigure(label, paint) {
  const canvas = /** @type {HTMLCanvasElement} */ (makeElement("canvas", "vg-sprite", { role: "img", "aria-label": label }));
  paint(canvas);
  return makeElement("figure", "vg-pin-picture", {}, [canvas, makeElement("figcaption", "", {}, [label])]);
}
