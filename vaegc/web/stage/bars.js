// Bar lists of a selection: classes or clusters with their shares.
// Why elements are kept: the selection follows ε while the hand moves, and a new element costs a layout and the keyboard's focus.

import { formatCount, formatShare, plural } from "../common/format.js";
import { makeElement, resizeChildren, updateAttribute, updateSwatch, updateText } from "../common/markup.js";

const MAX_BARS = 6;

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
  const shown = entries.length === MAX_BARS + 1 ? entries : entries.slice(0, MAX_BARS);
  resizeChildren(bars.list, shown.length, () => makeBar(bars.picks)).forEach((item, k) => {
    const { name, count, share, label: value, representative, colour, symbol } = shown[k];
    const row = item.firstElementChild;
    const [label, number, bar] = [...row.children].slice(bars.picks ? 1 : 0);
    updateText(label, name);
    updateText(number, formatShare(share));
    updateAttribute(row, "title", `${name}: ${plural(count, "point")}, ${formatShare(share)}${bars.picks ? "" : "; press for only these, again for all"}`);
    const width = `${(100 * share).toFixed(1)}%`;
    if (bar.style.width !== width) bar.style.width = width;
    if (!bars.picks) {
      updateAttribute(row, "data-label", String(value));
      return;
    }
    updateAttribute(row, "data-representative", String(representative));
    updateSwatch(row.firstElementChild, colour, symbol);
    updateSwatch(bar, colour, "");
  });
  updateText(bars.more, entries.length > shown.length ? `and ${formatCount(entries.length - shown.length)} ${noun}` : "");
}
