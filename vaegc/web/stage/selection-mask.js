// What is selected, and how it came about: acts of the hand, replayed into a mask of points.
// Why a class: the mask is megabytes of work that only a new act may cause.

import { flatten, flatView, placePoints } from "./camera.js";
import { cutTree } from "./cut.js";
import { nearestLabels } from "./policy.js";
import { MOST_ACTS, actMembers, countMask, replayActs, simplifyArea, withAct } from "./select.js";

export class Chosen {
  /** @param {import("./scene.js").Scene} scene @param {import("./select.js").Act[]} acts */
  constructor(scene, acts) {
    this.scene = scene;
    this.acts = acts;
    this.replay();
  }

  replay() {
    const { scene, acts } = this;
    const mask = acts.length > 0 ? replayActs(acts, scene.n, (act) => this.members(act)) : null;
    this.count = mask ? countMask(mask) : 0;
    // Nothing inside a lasso is nothing selected: no picture of dimmed points only.
    this.mask = this.count > 0 ? mask : null;
    if (!this.mask) this.acts = [];
  }

  members(act) {
    const { scene } = this;
    return actMembers(act, scene.n, {
      minSize: scene.header.min_size, labels: scene.labels,
      flat: (frame, turn) => {
        const [us, vs] = [new Float32Array(scene.n), new Float32Array(scene.n)];
        placePoints(scene, frame, flatView(scene.header, turn), us, vs);
        return { us, vs };
      },
      cutAt: (frame, eps, policy) => {
        const tree = scene.trees[scene.treeOfFrame[frame]];
        const cut = cutTree(tree, eps, scene.rank, scene.header.min_size);
        return policy === "nearest" ? { ...cut, labels: nearestLabels(tree, eps, cut.labels) } : cut;
      },
    });
  }

  /** @param {import("./select.js").Act} act @returns {string} why it was not done; empty where it was */
  add(act) {
    const longer = withAct(this.acts, act);
    if (!longer) return `A selection has at most ${MOST_ACTS} parts; begin a new one.`;
    this.acts = longer;
    this.replay();
    return "";
  }

  /** Of what is selected only one true class; asked for again, all of it. @param {number} label */
  keepClass(label) {
    const last = this.acts[this.acts.length - 1];
    if (last?.kind === "class") {
      this.acts = this.acts.slice(0, -1);
      this.replay();
      if (last.label === label) return "";
    }
    return this.add({ op: "keep", kind: "class", label });
  }

  clear() {
    this.acts = [];
    this.replay();
  }

  /** The one cluster that is selected as a whole, or null. */
  get cluster() {
    return this.acts.length === 1 && this.acts[0].kind === "cluster" ? this.acts[0] : null;
  }
}

/**
 * A lasso or box in CSS pixels of a picture as an act.
 * @param {import("./picture.js").Picture} picture
 * @param {number[]} area x, y pairs
 */
export function areaAct(picture, area, op, frame) {
  const { scene, camera, view, image, ratio, box } = picture;
  const turn = scene.dim === 3 ? { yaw: camera.yaw, pitch: camera.pitch } : null;
  const flat = flatView(scene.header, turn);
  const corners = new Float32Array(area.length);
  for (let k = 0; k < area.length; k += 2) {
    const [u, v] = flatten(area[k] * ratio, area[k + 1] * ratio, view, flat, camera, image.width, image.height, box.reach);
    corners[k] = u;
    corners[k + 1] = v;
  }
  const kept = simplifyArea(corners);
  return kept.length >= 6 ? { op, kind: "area", frame, turn, corners: kept } : null;
}
