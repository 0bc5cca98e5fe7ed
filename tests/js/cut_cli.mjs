// Cuts and scores a packed scene as the browser does, for Python to compare: node cut_cli.mjs SCENE '[{"tree": 0, "eps": 1}]'

import { readFileSync } from "node:fs";
import { cutTree, scoredLabels } from "../../vaegc/stage/cut.js";
import { parseScene } from "../../vaegc/stage/scene.js";
import { scoreLabels } from "../../vaegc/stage/scores.js";

const scene = parseScene(new Uint8Array(readFileSync(process.argv[2])));
const answers = JSON.parse(process.argv[3]).map(({ tree, eps }) => {
  const cut = cutTree(scene.trees[tree], eps, scene.rank, scene.header.min_size);
  const scored = scoredLabels(scene.trees[tree], eps, cut.labels);
  const scores = scene.classes ? scoreLabels(scored, cut.nClusters, scene.classes, scene.classCount) : {};
  return { labels: [...cut.labels], scored: [...scored], n_clusters: cut.nClusters, n_counted: cut.nCounted, noise: cut.noise, ...scores };
});
process.stdout.write(JSON.stringify(answers));
