// Entry point of sheets: lines of decoded samples with their names.
// Why not pictures of Python: ink on paper follows the page's theme, and a line breaks where the screen ends.

import { makeElement } from "../common/markup.js";
import { applyTheme, cssColour, readTheme } from "../common/theme.js";
import { fillSampleView, makeSampleView, readDisplay, readRows } from "./samples.js";

/**
 * @typedef {{display: any, title: string, lines: {name: string, words: string, colour: number|null, rows: any, far?: boolean[]}[], columns: string[],
 *   tight: number, palette: any, noise: any}} SheetData tight: columns of pictures that touch, as a plane; 0 where lines have names
 */

/** @type {WeakMap<object, HTMLElement>} */
const SHEETS = new WeakMap();

/** @param {HTMLElement} root @param {SheetData} data */
function fillSheet(root, data) {
  const theme = readTheme(root, data);
  applyTheme(root, theme);
  const display = readDisplay(data.display);
  const table = data.columns.length > 0 && display.kind !== "point";
  const across = Math.max(...data.lines.map((line) => line.rows.many));
  root.className = `vg-stage vg-sheet vg-sheet-${display.kind}${data.tight ? " vg-sheet-tight" : ""}${table ? " vg-sheet-table" : ""}`;
  root.style.setProperty("--vg-across", String(data.tight || across));
  root.replaceChildren();
  if (table) {
    root.append(makeElement("div", "vg-sheet-line vg-sheet-head", { "aria-hidden": "true" }, [
      makeElement("div", "vg-sheet-name"), makeElement("div", "vg-sheet-samples", {}, data.columns.map((name) => makeElement("span", "", {}, [name])))]));
  }
  const filled = [];
  for (const line of data.lines) {
    const rows = readRows(line.rows);
    const all = Array.from({ length: rows.many }, (_, i) => i);
    // Dots of one line lie in one cloud; each column has a colour of its own.
    const groups = display.kind === "point" ? [all] : all.map((i) => [i]);
    const samples = groups.map((which) => {
      const view = makeSampleView(display, "sheet-face");
      view.classList.toggle("vg-gen-far-sample", Boolean(line.far?.[which[0]]));
      filled.push(() => fillSampleView(view, display, rows, which, theme, sampleName(line, data.columns, which), dotColours(line, data, theme)));
      return view;
    });
    const swatch = makeElement("i", "vg-swatch", { "aria-hidden": "true" });
    swatch.style.setProperty("--vg-swatch", line.colour === null ? "transparent" : cssColour(theme.palette[line.colour % theme.palette.length]));
    const name = makeElement("div", "vg-sheet-name", {}, [
      makeElement("b", "", {}, line.colour === null ? [line.name] : [swatch, line.name]), makeElement("span", "", {}, [line.words])]);
    root.append(makeElement("div", "vg-sheet-line", { "data-testid": "sheet-line" }, [...(data.tight ? [] : [name]), makeElement("div", "vg-sheet-samples", {}, samples)]));
  }
  if (display.kind === "point" && data.columns.length > 0) {
    root.append(makeElement("ul", "vg-tr-legend", {}, data.columns.map((name, k) => {
      const swatch = makeElement("i", "vg-swatch");
      swatch.style.setProperty("--vg-swatch", cssColour(theme.palette[k % theme.palette.length]));
      return makeElement("li", "", {}, [swatch, name]);
    })));
  }
  // Once they are laid out: a cloud is as sharp as its place is wide.
  filled.forEach((fill) => fill());
  root.setAttribute("aria-label", data.title);
}

function sampleName(line, columns, which) {
  const name = line.name || "Plane";
  return which.length > 1 ? `${name}: ${which.length} points` : `${name}, ${columns[which[0]] ?? `number ${which[0] + 1}`}`;
}

function dotColours(line, data, theme) {
  if (data.columns.length > 0) return theme.palette;
  return [line.colour === null ? theme.accent : theme.palette[line.colour % theme.palette.length]];
}

/** @param {{data: SheetData, parentElement: HTMLElement}} component */
export default function ({ data, parentElement }) {
  let root = SHEETS.get(parentElement);
  if (!root) {
    root = makeElement("div", "vg-stage vg-sheet", { role: "group", "data-testid": "sheet" });
    SHEETS.set(parentElement, root);
    parentElement.append(root);
  }
  const current = root;
  if (data) fillSheet(current, data);
  return () => {
    if (SHEETS.get(parentElement) !== current) return;
    SHEETS.delete(parentElement);
    current.remove();
  };
}
