"""What a result gives away opens in the tools it is for: pandas, pyarrow, Embedding Atlas, a YAML loader, Pillow."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from PIL import Image

from vaegc import AscentConfig, BadInput, ClusterConfig, Dataset, Experiment, MapConfig
from vaegc.experiment import export
from vaegc.experiment.scene_arrays import uint8_images
from vaegc.web import palette
from vaegc.web.stage.scene_bytes import read_array

DIGITS = Experiment(n=200, view="pca", ascent=AscentConfig(steps=3), clustering=ClusterConfig(eps=0.9))
TOY = Experiment(dataset="blobs", n=240, model=None, ascent=AscentConfig(neighbors=0.04, steps=4))
SOLID = Experiment(space="pca", map=MapConfig(dim=3), n=150, ascent=AscentConfig(steps=2), clustering=ClusterConfig(eps=1.0))


@pytest.fixture(scope="module")
def results() -> dict:
    return {name: spec.run() for name, spec in {"digits": DIGITS, "toy": TOY, "solid": SOLID}.items()}


def own(n: int = 90, **more) -> Experiment:
    rng = np.random.default_rng(0)
    x = (np.repeat(np.eye(3, 4) * 9, n // 3, axis=0) + rng.normal(size=(n, 4))).astype(np.float32)
    data = Dataset(x=x, ids=np.array([f"row {i}" for i in range(n)]), **more)
    return Experiment(dataset=data, model=None, view="pca", ascent=AscentConfig(steps=2), clustering=ClusterConfig(eps=3.0))


# --- points as Parquet -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["digits", "toy", "solid"])
def test_points_are_read_back_by_pandas_and_pyarrow(name, results, tmp_path):
    result, path = results[name], tmp_path / "points.parquet"
    export.write_labels(result, path)
    table, frame = pq.read_table(path), pd.read_parquet(path)
    axes = ["x", "y", "z"] if name == "solid" else ["x", "y"]
    wanted = [
        "point",
        "cluster",
        "cluster_name",
        "class",
        *axes,
        *(f"{axis}_end" for axis in axes),
        "log_density",
        "log_density_end",
        "travelled",
    ]
    assert table.column_names == wanted + ([] if name == "toy" else ["image"])
    assert len(frame) == len(result.dataset)
    pd.testing.assert_frame_equal(frame[["point", "cluster", "class"]], export.labels_table(result), check_dtype=False)
    scene = result.scene()
    np.testing.assert_allclose(frame[axes], scene.positions[0], rtol=1e-6, atol=1e-5)
    np.testing.assert_allclose(frame[[f"{axis}_end" for axis in axes]], scene.positions[-1], rtol=1e-6, atol=1e-5)
    np.testing.assert_array_equal(frame["log_density"], result.trajectory.log_density[0])
    np.testing.assert_array_equal(frame["log_density_end"], result.trajectory.log_density[-1])
    np.testing.assert_array_equal(frame["travelled"], result.trajectory.path_lengths[-1])


def test_embedding_atlas_finds_places_categories_and_pictures(results):
    """Its rules, since it is not installed here: apple/embedding-atlas, docs "Data Formats", and of its packages/viewer/src
    charts/embedding/category_column.ts (text, or up to ten whole numbers, are categories) and renderers/renderer_utils.ts (a struct with
    ``bytes`` and a ``path`` that ends in an image's ending is a picture); coordinates are two columns of numbers (--x, --y).
    """
    table = export.points_table(results["digits"])
    kinds = {field.name: field.type for field in table.schema}
    assert all(pa.types.is_floating(kinds[name]) for name in ("x", "y", "x_end", "y_end"))
    for name in ("x", "y"):
        assert np.isfinite(table[name].to_numpy()).all()
    for name in ("cluster_name", "class"):
        assert pa.types.is_string(kinds[name]) or pa.types.is_large_string(kinds[name])
    assert kinds["image"] == pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    for cell in table["image"].to_pylist():
        assert cell["bytes"].startswith(b"\x89PNG\r\n\x1a\n")
        assert cell["path"].rpartition(".")[2] in {"png", "jpg", "jpeg", "tiff", "tif", "gif"}
    assert not {"__row_index__", "FILE_NAME"} & set(table.column_names)  # its own columns


def test_a_picture_of_a_point_is_the_points_picture(results):
    result = results["digits"]
    inks = uint8_images(result.dataset, result.dataset.x)
    cells = export.points_table(result)["image"].to_pylist()
    for i in (0, 7, 199):
        drawn = np.asarray(Image.open(io.BytesIO(cells[i]["bytes"])))
        assert drawn.shape == (56, 56)
        np.testing.assert_array_equal(drawn[::7, ::7], inks[i])


def test_cluster_names_are_those_of_the_stage(results):
    frame = export.points_table(results["digits"]).to_pandas()
    assert (frame["cluster"] < 0).any()
    assert ((frame["cluster_name"] == "noise") == (frame["cluster"] < 0)).all()
    named = frame[frame["cluster"] >= 0]
    assert (named["cluster_name"] == [f"cluster {label + 1}" for label in named["cluster"]]).all()


def test_names_of_rows_come_first_and_rows_without_classes_have_no_such_column():
    table = export.points_table(own().run())
    assert table.column_names[:3] == ["id", "point", "cluster"]
    assert "class" not in table.column_names
    assert table["id"][4].as_py() == "row 4"


def test_labels_are_written_by_their_ending_and_any_other_is_one_sentence(results, tmp_path):
    result = results["toy"]
    export.write_labels(result, tmp_path / "labels.CSV")
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "labels.CSV"), export.labels_table(result), check_dtype=False)
    with pytest.raises(BadInput, match=r"^labels\.json must end in \.csv or \.parquet\.$"):
        export.write_labels(result, tmp_path / "labels.json")
    with pytest.raises(BadInput, match="cannot be written to"):
        export.write_labels(result, tmp_path / "gone" / "labels.parquet")
    without = replace(result, suggestion=replace(result.suggestion, eps=None))
    with pytest.raises(BadInput, match="There are no labels to write"):
        export.write_labels(without, tmp_path / "none.csv")


# --- spec and picture ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spec", [DIGITS, TOY, SOLID, Experiment(), replace(TOY, ascent=None)], ids=str)
def test_settings_are_yaml_that_gives_the_same_spec(spec):
    text = spec.to_yaml()
    assert yaml.safe_load(text)["dataset"] == spec.dataset
    assert Experiment.from_yaml(text) == spec


@pytest.mark.parametrize("name", ["digits", "toy", "solid"])
def test_the_picture_opens_and_shows_each_cluster_in_its_colour_on_the_stage(name, results):
    result, page = results[name], io.BytesIO()
    export.draw_result(result, page)
    picture = Image.open(page)
    assert picture.format == "PNG"
    assert min(picture.size) > 700
    packed = export.scene_bytes(result)
    entries = export.palette_entries(result, packed)
    labels, core = result.labels, result.sweep.core_distances_ <= result.eps
    rank, colours = read_array(packed, "rank"), read_array(packed, "colours")
    for k in range(labels.max() + 1):  # the densest core point represents its cluster
        members = np.flatnonzero((labels == k) & core)
        assert set(entries[labels == k]) == {colours[members[rank[members].argmin()]]}
    assert (entries[labels < 0] == -1).all()
    if name == "toy":  # flat: nothing is shaded by depth
        seen = {tuple(pixel) for pixel in np.asarray(picture.convert("RGB")).astype(int).reshape(-1, 3).tolist()}
        for entry in np.unique(entries[labels >= 0]):
            r, g, b = (int(palette.LIGHT[entry][i : i + 2], 16) for i in (1, 3, 5))
            assert any(abs(r - p) + abs(g - q) + abs(b - s) < 12 for p, q, s in seen), palette.LIGHT[entry]


def test_the_same_result_gives_the_same_picture_and_one_without_an_eps_has_no_colours(results):
    pages = [io.BytesIO(), io.BytesIO(), io.BytesIO()]
    result = results["toy"]
    without = replace(result, suggestion=replace(result.suggestion, eps=None, n_clusters=None))
    for each, page in zip((result, result, without), pages, strict=True):
        export.draw_result(each, page)
    assert pages[0].getvalue() == pages[1].getvalue() != pages[2].getvalue()
    assert set(export.palette_entries(without, export.scene_bytes(without))) == {-2}
