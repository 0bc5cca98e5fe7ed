"""What is drawn is right wherever the data lie, in whichever unit, and with a wild row among them."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from vaegc import AscentConfig, Dataset, Experiment
from vaegc.experiment.export import points_table
from vaegc.experiment.scene_arrays import clip_outliers
from vaegc.web.stage.scene import pack
from vaegc.web.stage.scene_bytes import read_array, read_header

PLACES = np.random.default_rng(0).normal(size=(3, 60, 2)) * 0.3 + np.array([[[0, 0]], [[5, 0]], [[0, 5]]])
BLOBS = PLACES.reshape(-1, 2)
CLIMB = AscentConfig(steps=2, neighbors=8)


def packed_of(x: np.ndarray, ascent: AscentConfig | None = CLIMB) -> bytes:
    return pack(Experiment(dataset=Dataset(x=x), model=None, ascent=ascent).run().scene())


def frames(packed: bytes) -> np.ndarray:
    return read_array(packed, "frames").astype(np.int64)


@pytest.mark.parametrize(("shift", "unit"), [(1.7e9, 1.0), (-5.5e6, 1.0), (0.0, 1e-40), (0.0, 1e30), (1e5, 1e-3)])
def test_the_picture_is_the_same_wherever_the_data_lie_and_in_whichever_unit(shift, unit):
    x = BLOBS * unit + shift
    near = (x - shift) / unit  # the same numbers around 0, as far as they could be written there
    there, here = packed_of(x), packed_of(near)
    assert np.abs(frames(there) - frames(here)).max() <= 2  # of 65,535
    box, at_home = read_header(there)["bounds"], read_header(here)["bounds"]
    np.testing.assert_allclose(box, np.array(at_home) * unit + shift, rtol=1e-6)  # still in the user's units
    kept = read_array(there, "columns")
    np.testing.assert_allclose(kept, x.T, rtol=0, atol=1e-3 * np.ptp(x, axis=0).min())
    spans = [(column["low"], column["high"]) for column in read_header(there)["columns"]]
    np.testing.assert_allclose(spans, np.stack([x.min(axis=0), x.max(axis=0)]).T, rtol=1e-12 if shift else 1e-6)


@pytest.mark.parametrize("far", [1e3, 1e6, 1e12])
def test_one_wild_row_leaves_the_picture_to_the_others_and_is_said(far):
    packed = packed_of(np.vstack([BLOBS, [[far, far]]]))
    last = frames(packed)[-1]
    middles = np.stack([last[k * 60 : k * 60 + 60].mean(axis=0) for k in range(3)])
    apart = np.linalg.norm(middles[:, None] - middles, axis=2)[np.triu_indices(3, 1)]
    assert apart.min() > 10_000  # of 65,535; all three were in one pixel
    assert last[-1].tolist() == [65_535, 65_535]
    assert "1 point lies far outside the picture, drawn at its rim." in read_header(packed)["notes"]


def test_what_is_drawn_at_the_rim_is_swept_and_written_where_it_is():
    result = Experiment(dataset=Dataset(x=np.vstack([BLOBS, [[1e6, 1e6]]])), model=None, ascent=CLIMB).run()
    assert result.trajectory.frame(-1)[-1].tolist() == [1e6, 1e6]
    assert points_table(result).column("x_end")[-1].as_py() == 1e6
    assert result.sweep.eps_range()[1] > 1e5


@pytest.mark.parametrize(
    "x", [BLOBS, np.random.default_rng(1).standard_t(3, (300, 2)), np.column_stack([BLOBS[:, 0], np.zeros(180)])]
)
def test_what_has_no_wild_row_is_drawn_as_it_is(x):
    shown, said = clip_outliers(x[None])
    assert shown is not None
    np.testing.assert_array_equal(shown[0], x)
    assert said == ""


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
def test_few_points_are_drawn_as_they_are_unless_one_is_far_from_many(n):
    x = np.random.default_rng(0).normal(size=(n, 2))
    shown, said = clip_outliers(np.stack([x, x]))
    np.testing.assert_array_equal(shown, np.stack([x, x]))
    assert said == ""


def test_the_map_that_is_decoded_gets_its_places_in_float64():
    from vaegc.ui.generate.payload import to_base64

    x = BLOBS + 1.7e9
    sent = np.frombuffer(base64.b64decode(to_base64(clip_outliers(x[None])[0][0].astype(np.float64)))).reshape(-1, 2)
    np.testing.assert_array_equal(sent, x)
