#!/usr/bin/env bash
# dbscan 1.0.0 (the fast exact DBSCAN of Wang, Gu and Shun) leaves out core points, more of them the more dimensions there are.
# Guess before running: an exact algorithm, so the core points of brute force in every dimension that it takes.
# Seen: five Gaussian clusters, 2,000 points, ε between two of the distances to the tenth point so that 701 are core points, four seeds: none is left
# out in two dimensions, a few in three and four, one or two in a hundred in five, up to one in ten in ten; none is called core that is not.
# Who meets it: whoever takes its time or its clusters as those of DBSCAN in an embedding of some dimensions.
# Fails where a point is left out in two dimensions, none in five, or no more in ten.
set -euo pipefail
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
python3 -m venv "$home/venv"
"$home/venv/bin/python" -m pip install --quiet --disable-pip-version-check dbscan==1.0.0 numpy==2.4.6
"$home/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

import numpy as np
from dbscan import DBSCAN

missing = {}
for d in (2, 3, 4, 5, 7, 10):
    left_out = called = 0
    for seed in range(4):
        rng = np.random.default_rng(seed)
        points = rng.uniform(-10, 10, (5, d))[np.arange(2000) % 5] + rng.normal(size=(2000, d))
        square = ((points[:, None] - points[None]) ** 2).sum(axis=2)
        tenth = np.sqrt(np.sort(square, axis=1)[:, 9])  # distance to the tenth point, itself counted
        eps = float(np.sort(tenth)[700:702].mean())  # between two of them: no tie
        _, found = DBSCAN(points, eps=eps, min_samples=10)
        assert not (found & (tenth > eps)).any()
        left_out, called = left_out + int((~found & (tenth <= eps)).sum()), called + 701
    missing[d] = (left_out, called)
print("dbscan", version("dbscan"), "core points left out, of how many, by dimension:", missing)
raise SystemExit(missing[2][0] > 0 or missing[5][0] == 0 or missing[10][0] <= missing[5][0])
PYTHON
