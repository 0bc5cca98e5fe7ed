"""Content and style of a GMVAE: one row a cluster, one column a style."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from vaegc.checks import as_points, check_int, check_seed
from vaegc.errors import BadInput, NotSupported
from vaegc.generation.image_grid import GridRow, ImageGrid
from vaegc.models import kind_name
from vaegc.wording import counted

if TYPE_CHECKING:
    from vaegc.models.base import LatentModel

MAX_STYLES = 200


def style_table(model: LatentModel | None, styles: int | npt.ArrayLike = 8, seed: int = 0) -> ImageGrid:
    """Decode every cluster of a GMVAE in the same styles: one row a cluster, one column a style.

    Parameters
    ----------
    model
        A GMVAE.
    styles
        How many styles w to draw from N(0, I), the first of which is 0, the middle of them; or the styles (S, style_dim) themselves.
    seed
        Of the draws; without meaning for given styles.

    Raises
    ------
    BadInput
        A number of styles is out of range, or given styles have another dimension than the model's.
    NotSupported
        Any other kind of model: only a GMVAE keeps the style apart from the content.

    Notes
    -----
    A cell is the decoded mean of p(content | cluster, w), without noise: down a column only the cluster changes, along a line only the style.
    """
    if model is None:
        raise NotSupported(
            "There is no model here: only a GMVAE keeps what varies within a cluster, the style, apart from the content."
        )
    if model.kind != "gmvae":
        name = "A plain autoencoder" if model.kind == "ae" else kind_name(model.kind)
        raise NotSupported(
            f"{name} has one latent space: only a GMVAE keeps what varies within a cluster, the style, apart from the content."
        )
    given: Any = model
    config = given.config
    if isinstance(styles, (int, np.integer)):
        count = check_int(styles, "styles", 1, MAX_STYLES)
        w = np.random.default_rng(check_seed(seed)).standard_normal((count, config.style_dim))
        w[0] = 0
        columns = ("w = 0", *(f"w {i}" for i in range(1, count)))
        what = f"{count} styles w: 0, and {count - 1} drawn from N(0, I) with seed {seed}" if count > 1 else "The style w = 0"
    else:
        w = as_points(styles, "styles")
        if w.shape[1] != config.style_dim:
            raise BadInput(f"This model's styles have {counted(config.style_dim, 'number')}; got {w.shape[1]}.")
        count = len(w)
        columns = tuple(f"w {i + 1}" for i in range(count))
        what = f"{count} given styles w"
    contents = given.component_means(w)  # (S, K, d)
    decoded = given.decode(contents.reshape(-1, config.latent_dim)).reshape(count, config.n_clusters, -1)
    rows = tuple(GridRow(f"Cluster {k + 1}", "", decoded[:, k], cluster=k) for k in range(config.n_clusters))
    made = model.provenance
    caption = (
        f"{what}, the same in every line; each cell is the decoded mean of p(content | cluster, w), without noise. "
        f"GMVAE of {made.data or 'unnamed data'}, {counted(config.n_clusters, 'cluster')}, style of {counted(config.style_dim, 'dimension')}, seed {made.seed}."
    )
    return ImageGrid("Content and style", caption, rows, columns)


def styles_along_dimension(model: LatentModel, dimension: int, steps: int = 9, limit: float = 2.5) -> np.ndarray:
    """Return styles (steps, style_dim) from -limit to limit along one dimension, the others 0; raises `BadInput` for one that is not there."""
    size = model.config.style_dim
    check_int(dimension, "dimension", 0, size - 1)
    styles = np.zeros((check_int(steps, "steps", 2, MAX_STYLES), size))
    styles[:, dimension] = np.linspace(-limit, limit, steps)
    return styles
