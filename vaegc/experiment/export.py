"""Exports of a result: labels as a table or CSV file, points as a Parquet file, the last frame as a PNG picture.

The Parquet columns are those that Embedding Atlas shows by themselves (apple.github.io/embedding-atlas, "Data formats").
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from vaegc import store
from vaegc.datasets import Dataset
from vaegc.errors import BadInput
from vaegc.experiment.result import Result
from vaegc.experiment.scene_arrays import clip_outliers, uint8_images, view_positions
from vaegc.experiment.stages import make_view
from vaegc.wording import counted

if TYPE_CHECKING:
    import pyarrow as pa

LABEL_SUFFIXES = (".csv", ".parquet")  # of files of labels
MIN_PICTURE_PIXELS = 56  # of the longer side: smaller pictures are repeated by whole pixels, since viewers would blur them
NOISE_NAME = "noise"


# --- labels --------------------------------------------------------------------------------------------------------------


def labels_table(result: Result) -> pd.DataFrame:
    """Return `labels_frame` of a result at its ε; raises `BadInput` where it has none."""
    if result.labels is None:
        raise BadInput("There are no labels without an ε; choose one.")
    return labels_frame(result.dataset, result.labels)


def labels_frame(data: Dataset, labels: np.ndarray) -> pd.DataFrame:
    """Return a table of labels (N,), one row per point; -1 is noise.

    Columns: `id`, where the data name their rows; `point`, the row in the source; `cluster`; `class`, where it is known.
    """
    table = pd.DataFrame({"point": np.arange(len(data)) if data.rows is None else data.rows, "cluster": labels})
    if data.y is not None:
        table["class"] = np.asarray(data.class_names)[data.y] if data.class_names else data.y
    if data.ids is not None:
        table.insert(0, "id", data.ids)
    return table


def points_table(result: Result) -> pa.Table:
    """Return the labels with all that is known of each point, as the table that a Parquet file holds.

    Columns, one row per point: those of `labels_table`; ``cluster_name``, as the stage calls it ("cluster 1" has the label 0; "noise");
    ``x, y`` (and ``z`` of a 3-D space), where the point is drawn before the climb, and ``x_end, y_end`` (``z_end``) after it;
    ``log_density`` and ``log_density_end`` of what is climbed, nats; ``travelled``, the length of its path; and ``image``, where the
    data are pictures.

    Raises
    ------
    BadInput
        There is no ε, so there are no clusters.

    Notes
    -----
    Opens with ``embedding-atlas FILE --x x --y y``. Its viewer takes text, or at most ten whole numbers, for categories: hence the names. It
    takes a struct of ``bytes`` and a ``path`` that ends in .png for a picture, as Hugging Face's data sets write them.
    """
    import pyarrow as pa

    table = labels_table(result)
    path, data = result.trajectory, result.dataset
    named = [NOISE_NAME if label < 0 else f"cluster {label + 1}" for label in table["cluster"]]
    table.insert(list(table.columns).index("cluster") + 1, "cluster_name", named)
    ends = path[:: max(len(path) - 1, 1)]
    positions = view_positions(make_view(result.spec, result.space), result.space, ends)
    for when, places in (("", positions[0]), ("_end", positions[-1])):
        for axis, column in zip("xyz", places.T, strict=False):
            table[axis + when] = column
    table["log_density"], table["log_density_end"] = path.log_density[0], path.log_density[-1]
    table["travelled"] = path.path_lengths[-1]
    made = pa.Table.from_pandas(table, preserve_index=False)
    if data.image_shape is None:
        return made
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    cells = [
        {"bytes": _png(pixels), "path": f"{point}.png"}
        for point, pixels in zip(table["point"], uint8_images(data, data.x), strict=True)
    ]
    return made.append_column("image", pa.array(cells, kind))


def labels_csv(result: Result) -> str:
    """Return `labels_table` as the text of a CSV file."""
    return labels_table(result).to_csv(index=False)


def labels_parquet(result: Result) -> bytes:
    """Return `points_table` as the bytes of a Parquet file."""
    import pyarrow.parquet as pq

    file = io.BytesIO()
    pq.write_table(points_table(result), file, compression="zstd")
    return file.getvalue()


def write_labels(result: Result, path: Path) -> None:
    """Write the labels to a .csv, or the points to a .parquet file; raises `BadInput` where that cannot be done."""
    if result.labels is None:
        raise BadInput(f"There are no labels to write: {result.suggestion.reason} Set clustering.eps in the spec.")
    kind = path.suffix.lower()
    if kind not in LABEL_SUFFIXES:
        raise BadInput(f"{path.name} must end in {' or '.join(LABEL_SUFFIXES)}.")
    made = labels_csv(result).encode() if kind == ".csv" else labels_parquet(result)
    try:
        path.write_bytes(made)
    except OSError as error:
        raise BadInput(f"The labels cannot be written to {str(path)!r}: {error.strerror or error}.") from None


def _png(pixels: np.ndarray) -> bytes:
    """A picture (h, w) or (h, w, 3) of bytes as a PNG file."""
    from PIL import Image

    times = max(1, round(MIN_PICTURE_PIXELS / max(pixels.shape[:2])))
    page = io.BytesIO()
    Image.fromarray(pixels.repeat(times, axis=0).repeat(times, axis=1)).save(page, "PNG")
    return page.getvalue()


# --- pictures ------------------------------------------------------------------------------------------------------------


def scene_bytes(result: Result, callback: Any = None) -> bytes:
    """Return the packed scene of a result, cached bytes where there are any: of the spec, or of the same spec without an ε."""
    from dataclasses import replace

    from vaegc.web.stage.scene import pack
    from vaegc.web.stage.scene_bytes import is_complete

    spec = result.spec
    if not result.stopped:  # of two stopped climbs nothing says which one was cached
        for eps in (spec.clustering.eps, None):
            spec_at = replace(spec, clustering=replace(spec.clustering, eps=eps))
            kept = store.read_cached_bytes("scene", spec_at.key())
            if kept is not None and is_complete(kept):
                return kept
    return pack(result.scene(callback))


def palette_entries(result: Result, packed: bytes) -> np.ndarray:
    """Return the palette entry (N,) of each point's cluster after the climb, as the stage colours it; `NOISE` and `PLAIN` of `vaegc.figures`."""
    from vaegc.figures import NOISE, PLAIN
    from vaegc.web.colours import cluster_colors
    from vaegc.web.stage.scene_bytes import read_array

    labels, eps = result.labels, result.eps
    if labels is None or eps is None:
        return np.full(len(result.dataset), PLAIN)
    core = result.sweep.core_distances_
    entries = cluster_colors(labels, core, eps, read_array(packed, "rank"), read_array(packed, "colours"))
    return np.where(labels >= 0, np.append(entries, NOISE)[labels], NOISE)


def cluster_members(result: Result) -> dict[str, np.ndarray]:
    """Return the points of each cluster of at least `min_size` core points, by its number on the stage: "1" has the label 0."""
    labels, eps = result.labels, result.eps
    if labels is None or eps is None:
        return {}
    core = result.sweep.core_distances_ <= eps
    cores = np.bincount(labels[core & (labels >= 0)], minlength=1)
    counted = np.flatnonzero(cores >= result.sweep.min_count(result.spec.clustering.min_size))
    return {f"{k + 1:,}": np.flatnonzero(labels == k) for k in counted}


def draw_result(result: Result, target: str | Path | io.BytesIO, callback: Any = None) -> None:
    """Draw the last frame, in the colours of the stage, as a PNG picture; raises `BadInput` where it cannot be written."""
    from vaegc.figures import Panel, draw_frames
    from vaegc.web.stage.scene_bytes import read_header

    packed = scene_bytes(result, callback)
    path = result.trajectory
    (last,), outside = clip_outliers(view_positions(make_view(result.spec, result.space), result.space, path[len(path) - 1 :]))
    step = int(path.steps[-1])
    k = (
        f", {counted(found, 'cluster')} at ε = {result.eps:.3g}"
        if (found := n_clusters_of(result)) is not None
        else ", no ε chosen"
    )
    title = f"{'Before the climb' if step == 0 else f'Step {step}'}{k}"
    panel = Panel(title, last, palette_entries(result, packed), cluster_members(result))
    draw_frames(
        target, [panel], f"{read_header(packed)['caption']}. {outside}" if outside else str(read_header(packed)["caption"])
    )


def n_clusters_of(result: Result) -> int | None:
    """Return the number of clusters of any size in the last frame; None without an ε."""
    return None if result.eps is None else int(result.sweep.n_clusters_at(result.eps))
