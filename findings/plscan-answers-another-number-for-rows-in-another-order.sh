#!/usr/bin/env bash
# PLSCAN of fast_hdbscan 0.3.4, asked for reproducible results, finds another number of clusters when the same points come in another order.
# Guess before running: with reproducible=True the order of the rows changes the numbering of clusters at most.
# Seen: five groups of 18 points in one dimension, min_samples 4, no two points equal: 5 clusters in some orders, 7 in others; each order gives its
# own number again. (Which of the equal mutual reachabilities the tree takes depends on the order.)
# Who meets it: whoever shuffles, joins or sorts a table before clustering it, and believes the number of clusters.
# Fails where every order gives one number, or where an order does not repeat its own.
set -euo pipefail
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
python3 -m venv "$home/venv"
"$home/venv/bin/python" -m pip install --quiet --disable-pip-version-check fast_hdbscan==0.3.4 numpy==2.4.6 numba==0.68.1 scikit-learn==1.9.1 scipy==1.17.1
"$home/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

import numpy as np
from fast_hdbscan import PLSCAN

rng = np.random.default_rng(10)
points = (np.linspace(-20, 20, 5)[np.arange(90) % 5] + 0.4 * rng.normal(size=90))[:, None]
assert len(np.unique(points)) == 90


def clusters(rows):
    return int(PLSCAN(min_samples=4, reproducible=True).fit(points[rows]).labels_.max()) + 1


orders = [np.random.default_rng(seed).permutation(90) for seed in range(12)]
found = [clusters(rows) for rows in orders]
again = [clusters(rows) for rows in orders]
print("fast_hdbscan", version("fast_hdbscan"), "clusters in twelve orders of the same 90 points:", found, "the same orders again:", again)
raise SystemExit(len(set(found)) == 1 or found != again)
PYTHON
