// Lists of bars, and elements that are kept while only their texts are renewed.
// Why kept: the selection and the legend follow ε while the hand moves, and a new element costs a layout and the keyboard's focus.

import { makeElement } from "./markup.js";
import { formatCount, formatShare, plural } from "./words.js";

const MOST_BARS = 6;

/** Sets a text only when it differs: an unchanged one costs no layout. @param {Node} element @param {string} text */
export function renewText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {Element} element @param {string} name @param {string} value */
export function renewAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** @param {HTMLElement} swatch @param {string} colour @param {string} symbol */
export function renewSwatch(swatch, colour, symbol) {
  if (swatch.dataset.colour !== colour) {
    swatch.dataset.colour = colour;
    swatch.style.setProperty("--vg-swatch", colour);
  }
  renewText(swatch, symbol);
}

/** Keeps as many children as there are entries. @returns {HTMLElement[]} */
export function fitChildren(parent, count, make) {
  while (parent.childElementCount > count) parent.lastElementChild.remove();
  while (parent.childElementCount < count) parent.append(make());
  return /** @type {HTMLElement[]} */ ([...parent.children]);
}

/** @returns {{root: HTMLElement, list: HTMLElement, more: HTMLElement, picks: boolean}} picks: clusters, with a swatch */
export function makeBars(testId, text) {
  const list = makeElement("ul", "vg-bars", { "data-testid": testId, "aria-label": text });
  const more = makeElement("p", "vg-name");
  const root = makeElement("div", "vg-part", {}, [makeElement("p", "vg-name", { "aria-hidden": "true" }, [text]), list, more]);
  return { root, list, more, picks: testId.endsWith("clusters") };
}

function makeBar(picks) {
  const parts = [makeElement("span", "vg-bar-name"), makeElement("span", "vg-bar-share"), makeElement("i", "vg-bar", { "aria-hidden": "true" })];
  if (!picks) return makeElement("li", "", {}, [makeElement("button", "vg-bar-row", { type: "button" }, parts)]);
  const swatch = makeElement("i", "vg-swatch", { "aria-hidden": "true" });
  return makeElement("li", "", {}, [makeElement("button", "vg-bar-row", { type: "button" }, [swatch, ...parts])]);
}

/** @param {{name: string, count: number, share: number, label?: number, representative?: number, colour?: string, symbol?: string}[]} entries */
export function fillBars(bars, entries, noun) {
  bars.root.hidden = entries.length === 0;
  const shown = entries.length === MOST_BARS + 1 ? entries : entries.slice(0, MOST_BARS);
  fitChildren(bars.list, shown.length, () => makeBar(bars.picks)).forEach((item, k) => {
    const { name, count, share, label: value, representative, colour, symbol } = shown[k];
    const row = item.firstElementChild;
    const [label, number, bar] = [...row.children].slice(bars.picks ? 1 : 0);
    renewText(label, name);
    renewText(number, formatShare(share));
    renewAttribute(row, "title", `${name}: ${plural(count, "point")}, ${formatShare(share)}${bars.picks ? "" : "; press for only these, again for all"}`);
    const width = `${(100 * share).toFixed(1)}%`;
    if (bar.style.width !== width) bar.style.width = width;
    if (!bars.picks) {
      renewAttribute(row, "data-label", String(value));
      return;
    }
    renewAttribute(row, "data-representative", String(representative));
    renewSwatch(row.firstElementChild, colour, symbol);
    renewSwatch(bar, colour, "");
  });
  renewText(bars.more, entries.length > shown.length ? `and ${formatCount(entries.length - shown.length)} ${noun}` : "");
}
