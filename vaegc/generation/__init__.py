"""What a result can imagine: any place decoded, walks between places, the whole plane, and pictures of every cluster.

Pure functions on a `Result`. What a model cannot do raises one sentence. No label reaches any of it: true classes are counted in
words, for reading.
"""

from __future__ import annotations

from vaegc.generation.clusters import Clusters, cluster_samples, clusters_at, modes_and_means
from vaegc.generation.display import Feature, kind_of, telling_features
from vaegc.generation.image_grid import Line, Sheet, sheet_of_grid, sheet_of_walk
from vaegc.generation.places import Decoded, Grid, decode_places, latent_grid, walk, walk_of_point
from vaegc.generation.styles import along_dimension, style_table

__all__ = [
    "Clusters", "Decoded", "Feature", "Grid", "Line", "Sheet", "along_dimension", "cluster_samples", "clusters_at", "decode_places", "kind_of",
    "latent_grid", "modes_and_means", "sheet_of_grid", "sheet_of_walk", "style_table", "telling_features", "walk", "walk_of_point",
]  # fmt: skip
