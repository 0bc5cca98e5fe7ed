// The selection: a list of edits and the mask of points that they give.
// Why a class: the mask is megabytes of work that only a new edit may cause.

import { projectPoints, selectionView, toSelectionPlane } from "./camera.js";
import { cutTree } from "./cut.js";
import { assignNoiseToNearest } from "./policy.js";
import { appendEdit, countMask, editMembers, MAX_EDITS, replayEdits, simplifyPolygon } from "./selection-edits.js";

export class SelectionMask {
  /** @param {import("./scene.js").Scene} scene @param {import("./selection-edits.js").Edit[]} edits */
  constructor(scene, edits) {
    this.scene = scene;
    this.edits = edits;
    this.replay();
  }

  replay() {
    const { scene, edits } = this;
    const mask = edits.length > 0 ? replayEdits(edits, scene.n, (edit) => this.members(edit)) : null;
    this.count = mask ? countMask(mask) : 0;
    // Nothing inside a lasso is nothing selected: no picture of dimmed points only.
    this.mask = this.count > 0 ? mask : null;
    if (!this.mask) this.edits = [];
  }

  members(edit) {
    const { scene } = this;
    return editMembers(edit, scene.n, {
      minSize: scene.header.min_size, labels: scene.labels,
      flat: (frame, turn) => {
        const [us, vs] = [new Float32Array(scene.n), new Float32Array(scene.n)];
        projectPoints(scene, frame, selectionView(scene.header, turn), us, vs);
        return { us, vs };
      },
      cutAt: (frame, eps, policy) => {
        const tree = scene.trees[scene.treeOfFrame[frame]];
        const cut = cutTree(tree, eps, scene.rank, scene.header.min_size);
        return policy === "nearest" ? { ...cut, labels: assignNoiseToNearest(tree, eps, cut.labels) } : cut;
      },
    });
  }

  /** @param {import("./selection-edits.js").Edit} edit @returns {string} why it was not done; empty where it was */
  add(edit) {
    const longer = appendEdit(this.edits, edit);
    if (!longer) return `A selection has at most ${MAX_EDITS} parts; begin a new one.`;
    this.edits = longer;
    this.replay();
    return "";
  }

  /** Of what is selected only one true class; asked for again, all of it. @param {number} label */
  keepClass(label) {
    const last = this.edits[this.edits.length - 1];
    if (last?.kind === "class") {
      this.edits = this.edits.slice(0, -1);
      this.replay();
      if (last.label === label) return "";
    }
    return this.add({ op: "keep", kind: "class", label });
  }

  clear() {
    this.edits = [];
    this.replay();
  }

  /** The one cluster that is selected as a whole, or null. */
  get cluster() {
    return this.edits.length === 1 && this.edits[0].kind === "cluster" ? this.edits[0] : null;
  }
}

/**
 * A lasso or box in CSS pixels of a picture as an edit.
 * @param {import("./picture.js").Picture} picture
 * @param {number[]} area x, y pairs
 */
export function areaEdit(picture, area, op, frame) {
  const { scene, camera, view, image, ratio, box } = picture;
  const turn = scene.dim === 3 ? { yaw: camera.yaw, pitch: camera.pitch } : null;
  const flat = selectionView(scene.header, turn);
  const corners = new Float32Array(area.length);
  for (let k = 0; k < area.length; k += 2) {
    const [u, v] = toSelectionPlane(area[k] * ratio, area[k + 1] * ratio, view, flat, camera, image.width, image.height, box.reach);
    corners[k] = u;
    corners[k + 1] = v;
  }
  const kept = simplifyPolygon(corners);
  return kept.length >= 6 ? { op, kind: "area", frame, turn, corners: kept } : null;
}
