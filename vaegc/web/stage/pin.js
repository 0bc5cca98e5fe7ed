// The card of a pinned point: its own picture, what the model makes of it at the start and here, and its numbers.
// Why the pictures come later: the decoder lives in Python and answers a click; a stand-alone page has none.

import { iconButton, makeElement } from "../common/markup.js";
import { showSprite } from "./hover.js";
import { paintInk } from "../common/ink.js";
import { bytesOf } from "../common/parts.js";

export class PinCard {
  /** @param {{onClose: () => void, onCluster: (point: number) => void}} answers */
  constructor({ onClose, onCluster }) {
    this.pictures = makeElement("div", "vg-pin-pictures");
    this.lines = makeElement("div", "vg-lines");
    this.words = makeElement("p", "vg-pin-words", { "data-testid": "pin-words", role: "status" });
    const close = iconButton("pin-close", "Close the card", "close");
    const cluster = makeElement("button", "vg-pin-cluster", { type: "button", "data-testid": "pin-cluster" }, ["What is this cluster?"]);
    close.addEventListener("click", onClose);
    cluster.addEventListener("click", () => onCluster(this.point));
    this.root = makeElement("section", "vg-pin", { "data-testid": "pinned", "aria-label": "Pinned point", hidden: "" },
      [close, this.pictures, this.lines, this.words, cluster]);
    this.point = -1;
  }

  /** @param {import("./scene.js").Scene} scene @param {Node[]} rows @param {boolean} live whether Python will answer */
  show(scene, point, rows, dark, live) {
    this.root.hidden = false;
    this.lines.replaceChildren(...rows);
    if (point === this.point && dark === this.dark) return;
    Object.assign(this, { point, dark, scene });
    this.own = scene.sprites ? figureOf("original", (canvas) => showSprite(canvas, scene, point, dark)) : null;
    this.pictures.replaceChildren(...(this.own ? [this.own] : []));
    this.words.textContent = live ? "Asking the model …" : "";
  }

  hide() {
    this.root.hidden = true;
    this.point = -1;
  }

  /** What Python says. @param {{point: number, frame: number, words: string, pictures: {label: string, width: number, height: number, channels: number, pixels: string}[]}} answer */
  answer(answer) {
    if (answer.point !== this.point) return;
    const made = (answer.pictures ?? []).map((picture) => figureOf(picture.label, (canvas) => paintInk(canvas, new Uint8Array(bytesOf(picture.pixels)), picture, this.dark)));
    this.pictures.replaceChildren(...(this.own ? [this.own] : []), ...made);
    this.words.textContent = answer.words ?? "";
    this.root.dataset.frame = String(answer.frame);
  }
}

function figureOf(label, paint) {
  const canvas = /** @type {HTMLCanvasElement} */ (makeElement("canvas", "vg-sprite", { role: "img", "aria-label": label }));
  paint(canvas);
  return makeElement("figure", "vg-pin-picture", {}, [canvas, makeElement("figcaption", "", {}, [label])]);
}
