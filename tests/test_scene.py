"""A scene in bytes is the scene: header and arrays come back exactly, and what the design fixes is in them."""

from __future__ import annotations

import base64
import gzip
import json
import re
import shutil
import subprocess
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import vaegc
import validity
from vaegc import AscentConfig, ClusterConfig, Dataset, EpsilonSweep, Experiment, Scene, load_dataset
from vaegc.projection import MapConfig
from vaegc.web import Contours, Tree, component_css, component_script, pack, palette, tree_frames
from vaegc.web import page as web_page
from vaegc.web.stage.scene import color_slots
from vaegc.web.stage.scene_bytes import FORMAT, is_complete, read_header, with_initial
from validity import valid_scene

SPEC = Experiment(
    dataset="blobs", n=200, model=None, ascent=AscentConfig(neighbors=0.04, steps=5), clustering=ClusterConfig(min_samples=5)
)


def unpack(packed: bytes) -> tuple[dict, dict[str, np.ndarray]]:
    """Header and arrays of a scene that is valid as a whole."""
    return validity.unpack(valid_scene(packed))


@pytest.fixture(scope="module")
def result() -> vaegc.Result:
    return SPEC.run()


@pytest.fixture(scope="module")
def scene(result) -> Scene:
    return valid_scene(result.scene())


@pytest.fixture(scope="module")
def packed(scene) -> bytes:
    return pack(scene)


def three_points(core_needs: int = 5) -> Scene:
    """A scene in which nothing is ever a cluster: all core distances are infinite."""
    points = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    sweep = EpsilonSweep(min_samples=core_needs).fit(points)
    return Scene(
        positions=points[None], steps=np.array([0]), log_density=np.zeros((1, 3)), trees=[Tree(0, sweep, [], sweep.suggest())],
        min_samples=core_needs, min_size=1, eps=None, caption="three", space="data", view="data",
    )  # fmt: skip


def test_the_trees_come_back_exactly(result, packed):
    header, arrays = unpack(packed)
    assert [tree["frame"] for tree in header["trees"]] == list(range(6))
    for i in range(6):
        sweep = result.trajectory.sweep(i, 5)
        for name, array in (("tree_u", sweep.tree_["u"]), ("tree_v", sweep.tree_["v"]), ("tree_w", sweep.tree_["weight"])):
            np.testing.assert_array_equal(arrays[name][i], array)
        for name, array in (
            ("core", sweep.core_distances_),
            ("border", sweep.border_distances_),
            ("parent", sweep.border_parents_),
        ):
            np.testing.assert_array_equal(arrays[name][i], array)
    assert {name: arrays[name].dtype.str[1:] for name in ("tree_u", "tree_v", "tree_w", "core", "border", "parent", "frames", "rank", "slots", "labels")} == {
        "tree_u": "u4", "tree_v": "u4", "tree_w": "f8", "core": "f8", "border": "f8", "parent": "u4", "frames": "u2", "rank": "u4", "slots": "u4", "labels": "i4",
    }  # fmt: skip
    np.testing.assert_array_equal(arrays["labels"], result.dataset.y)
    np.testing.assert_array_equal(arrays["log_density"], result.trajectory.log_density.astype(np.float32))


def test_positions_come_back_to_a_65535th_of_the_picture(scene, packed):
    header, arrays = unpack(packed)
    low, high = np.array(header["bounds"][:2]), np.array(header["bounds"][2:])
    back = low + arrays["frames"] / 65535 * (high - low)
    assert np.abs(back - scene.positions).max() <= (high - low).max() / 65535
    assert arrays["frames"].min() == 0
    assert arrays["frames"].max() == 65535


def test_the_header_says_what_the_scene_is(result, scene, packed):
    header = read_header(packed)
    assert header == unpack(packed)[0]
    assert (header["format"], header["n"], header["steps"]) == (FORMAT, 200, list(range(6)))
    assert (header["format"], header["dim"]) == (2, 2)
    assert (header["min_samples"], header["min_size"], header["noise_policy"]) == (5, 2, "wrong")
    assert header["eps_floor"] == vaegc.eps_floor(result.trajectory.points[0])
    assert header["view_is_space"] is True
    assert header["palette"] == {"light": list(palette.LIGHT), "dark": list(palette.DARK)}
    assert header["noise"] == {"light": palette.NOISE_LIGHT, "dark": palette.NOISE_DARK}
    assert header["caption"] == (
        "200 points of blobs · no model · climbed and clustered in the data (2-D) · bandwidth from 8 neighbours (4 %) · seed 0"
    )
    assert header["trees"][-1]["suggestion"] == result.suggestion.to_dict()
    best = result.sweep.plateaus().head(6).to_dict("records")
    assert header["trees"][-1]["plateaus"] == best
    ranges = [result.trajectory.sweep(i, 5).eps_range() for i in range(6)]
    assert header["eps"]["low"] == min(low for low, _ in ranges)
    assert header["eps"]["high"] == max(high for _, high in ranges)
    assert header["eps"]["start"] == result.suggestion.eps
    assert json.loads(json.dumps(header)) == header


def test_the_same_scene_gives_the_same_bytes_and_another_another_version(scene, packed):
    assert pack(scene) == packed
    moved = replace(scene, positions=scene.positions + [[[0.0, 1e-3]]] * np.arange(200)[None, :, None])
    assert read_header(pack(moved))["version"] != read_header(packed)["version"]
    assert read_header(pack(replace(scene, caption="other")))["version"] != read_header(packed)["version"]


def test_the_rank_goes_by_log_density_at_the_start_the_densest_first(scene, packed):
    rank = unpack(packed)[1]["rank"]
    order = np.argsort(rank)
    assert sorted(rank) == list(range(200))
    assert (np.diff(scene.log_density[0][order]) <= 0).all()
    equal = replace(scene, log_density=np.zeros_like(scene.log_density))
    assert unpack(pack(equal))[1]["rank"].tolist() == list(range(200))  # ties keep their order


def test_slots_go_by_how_long_a_point_represents_a_counted_cluster_at_the_end_then_by_rank(scene, packed, result):
    header, arrays = unpack(packed)
    low, high = header["eps"]["low"], header["eps"]["high"]
    length = result.sweep.representative_lifetimes(arrays["rank"].astype(np.int64), low, high, 0.01)
    expected = sorted(range(200), key=lambda i: (-length[i], arrays["rank"][i]))
    assert np.argsort(arrays["slots"]).tolist() == expected
    # By the definition: over all radii between events, who leads each counted cluster, and for how long.
    every = np.concatenate([result.sweep.core_distances_, result.sweep.tree_["weight"]])
    grid = np.concatenate([[low], np.unique(every[(every > low) & (every < high)]), [high]])
    total = np.zeros(200)
    for left, right in pairwise(grid):
        labels = result.sweep.labels_at(left, min_size=0.01)
        for cluster in range(labels.max() + 1):
            members = np.flatnonzero((labels == cluster) & (result.sweep.core_distances_ <= left))
            total[members[arrays["rank"][members].argmin()]] += np.log(right / left)
    np.testing.assert_allclose(length, total, atol=1e-9)


def test_without_a_range_slots_go_by_rank_alone():
    scene = three_points()
    assert color_slots(scene.trees[-1].sweep, np.array([2, 0, 1]), None, 1).tolist() == [2, 0, 1]


@pytest.mark.parametrize(
    ("n", "frames", "kept"),
    [(10, 1, [0]), (5000, 31, list(range(31))), (5001, 12, list(range(12))), (5001, 1, [0])],
)
def test_small_scenes_have_a_tree_for_every_frame(n, frames, kept):
    assert tree_frames(n, frames) == kept


@pytest.mark.parametrize("frames", [13, 31, 100, 1001])
def test_large_scenes_have_up_to_twelve_trees_evenly_spread_the_ends_included(frames):
    kept = tree_frames(5001, frames)
    assert (kept[0], kept[-1], len(kept)) == (0, frames - 1, 12)
    assert np.ptp(np.diff(kept)) <= 1


def test_another_beginning_keeps_every_array(packed):
    for initial in (
        {"frame": 3},
        {"eps": 0.25, "play": False},
        {"look": "z.1_2~a-B"},
        {"frame": 12345, "eps": 1e-9, "play": True},
        {},
    ):
        other = with_initial(packed, **initial)
        header, arrays = unpack(other)
        before, same = unpack(packed)
        assert header == {**before, "initial": {**before["initial"], **initial}}
        for name, array in same.items():
            np.testing.assert_array_equal(arrays[name], array)


def test_a_scene_of_another_format_is_not_whole_and_has_another_key(packed, monkeypatch):
    assert is_complete(packed)
    assert not is_complete(packed[:-8])
    before = SPEC.key()
    monkeypatch.setattr("vaegc.web.stage.scene_bytes.FORMAT", FORMAT + 1)
    assert not is_complete(packed)
    assert SPEC.key() != before


# --- three dimensions, columns, contours, rows -----------------------------------------------------------------------


def bent(n: int = 80) -> Dataset:
    """Points of five dimensions, rows 1, 3, 5, ... of their source."""
    x = np.random.default_rng(0).normal(size=(2 * n, 5)).astype(np.float32)
    return Dataset(x=x).take(np.arange(1, 2 * n, 2), "every other row")


@pytest.mark.parametrize("space", ["pca", "latent"])
def test_a_space_of_three_dimensions_is_drawn_as_itself(space):
    data = bent() if space == "pca" else Dataset(x=bent().x[:, :3])
    spec = Experiment(
        dataset=data, model=None, space=space, map=MapConfig(dim=3), ascent=AscentConfig(steps=3),
        clustering=ClusterConfig(min_samples=4),
    )  # fmt: skip
    result = spec.run()
    scene = result.scene()
    np.testing.assert_array_equal(scene.positions, result.trajectory.points)
    header, arrays = unpack(pack(scene))
    assert (header["dim"], arrays["frames"].shape) == (3, (4, 80, 3))
    low, high = scene.positions.min(axis=(0, 1)), scene.positions.max(axis=(0, 1))
    assert header["bounds"] == pytest.approx([*low, *high], rel=1e-6)
    back = low + arrays["frames"] / 65535 * (high - low)
    assert np.abs(back - scene.positions).max() <= (high - low).max() / 65535
    assert header["view_is_space"] is True
    assert header["contours"] is None
    assert "(3-D)" in scene.caption
    assert "seen through" not in scene.caption


def test_more_than_three_dimensions_are_seen_through_a_view():
    scene = Experiment(dataset=bent(), model=None, view="pca", ascent=None, clustering=ClusterConfig(min_samples=4)).run().scene()
    header = read_header(pack(scene))
    assert (header["dim"], header["view_is_space"], header["contours"]) == (2, False, None)


def test_features_are_columns_and_rows_are_ids():
    data = bent()
    header, arrays = unpack(
        pack(Experiment(dataset=data, model=None, view="pca", ascent=None, clustering=ClusterConfig(min_samples=4)).run().scene())
    )
    assert [column["name"] for column in header["columns"]] == ["x0", "x1", "x2", "x3", "x4"]
    np.testing.assert_array_equal(arrays["columns"], data.x.T)
    assert [(c["low"], c["high"]) for c in header["columns"]] == list(
        zip(data.x.min(0).tolist(), data.x.max(0).tolist(), strict=True)
    )
    assert arrays["ids"].tolist() == list(range(1, 160, 2))
    assert (arrays["columns"].dtype, arrays["ids"].dtype) == (np.float32, np.int32)


def test_pictures_have_their_ink_as_a_column(packed):
    scene = Experiment(n=80, view="pca", ascent=None, clustering=ClusterConfig(min_samples=3)).run().scene()
    (name,) = scene.columns
    assert name == "mean ink"
    np.testing.assert_allclose(scene.columns[name], scene.sprites.reshape(80, -1).mean(axis=1) / 255, atol=0.5 / 255)
    assert scene.ids is not None  # a subset of the digits
    header, arrays = unpack(packed)
    assert "ids" not in arrays  # generated points are rows of nothing
    assert [column["name"] for column in header["columns"]] == ["x0", "x1"]


def test_columns_with_gaps_are_left_out_and_only_so_many_are_kept(scene):
    given = {f"c{i}": np.arange(200) + float(i) for i in range(30)}
    given["c1"] = np.where(np.arange(200) == 7, np.nan, 0.0)
    given["c2"] = np.full(200, 1e300)  # no float32: all are float64 then
    header, arrays = unpack(pack(replace(scene, columns=given)))
    assert [column["name"] for column in header["columns"]] == ["c0", *(f"c{i}" for i in range(2, 25))]
    assert arrays["columns"].shape == (24, 200)
    np.testing.assert_array_equal(arrays["columns"][1:3], [given["c2"], given["c3"]])
    del given["c2"]
    assert unpack(pack(replace(scene, columns=given)))[1]["columns"].dtype == np.float32
    header, arrays = unpack(pack(replace(scene, columns={})))
    assert header["columns"] == []
    assert "columns" not in arrays


@pytest.mark.parametrize("name", ["blobs", "moons", "spiral"])
def test_contours_are_the_climbed_density_in_the_middle_of_square_cells_around_all_frames(name):
    result = replace(SPEC, dataset=name).run()
    scene = result.scene()
    header, arrays = unpack(pack(scene))
    where, values = header["contours"], arrays["contours"]
    left, bottom, right, top = where["box"]
    assert values.shape == (where["height"], where["width"])
    assert (values.dtype, max(values.shape)) == (np.float32, 96)
    across, up = (right - left) / where["width"], (top - bottom) / where["height"]
    assert across == pytest.approx(up)
    low, high = scene.positions.min(axis=(0, 1)), scene.positions.max(axis=(0, 1))
    room = np.array([low[0] - left, low[1] - bottom, right - high[0], top - high[1]]) / (high - low).max()
    assert ((room > 0.055) & (room < 0.07)).all()
    rng = np.random.default_rng(0)
    rows, columns = rng.integers(0, values.shape[0], 50), rng.integers(0, values.shape[1], 50)
    places = np.column_stack([left + across * (columns + 0.5), bottom + up * (rows + 0.5)])
    np.testing.assert_allclose(values[rows, columns], result.density.log_prob(places), rtol=1e-5, atol=1e-5)


def test_contours_are_drawn_only_where_the_density_stands_still_in_the_picture_itself():
    blurring = replace(SPEC, ascent=AscentConfig(steps=2, method="blurring"))
    assert blurring.run().scene().contours is None
    assert replace(SPEC, ascent=None).run().scene().contours is not None
    mapped = Experiment(n=80, space="pca", ascent=AscentConfig(steps=1), clustering=ClusterConfig(min_samples=3))
    assert mapped.run().scene().contours is not None
    assert replace(mapped, space="latent", view="pca").run().scene().contours is None


def test_a_density_of_nothing_far_out_is_drawn_as_the_least_there_is():
    tiny = replace(SPEC, ascent=AscentConfig(steps=1, bandwidth=5e-20))
    values = tiny.run().scene().contours.values
    assert np.isfinite(values).all()


def test_every_new_part_changes_the_version(scene, packed):
    grid = Contours((0.0, 0.0, 1.0, 1.0), np.zeros((2, 2), np.float32))
    others = (
        {"columns": {"a": np.zeros(200)}}, {"columns": {"a": np.r_[np.zeros(199), 1]}}, {"columns": {"b": np.r_[np.zeros(199), 1]}},
        {"contours": None}, {"contours": grid}, {"contours": replace(grid, box=(0.0, 0.0, 2.0, 2.0))},
        {"contours": replace(grid, values=np.eye(2, dtype=np.float32))}, {"ids": np.arange(200)}, {"ids": np.arange(1, 201)},
        {"positions": np.pad(scene.positions, ((0, 0), (0, 0), (0, 1)))},
    )  # fmt: skip
    versions = [read_header(pack(replace(scene, **other)))["version"] for other in others]
    assert len({*versions, read_header(packed)["version"]}) == len(others) + 1


def test_only_trees_are_built_anew_for_another_min_samples(monkeypatch):
    spec = Experiment(n=80, view="tsne", ascent=AscentConfig(steps=3), clustering=ClusterConfig(min_samples=3))
    before = spec.run().scene()
    for what in ("vaegc.projection._tsne", "vaegc.experiment.stages.ascend", "vaegc.projection.Space.place"):
        monkeypatch.setattr(what, lambda *_, **__: pytest.fail("computed again"))
    after = replace(spec, clustering=ClusterConfig(min_samples=5)).run().scene()
    np.testing.assert_array_equal(after.positions, before.positions)
    assert after.min_samples == 5
    assert (after.trees[0].sweep.core_distances_ > before.trees[0].sweep.core_distances_).all()


def test_points_that_are_never_clusters_have_no_range_and_a_sentence():
    header, arrays = unpack(pack(three_points()))
    assert header["eps"] is None
    assert header["eps_note"] == "3 points are fewer than min_samples = 5, so all are noise at every ε."
    assert np.isinf(arrays["core"]).all()
    assert np.isinf(arrays["border"]).all()
    assert np.isinf(arrays["tree_w"]).all()


def test_collapsed_points_have_no_range_and_a_sentence():
    points = np.repeat([[0.0, 0.0], [1e-9, 0.0]], 10, axis=0)
    sweep = EpsilonSweep(min_samples=3, eps_floor=0.01).fit(points)
    scene = replace(
        three_points(),
        positions=points[None],
        log_density=np.zeros((1, 20)),
        trees=[Tree(0, sweep, [], sweep.suggest())],
        min_samples=3,
    )
    header = read_header(pack(scene))
    assert header["eps"] is None
    assert header["eps_note"] == "There is no range of ε to sweep: the points lie on one spot, or all of them equally far apart."


def test_points_on_a_line_are_drawn_on_a_line():
    rng = np.random.default_rng(0)
    line = Dataset(x=np.concatenate([rng.normal(0, 0.1, 40), rng.normal(5, 0.1, 40)])[:, None])
    result = Experiment(dataset=line, model=None, ascent=AscentConfig(steps=3), clustering=ClusterConfig(min_samples=4)).run()
    scene = result.scene()
    assert result.suggestion.n_clusters == 2
    assert scene.positions.shape == (4, 80, 2)
    np.testing.assert_array_equal(scene.positions[..., 0], result.trajectory.points[..., 0])
    assert (scene.positions[..., 1] == 0).all()
    header, arrays = unpack(pack(scene))
    assert (arrays["frames"][..., 1] == 32768).all()  # the middle of the picture
    assert header["bounds"][3] > header["bounds"][1]
    assert "(1-D)" in header["caption"]


@pytest.mark.parametrize("unit", [1e-12, 1.0, 1e12])
@pytest.mark.parametrize("dimensions", [2, 3])
def test_an_axis_without_extent_is_as_wide_as_the_widest_one_whatever_the_unit(scene, unit, dimensions):
    positions = np.zeros((6, 200, dimensions))
    positions[..., 0] = unit * np.linspace(3, 7, 200)
    header, arrays = unpack(pack(replace(scene, positions=positions)))
    low, high = np.array(header["bounds"][:dimensions]), np.array(header["bounds"][dimensions:])
    np.testing.assert_allclose(high - low, 4 * unit)
    np.testing.assert_allclose((high + low)[1:], 0, atol=1e-9 * unit)
    assert header["reach"] == pytest.approx(2 * unit)
    assert (arrays["frames"][..., 0].min(), arrays["frames"][..., 0].max()) == (0, 65535)


def test_points_on_one_spot_have_a_picture_of_one_unit(scene):
    header = read_header(pack(replace(scene, positions=np.full((6, 200, 2), 3.0))))
    assert header["bounds"] == [2.5, 2.5, 3.5, 3.5]
    assert header["reach"] > 0


def test_frame_zero_of_a_view_is_exactly_the_view():
    spec = Experiment(n=80, view="tsne", ascent=AscentConfig(steps=1), clustering=ClusterConfig(min_samples=3))
    scene = spec.run().scene()
    made = vaegc.project(spec.run().space.points, "tsne", seed=0)
    np.testing.assert_array_equal(scene.positions[0], made.points)
    assert read_header(pack(scene))["view_is_space"] is False
    assert scene.caption.endswith("seen through t-SNE of the start · seed 0")


def test_pictures_are_packed_as_they_are_and_left_out_where_they_are_too_many(scene, monkeypatch):
    pictures = np.random.default_rng(0).integers(0, 256, (200, 4, 3), dtype=np.uint8)
    header, arrays = unpack(pack(replace(scene, sprites=pictures)))
    np.testing.assert_array_equal(arrays["sprites"], pictures)
    assert header["sprites"] == {"height": 4, "width": 3, "channels": 1, "invert": True}
    colour = unpack(pack(replace(scene, sprites=np.repeat(pictures[..., None], 3, axis=3))))[0]["sprites"]
    assert colour == {"height": 4, "width": 3, "channels": 3, "invert": False}
    monkeypatch.setattr("vaegc.web.stage.scene.MAX_SPRITE_BYTES", 100)
    header, arrays = unpack(pack(replace(scene, sprites=pictures)))
    assert header["sprites"] is None
    assert "sprites" not in arrays


@pytest.mark.parametrize(("eps", "start"), [(0.5, 0.5), (1e-30, "low"), (1e30, "high")])
def test_the_stage_begins_at_the_given_radius_within_the_range(scene, eps, start):
    header = read_header(pack(replace(scene, eps=eps)))
    assert header["eps"]["start"] == (header["eps"][start] if isinstance(start, str) else start)
    assert header["initial"]["eps"] == eps


def test_without_a_suggestion_the_stage_begins_on_the_longest_plateau_or_in_the_middle(scene):
    nothing = scene.trees[-1].suggestion.__class__(None, None, 0.0, None, "none")
    row = {"n_clusters": 3, "eps_low": 0.2, "eps_high": 0.45, "log_length": 0.8}
    for rows, expected in (([row], np.sqrt(0.2 * 0.45)), ([], np.sqrt(np.prod(scene.eps_range())))):
        last = replace(scene.trees[-1], suggestion=nothing, plateaus=rows)
        header = read_header(pack(replace(scene, trees=[*scene.trees[:-1], last])))
        assert header["eps"]["start"] == pytest.approx(expected)


# --- the page --------------------------------------------------------------------------------------------------------


def test_the_script_holds_every_module_once_and_imports_nothing():
    script = component_script()
    assert re.findall(r"^export .*", script, re.MULTILINE) == ["export default $stage_stage.asDefault;"]
    assert not re.search(r"^import ", script, re.MULTILINE)
    assert script.count("// stage/cut.js\n") == 1
    assert not re.search(r"^export ", component_script(default_export=False), re.MULTILINE)


def test_the_answers_script_stands_alone():
    script = component_script("stage/answer.js")
    assert script.startswith("// stage/answer.js\n")
    assert script.endswith("export default $stage_answer.asDefault;\n")
    assert "vaegc-answer" in script
    assert "mountStage" not in script
    assert "// stage/answer.js" not in component_script()


@pytest.fixture
def web_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(web_page, "FOLDER", tmp_path)
    component_script.cache_clear()
    yield tmp_path
    component_script.cache_clear()


def written(folder: Path, **sources: str) -> None:
    for name, source in sources.items():
        (folder / f"{name}.js").write_text(source, encoding="utf-8")


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed: it runs what was joined")
def test_modules_may_use_one_name_and_give_another_to_what_they_import(web_folder):
    written(
        web_folder,
        one="export const size = 1;\nexport function grown(x) {\n  return x + size;\n}\n",
        two='import { size as other,\n  grown } from "./one.js";\n\nconst size = 10;\nexport class Box {\n  area = grown(size) + other;\n}\n',
    )
    done = subprocess.run(
        ["node", "-e", component_script("two.js", default_export=False) + "console.log(new Box().area)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "12\n"


@pytest.mark.parametrize(
    ("sources", "words"),
    [
        ({"one": 'import { b } from "./two.js";\nexport const a = 1;\n', "two": 'import { a } from "./one.js";\nexport const b = 1;\n'}, "one.js -> two.js -> one.js"),
        ({"one": 'import * as all from "./two.js";\n'}, "in a form that cannot be joined"),
        ({"one": "export let a = 1;\n"}, "in a form that cannot be joined"),
    ],
    ids=["a circle", "another import", "another export"],
)  # fmt: skip
def test_what_cannot_be_joined_is_refused(sources, words, web_folder):
    written(web_folder, **sources)
    with pytest.raises(ValueError, match=words):
        component_script("one.js")


def test_all_style_sheets_of_the_components_are_joined_in_order():
    folder = Path(web_page.__file__).parent
    sheets = sorted(folder.rglob("*.css"), key=lambda path: path.name)
    assert folder / "stage" / "stage.css" in sheets
    assert component_css() == "\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets)


def held_by(html: str) -> bytes:
    """The scene inside a page."""
    (zipped,) = re.findall(r'atob\("([^"]*)"\)', html)
    return gzip.decompress(base64.b64decode(zipped))


def test_a_page_works_offline_and_holds_the_scene(packed, scene, tmp_path):
    page = vaegc.show(scene, tmp_path / "page.html")
    assert held_by(page.html) == packed
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == page.html == vaegc.show(packed).html
    assert "http://" not in page.html.replace("http://www.w3.org/", "")
    assert "https://" not in page.html
    assert "<iframe srcdoc=" in page._repr_html_()
    with pytest.raises(vaegc.BadInput, match="The page cannot be written"):
        page.save(tmp_path / "gone" / "page.html")


def test_no_class_name_can_close_the_pages_script():
    data = load_dataset("blobs", n=60)
    evil = Dataset(x=data.x, y=data.y, class_names=("</script><script>alert(1)</script>",) * 8, name="</script>")
    page = vaegc.show(replace(SPEC, dataset=evil, n=None).run().scene())
    assert page.html.count("</script>") == 1
