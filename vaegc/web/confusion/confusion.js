// Entry point of the confusion matrix: its cells are buttons, with the samples of the selected cell beside them.
// Why buttons: a drawn heat map has no events here, and a cell must be reached by keyboard and voice too.

import { decodeBase64 } from "../common/base64.js";
import { formatCount, formatShare, plural } from "../common/format.js";
import { paintImage } from "../common/image.js";
import { makeElement, resizeChildren, updateText } from "../common/markup.js";
import { applyTheme, cssColour, readTheme } from "../common/theme.js";

/**
 * @typedef {{version: string, classes: string[], columns: {name: string, words: string, match: number|null}[], counts: number[][],
 *   corner: string, label: string, chosen: [number, number]|null, palette: {light: string[], dark: string[]},
 *   detail: {title: string, words: string, strips: {title: string, width: number, height: number, channels: number, pixels: string, names: string[]}[],
 *   rows: {heads: string[], cells: string[][]}|null}|null}} Matrix
 */

const MAX_TINT_PERCENT = 52; // per cent of a cell's tint: text on it stays readable
const ARROW_OFFSETS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/** @type {WeakMap<object, MatrixView>} */
const MATRICES = new WeakMap();

class MatrixView {
  /** @param {HTMLElement} host */
  constructor(host) {
    this.table = makeElement("table", "vg-cm-table", { "data-testid": "confusion-table" });
    this.caption = makeElement("p", "vg-cm-caption", { "data-testid": "confusion-words" });
    this.frame = makeElement("div", "vg-cm-matrix", {}, [makeElement("div", "vg-cm-frame", {}, [this.table]), this.caption]);
    this.title = makeElement("h3", "vg-tr-title", { "data-testid": "cell-title" });
    this.text = makeElement("p", "vg-cm-text", { "aria-live": "polite" });
    this.strips = makeElement("div", "vg-cm-strips");
    this.detail = makeElement("section", "vg-cm-detail", { "data-testid": "cell", "aria-label": "The chosen cell" }, [this.title, this.text, this.strips]);
    this.root = makeElement("div", "vg-stage vg-confusion", { "data-testid": "confusion" }, [
      makeElement("div", "vg-cm-grid", {}, [this.frame, this.detail])]);
    host.append(this.root);
    this.table.addEventListener("click", (event) => this.onClick(event));
    this.table.addEventListener("keydown", (event) => this.onArrowKey(event));
  }

  /** @param {Matrix} data @param {(name: string, value: any) => void} setStateValue */
  show(data, setStateValue) {
    this.setState = setStateValue;
    const theme = readTheme(this.root, data);
    applyTheme(this.root, theme);
    this.root.style.setProperty("--vg-cm-wrong", cssColour(theme.wrong));
    if (this.version !== data.version) {
      this.version = data.version;
      this.build(data);
    }
    this.select(data.chosen);
    this.showDetail(data.detail, theme);
  }

  build({ classes, columns, counts, corner, label }) {
    const head = makeElement("tr", "", {}, [makeElement("th", "vg-cm-corner", { scope: "col" }, [corner]),
      ...columns.map(({ name, words }) => makeElement("th", "vg-cm-head", { scope: "col", title: words }, [name]))]);
    const rows = classes.map((name, row) => {
      const total = counts[row].reduce((sum, count) => sum + count, 0);
      const cells = columns.map((column, at) => makeCell(counts[row][at], counts[row][at] / total, { row, at, name, column }));
      return makeElement("tr", "", {}, [makeElement("th", "vg-cm-class", { scope: "row", title: `${name}: ${plural(total, "point")}` }, [name]), ...cells]);
    });
    this.table.setAttribute("aria-label", label);
    updateText(this.caption, label);
    this.table.replaceChildren(makeElement("thead", "", {}, [head]), makeElement("tbody", "", {}, rows));
    this.buttons = /** @type {HTMLButtonElement[]} */ ([...this.table.querySelectorAll("button")]);
    this.size = [classes.length, columns.length];
  }

  /** @param {[number, number]|null} cell */
  select(cell) {
    const selected = cell ? this.at(cell[0], cell[1]) : null;
    for (const button of this.buttons) {
      button.setAttribute("aria-pressed", String(button === selected));
      button.tabIndex = -1; // one stop for Tab, arrows within
    }
    const tabStop = selected ?? this.buttons[0];
    if (tabStop) tabStop.tabIndex = 0;
  }

  at(row, column) {
    return this.buttons.find((button) => button.dataset.row === String(row) && button.dataset.column === String(column));
  }

  onClick(event) {
    const button = event.target.closest("button");
    if (!button) return;
    const cell = /** @type {[number, number]} */ ([Number(button.dataset.row), Number(button.dataset.column)]);
    this.select(cell);
    this.setState("cell", { version: this.version, row: cell[0], column: cell[1] });
  }

  onArrowKey(event) {
    const move = ARROW_OFFSETS[event.key];
    const button = event.target.closest("button");
    if (!move || !button) return;
    event.preventDefault();
    let [row, column] = [Number(button.dataset.row) + move[0], Number(button.dataset.column) + move[1]];
    while (row >= 0 && column >= 0 && row < this.size[0] && column < this.size[1]) {
      const next = this.at(row, column); // empty cells are no buttons
      if (next) {
        button.tabIndex = -1;
        next.tabIndex = 0;
        next.focus();
        return;
      }
      row += move[0];
      column += move[1];
    }
  }

  showDetail(detail, theme) {
    updateText(this.title, detail?.title ?? "");
    updateText(this.text, detail?.words ?? "Press a cell to see the points in it.");
    const strips = detail?.strips ?? [];
    const table = detail?.rows ? [detail.rows] : [];
    const key = JSON.stringify([detail?.title, this.version]);
    if (this.detailKey === key && this.dark === theme.dark) return;
    this.detailKey = key;
    this.dark = theme.dark;
    this.strips.replaceChildren(...strips.map((strip) => makePictureStrip(strip, theme.dark)), ...table.map(makePlainTable));
  }

  destroy() {
    this.root.remove();
  }
}

function makeCell(count, share, { row, at, name, column }) {
  const match = column.match === row;
  const cell = makeElement("td", match ? "vg-cm-cell vg-cm-match" : "vg-cm-cell");
  if (!count) {
    cell.append(makeElement("span", "vg-cm-none", { "aria-label": "none" }, ["·"]));
    return cell;
  }
  const description = `${name} in ${column.words}: ${formatCount(count)} of its points, ${formatShare(share)}${match ? ", matched" : ""}`;
  const button = makeElement("button", "vg-cm-count", {
    type: "button", "data-row": String(row), "data-column": String(at), "data-testid": "confusion-cell", "data-value": String(count),
    "aria-label": description, title: description, "aria-pressed": "false" }, [formatCount(count)]);
  button.style.setProperty("--vg-cm-share", `${(4 + (MAX_TINT_PERCENT - 4) * Math.sqrt(share)).toFixed(1)}%`);
  cell.append(button);
  return cell;
}

function makePictureStrip({ title, width, height, channels, pixels, names }, dark) {
  const bytes = new Uint8Array(decodeBase64(pixels));
  const size = width * height * channels;
  const images = makeElement("div", "vg-cm-images");
  resizeChildren(images, names.length, () => makeElement("canvas", "vg-cm-image", { role: "img" })).forEach((canvas, k) => {
    canvas.setAttribute("aria-label", names[k]);
    canvas.title = names[k];
    paintImage(/** @type {HTMLCanvasElement} */ (/** @type {unknown} */ (canvas)), bytes.subarray(k * size, (k + 1) * size), { width, height, channels }, dark);
  });
  return makeElement("div", "vg-cm-strip", {}, [makeElement("p", "vg-name", {}, [title]), images]);
}

function makePlainTable({ heads, cells }) {
  const line = (tag, texts) => makeElement("tr", "", {}, texts.map((text) => makeElement(tag, "", tag === "th" ? { scope: "col" } : {}, [text])));
  return makeElement("div", "vg-cm-frame", {}, [makeElement("table", "vg-cm-plain", {}, [
    makeElement("thead", "", {}, [line("th", heads)]), makeElement("tbody", "", {}, cells.map((texts) => line("td", texts)))])]);
}

/** @param {{data: Matrix, parentElement: HTMLElement, setStateValue: (name: string, value: any) => void}} component */
export default function ({ data, parentElement, setStateValue }) {
  let view = MATRICES.get(parentElement);
  if (!view) {
    view = new MatrixView(parentElement);
    MATRICES.set(parentElement, view);
  }
  const current = view;
  if (data) current.show(data, setStateValue);
  return () => {
    if (MATRICES.get(parentElement) !== current) return;
    MATRICES.delete(parentElement);
    current.destroy();
  };
}
