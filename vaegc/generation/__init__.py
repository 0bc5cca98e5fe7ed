"""Generation from a result: any place decoded, latent walks, the whole plane, and draws from every cluster.

Pure functions on a `Result`. What a model cannot do raises one sentence. No label reaches any of it: true classes are counted in
captions, for reading.
"""

from __future__ import annotations

from vaegc.generation.clusters import ClustersAtEps, cluster_samples, clusters_at_eps, modes_and_means
from vaegc.generation.display import FeatureDeviation, display_kind, largest_deviations
from vaegc.generation.image_grid import GridRow, ImageGrid, plane_image_grid, walk_image_grid
from vaegc.generation.places import DecodedPlane, DecodedPoints, decode_places, decode_trajectory, latent_grid, walk
from vaegc.generation.styles import style_table, styles_along_dimension

__all__ = [
    "ClustersAtEps", "DecodedPlane", "DecodedPoints", "FeatureDeviation", "GridRow", "ImageGrid", "cluster_samples", "clusters_at_eps", "decode_places",
    "decode_trajectory", "display_kind", "largest_deviations", "latent_grid", "modes_and_means", "plane_image_grid", "style_table",
    "styles_along_dimension", "walk", "walk_image_grid",
]  # fmt: skip
