// Cuts and scores a packed scene as the browser does, for Python to compare: node cut_cli.mjs SCENE '[{"tree": 0, "eps": 1}]'

import { readFileSync } from "node:fs";
import { cutTree, sklearnLabels } from "../../vaegc/web/stage/cut.js";
import { assignNoiseToNearest, scoreCut } from "../../vaegc/web/stage/policy.js";
import { parseScene } from "../../vaegc/web/stage/scene.js";

const scene = parseScene(new Uint8Array(readFileSync(process.argv[2])));
const answers = JSON.parse(process.argv[3]).map(({ tree: index, eps }) => {
  const tree = scene.trees[index];
  const cut = cutTree(tree, eps, scene.rank, scene.header.min_size);
  const scored = sklearnLabels(tree, eps, cut.labels);
  const policies = scene.classes ? ["wrong", "ignore", "nearest"] : [];
  return {
    labels: [...cut.labels], scored: [...scored], nearest: [...assignNoiseToNearest(tree, eps, cut.labels)],
    n_clusters: cut.nClusters, n_counted: cut.nCounted, noise: cut.noise,
    scores: Object.fromEntries(policies.map((policy) => [policy, scoreCut(policy, tree, eps, cut, scene)])),
  };
});
process.stdout.write(JSON.stringify(answers));
