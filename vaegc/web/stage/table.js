// Accessible tables of the clusters and, page by page, of their points.
// Why: a canvas says nothing to those who cannot see it, and a number is read better than a colour is measured.

import { formatCount, formatShare, formatSigned, plural } from "../common/format.js";
import { makeElement, resizeChildren, updateAttribute, updateText } from "../common/markup.js";
import { clusterRows, pointOrder, titleOfCluster } from "./composition.js";
import { nameOfClass } from "./describe.js";

const PAGE_ROWS = 25;
/** Below a small min_size there may be thousands of clusters; a table of them is no help. */
const MAX_TABLE_CLUSTERS = 100;
/** Columns of words begin at one line; numbers end at one. */
const TEXT_COLUMNS = new Set(["Most frequent class", "True class"]);

export class TableView {
  /** @param {{onPick: (representative: number) => void, onPoint: (point: number) => void}} calls */
  constructor({ onPick, onPoint }) {
    this.clusters = makeTable("table-clusters", "Clusters");
    this.points = makeTable("table-points", "Points");
    this.page = 0;
    const turner = (testId, label, by) => {
      const button = makeElement("button", "vg-action", { type: "button", "data-testid": testId }, [label]);
      button.addEventListener("click", () => this.turnPage(by));
      return button;
    };
    this.previous = turner("table-previous", "Previous", -1);
    this.next = turner("table-next", "Next", 1);
    this.place = makeElement("span", "vg-table-count", { role: "status", "data-testid": "table-place" });
    this.root = makeElement("section", "vg-tables", { "aria-label": "Tables", hidden: "" }, [
      this.clusters.root, this.points.root, makeElement("div", "vg-actions", {}, [this.previous, this.next, this.place])]);
    this.root.addEventListener("click", (event) => {
      const { representative, point } = event.target.closest("button")?.dataset ?? {};
      if (representative !== undefined) onPick(Number(representative));
      else if (point !== undefined) onPoint(Number(point));
    });
  }

  hide() {
    this.root.hidden = true;
  }

  /**
   * @param {{scene: import("./scene.js").Scene, cut: import("./cut.js").Cut|null, state: {frame: number}, mask: Uint8Array|null,
   *   distances: Float32Array|null}} view `mask` null or empty: all points
   */
  show({ scene, cut, state, mask, distances }) {
    this.root.hidden = false;
    const members = mask?.includes(1) ? mask : null;
    const order = pointOrder(scene, cut, members);
    // Another ε keeps the page; other points begin with the first.
    if (this.view?.scene !== scene || this.order?.length !== order.length) this.page = 0;
    this.view = { scene, cut, frame: state.frame, selected: members !== null, distances };
    this.order = order;
    const rows = clusterRows(scene, cut, state);
    this.clusters.root.hidden = rows.length === 0;
    fillClusters(this.clusters, scene, rows);
    this.showPage();
  }

  turnPage(by) {
    const last = Math.max(0, Math.ceil(this.order.length / PAGE_ROWS) - 1);
    this.page = Math.min(last, Math.max(0, this.page + by));
    this.showPage();
  }

  showPage() {
    const { order } = this;
    const start = this.page * PAGE_ROWS;
    const end = Math.min(order.length, start + PAGE_ROWS);
    fillPoints(this.points, this.view, order.subarray(start, end));
    updateText(this.place, `${formatCount(start + 1)}–${formatCount(end)} of ${formatCount(order.length)}`);
    // Not `disabled`: a button that is switched off under the finger drops the keyboard's focus.
    updateAttribute(this.previous, "aria-disabled", String(start === 0));
    updateAttribute(this.next, "aria-disabled", String(end === order.length));
  }
}

function makeTable(testId, text) {
  const caption = makeElement("caption", "", {}, [text]);
  const head = makeElement("tr");
  const body = makeElement("tbody");
  const table = makeElement("table", "vg-table", { "data-testid": testId }, [caption, makeElement("thead", "", {}, [head]), body]);
  // A wide table scrolls in its own frame, which the keyboard must be able to reach.
  const root = makeElement("div", "vg-table-frame", { role: "region", tabindex: "0", "aria-label": text }, [table]);
  return { root, caption, head, body };
}

// Rows are kept and refilled: a new row would take the focus from the button that was just pressed.
function fillTable(table, caption, names, rows, dataKey) {
  const worded = names.map((name) => TEXT_COLUMNS.has(name));
  updateText(table.caption, caption);
  resizeChildren(table.head, names.length, () => makeElement("th", "", { scope: "col" })).forEach((cell, c) => {
    updateText(cell, names[c]);
    cell.classList.toggle("vg-text-cell", worded[c]);
  });
  const makeRow = () => makeElement("tr", "", {}, [makeElement("th", "", { scope: "row" }, [makeElement("button", "vg-cell", { type: "button" })])]);
  resizeChildren(table.body, rows.length, makeRow).forEach((row, r) => {
    const { key, cells } = rows[r];
    while (row.childElementCount > cells.length) row.lastElementChild.remove();
    while (row.childElementCount < cells.length) row.append(makeElement("td"));
    const button = row.firstElementChild.firstElementChild;
    button.setAttribute(`data-${dataKey}`, String(key));
    cells.forEach((text, c) => {
      updateText(c === 0 ? button : row.children[c], text);
      row.children[c].classList.toggle("vg-text-cell", worded[c]);
    });
  });
}

function fillClusters(table, scene, rows) {
  const counted = rows.filter((row) => row.kind === "cluster");
  const others = rows.filter((row) => row.kind !== "cluster");
  const names = ["Cluster", "Points", "Core points", "Share"];
  if (scene.labels) names.push("Most frequent class", "Its share");
  if (scene.logDensity) names.push("Mean log density");
  const shown = [...counted.slice(0, MAX_TABLE_CLUSTERS), ...others].map((row) => {
    const name = row.kind === "small" ? plural(row.clusters, "small cluster") : titleOfCluster(row.cluster);
    const cells = [name, formatCount(row.size), formatCount(row.core), formatShare(row.share)];
    if (scene.labels) cells.push(row.majority, formatShare(row.majorityShare));
    if (scene.logDensity) cells.push(formatSigned(row.meanLogDensity));
    return { key: row.representative, cells };
  });
  const left = counted.length - MAX_TABLE_CLUSTERS;
  const caption = left > 0 ? `Clusters, the largest ${MAX_TABLE_CLUSTERS} of ${formatCount(counted.length)}` : "Clusters, largest first";
  fillTable(table, caption, names, shown, "representative");
}

function fillPoints(table, { scene, cut, frame, selected, distances }, points) {
  const names = ["Point"];
  if (scene.ids) names.push("Row in the file");
  if (cut) names.push("Cluster");
  if (scene.labels) names.push("True class");
  if (scene.logDensity) names.push("Log density");
  if (distances) names.push("Distance travelled");
  const rows = Array.from(points, (point) => {
    const cells = [formatCount(point)];
    if (scene.ids) cells.push(formatCount(scene.ids[point]));
    if (cut) cells.push(cut.labels[point] < 0 ? "noise" : formatCount(cut.labels[point] + 1));
    if (scene.labels) cells.push(nameOfClass(scene, scene.labels[point]));
    if (scene.logDensity) cells.push(formatSigned(scene.logDensity[frame * scene.n + point]));
    if (distances) cells.push(distances[point].toPrecision(3));
    return { key: point, cells };
  });
  fillTable(table, selected ? "Selected points, by cluster" : "All points, by cluster", names, rows, "point");
}
