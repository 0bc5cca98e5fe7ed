// Counts changes of colour along a slow sweep of ε and along the film of a packed scene: node flicker.mjs SCENE [MOVES]
// Prints {sweep: {...}, film: {...}}: all changes, those without a cause at all, those without a merge, split or noise change.

import { readFileSync } from "node:fs";
import { Colourer } from "../../vaegc/web/stage/colouring.js";
import { cutTree } from "../../vaegc/web/stage/cut.js";
import { parseScene } from "../../vaegc/web/stage/scene.js";

const scene = parseScene(new Uint8Array(readFileSync(process.argv[2])));
const moves = Number(process.argv[3] ?? 400);
const grey = [128, 128, 128];
const theme = { palette: scene.header.palette.light.map((_, k) => [k, 0, 0]), noise: grey, faint: grey, wrong: grey, dark: false };
const colourer = new Colourer(scene, theme, false);

function stateAt(frame, eps) {
  const tree = scene.trees[scene.treeOfFrame[frame]];
  const cut = cutTree(tree, eps, scene.rank, scene.header.min_size);
  return { cut, labels: cut.labels, entries: colourer.colour("cluster", { cut, labels: cut.labels, tree, eps, frame }).entries };
}

// Clusters of both states that hold the same points, as far as a point is in a cluster in both.
function unbroken(a, b) {
  const [to, from] = [new Int32Array(a.cut.nClusters).fill(-1), new Int32Array(b.cut.nClusters).fill(-1)];
  for (let i = 0; i < scene.n; i++) {
    const [k, l] = [a.labels[i], b.labels[i]];
    if (k < 0 || l < 0) continue;
    to[k] = to[k] === -1 || to[k] === l ? l : -2;
    from[l] = from[l] === -1 || from[l] === k ? k : -2;
  }
  return (i) => to[a.labels[i]] === b.labels[i] && from[b.labels[i]] === a.labels[i];
}

function count(states) {
  const found = { changes: 0, causeless: 0, unexplained: 0 };
  let before = null;
  for (const state of states) {
    if (before) {
      const same = unbroken(before, state);
      for (let i = 0; i < scene.n; i++) {
        if (state.entries[i] === before.entries[i]) continue;
        found.changes++;
        const [k, l] = [before.labels[i], state.labels[i]];
        if (k < 0 || l < 0) continue; // its noise state changed
        if (before.cut.representatives[k] === state.cut.representatives[l]) found.causeless++;
        if (same(i)) found.unexplained++;
      }
    }
    before = state;
  }
  return found;
}

const { low, high, start } = scene.header.eps;
const sweep = function* (frame) {
  for (let k = 0; k <= moves; k++) yield stateAt(frame, Math.exp(Math.log(low) + (k / moves) * Math.log(high / low)));
};
const film = function* (eps) {
  for (let frame = 0; frame < scene.frameCount; frame++) yield stateAt(frame, eps);
};
const last = scene.frameCount - 1;
const answers = {};
for (const frame of [0, Math.floor(last / 6), Math.floor(last / 2), last]) answers[`sweep of frame ${frame}`] = count(sweep(frame));
for (const [name, eps] of [["start", start], ["a third", low ** (2 / 3) * high ** (1 / 3)], ["the middle", Math.sqrt(low * high)]]) answers[`film at ${name}`] = count(film(eps));
process.stdout.write(JSON.stringify(answers));
