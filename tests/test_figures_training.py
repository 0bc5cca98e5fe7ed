"""What a training looks like: maps that do not jump, axes that leave out only the first epochs, honest numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from vaegc.errors import BadInput
from vaegc.figures import _training as training
from vaegc.figures import (
    compare_losses,
    latent_map,
    loss_curves,
    palette_index,
    phase_starts,
    pixels,
    reconstruction_pairs,
    thin_indices,
    used_dimensions,
)
from vaegc.web import palette

RNG = np.random.default_rng(0)
CLOUD = RNG.normal(size=(200, 5)) * [4, 2, 1, 0.5, 0.1]
TWO_PHASES = {
    "epoch": [1, 2, 3, 4], "phase": ["pretrain", "pretrain", "fit", "fit"], "loss": [50.0, 20.0, 40.0, 35.0],
    "reconstruction": [50.0, 20.0, 22.0, 21.0], "kl": [None, None, 18.0, 14.0], "clusters_used": [None, None, 9.0, 10.0],
    "held_out": [52.0, 24.0, 44.0, 39.0], "held_out_kl": [None, None, 19.0, 15.0], "dimensions_used": [5.0] * 4,
}  # fmt: skip


def turned(points: np.ndarray, angle: float) -> np.ndarray:
    cos, sin = math.cos(angle), math.sin(angle)
    return points @ np.array([[cos, -sin], [sin, cos]])


def test_two_latent_dimensions_are_shown_as_they_are():
    drawn = latent_map(CLOUD[:, :2])
    np.testing.assert_allclose(drawn.xy, CLOUD[:, :2] - CLOUD[:, :2].mean(0), rtol=1e-5, atol=1e-5)
    assert drawn.words == "Both latent dimensions, as they are"
    assert (np.abs(drawn.xy) <= np.array(drawn.half) * 1.5).all()


def test_more_dimensions_are_shown_by_their_first_two_principal_components():
    drawn = latent_map(CLOUD)
    centred = CLOUD - CLOUD.mean(0)
    kept = np.linalg.svd(centred, compute_uv=False)[:2] ** 2
    np.testing.assert_allclose((drawn.xy.astype(float) ** 2).sum(0), kept, rtol=1e-4)
    assert f"keeps {100 * kept.sum() / (centred**2).sum():.0f} % of their variance" in drawn.words


def test_a_map_does_not_turn_or_flip_between_two_looks():
    before = latent_map(CLOUD)
    for angle, flip in ((0.0, 1.0), (2.0, 1.0), (0.7, -1.0)):
        moved = CLOUD.copy()
        moved[:, :2] = turned(CLOUD[:, :2], angle) * [flip, 1.0]  # the same shape, whose components may come out anyhow
        np.testing.assert_allclose(latent_map(moved, before).xy, before.xy, atol=0.02 * np.abs(before.xy).max())


def test_the_frame_of_a_map_stays_while_its_points_fit_and_follows_when_they_do_not():
    before = latent_map(CLOUD)
    assert latent_map(CLOUD * 1.04, before).half == before.half
    assert latent_map(CLOUD * 0.9, before).half == before.half
    assert latent_map(CLOUD * 2, before).half[0] > 1.5 * before.half[0]
    assert latent_map(CLOUD * 0.2, before).half[0] < 0.5 * before.half[0]


def test_one_latent_dimension_is_a_line_whose_height_means_nothing():
    drawn = latent_map(CLOUD[:, :1])
    np.testing.assert_allclose(drawn.xy[:, 0], CLOUD[:, 0] - CLOUD[:, 0].mean(), rtol=1e-4, atol=1e-5)
    assert "height means nothing" in drawn.words


def test_points_that_are_all_the_same_still_have_a_map():
    for d in (1, 2, 4):
        drawn = latent_map(np.ones((5, d)))
        assert np.isfinite(drawn.xy).all()
        assert min(drawn.half) > 0


def test_a_stray_point_does_not_squeeze_the_others():
    stray = np.vstack([CLOUD[:, :2], [[400.0, 0.0]]])
    assert latent_map(stray).half[0] < 40


def test_used_dimensions_are_counted_as_training_counts_them():
    from vaegc.models.base import ACTIVE_VARIANCE

    assert training.MIN_USED_VARIANCE == ACTIVE_VARIANCE
    variance, used = used_dimensions(CLOUD * [1, 1, 1, 1, 0.01])
    np.testing.assert_allclose(variance, (CLOUD * [1, 1, 1, 1, 0.01]).var(0, ddof=1))
    assert used.tolist() == [True] * 4 + [False]


def test_the_loss_comes_first_and_held_out_parts_belong_to_their_curve():
    curves = {curve.name: curve for curve in loss_curves(TWO_PHASES)}
    assert list(curves) == ["loss", "reconstruction", "kl"]
    assert curves["loss"].held_out.tolist() == [52, 24, 44, 39]
    assert curves["reconstruction"].held_out is None
    assert np.isnan(curves["kl"].values[:2]).all()
    assert phase_starts(TWO_PHASES) == [2]


def test_an_axis_ends_at_ticks_around_all_but_each_phases_first_epochs():
    falling = 100 * np.exp(-np.arange(40) / 3) + 5
    (curve,) = loss_curves({"phase": ["fit"] * 40, "loss": falling.tolist()})
    assert curve.low <= falling.min()
    assert falling[2] <= curve.high < falling[0]
    assert (curve.ticks[0], curve.ticks[-1]) == (curve.low, curve.high)
    assert 3 <= len(curve.ticks) <= 7


def test_an_axis_does_not_make_news_of_noise_and_takes_a_single_value():
    (curve,) = loss_curves({"phase": ["fit"] * 30, "loss": (500 + 0.01 * RNG.normal(size=30)).tolist()})
    assert curve.high - curve.low > 10
    (single,) = loss_curves({"phase": ["fit"], "loss": [3.0]})
    assert single.low < 3 < single.high
    assert loss_curves({"phase": [], "loss": []})[0].ticks == (0.0, 0.5, 1.0)


def test_an_axis_stands_still_while_values_come_in():
    values = (20 * np.exp(-np.arange(200) / 40) + 4).tolist()
    ends = [(c.low, c.high) for n in range(20, 200) for c in loss_curves({"phase": ["fit"] * n, "loss": values[:n]})]
    assert len(set(ends)) < 15


def test_thinned_epochs_begin_and_end_where_the_run_does():
    assert thin_indices(0).tolist() == []
    assert thin_indices(3).tolist() == [0, 1, 2]
    shown = thin_indices(5000)
    assert (shown[0], shown[-1], len(shown)) == (0, 4999, training.MAX_CURVE_EPOCHS)


def test_pictures_become_bytes_between_black_and_white():
    grey = pixels([[-1.0, 0.0, 0.5, 2.0]], (2, 2))
    assert grey.shape == (1, 2, 2, 1)
    assert grey.ravel().tolist() == [0, 0, 128, 255]
    assert pixels([[0.0] * 12], (2, 2, 3), (-1.0, 1.0)).shape == (1, 2, 2, 3)
    assert pixels([[0.0] * 12], (2, 2, 3), (-1.0, 1.0)).max() == 128


def test_reconstructions_of_a_table_are_set_against_it_on_one_scale():
    x = RNG.normal(size=(8, 3))
    exact = reconstruction_pairs(x, x)
    assert exact.r2 == 1
    np.testing.assert_array_equal(exact.x, exact.y)
    assert exact.x.min() > 0
    assert exact.x.max() < 1
    assert reconstruction_pairs(x, np.tile(x.mean(0), (8, 1))).r2 == pytest.approx(0)
    assert reconstruction_pairs(x, x[::-1]).r2 < 0
    assert len(reconstruction_pairs(np.ones((8, 300)), np.ones((8, 300))).x) == training.MAX_PAIR_DOTS
    assert math.isnan(reconstruction_pairs(np.ones((8, 3)), np.ones((8, 3))).r2)
    with pytest.raises(BadInput, match="one reconstruction per input"):
        reconstruction_pairs(x, x[:4])


def test_classes_share_the_ten_colours_in_turn():
    assert palette_index([0, 9, 10, 21]).tolist() == [0, 9, 0, 1]
    assert len(palette.LIGHT) == 10


def test_losses_of_runs_are_drawn_on_the_same_axes_and_broken_between_phases():
    longer = {"phase": ["fit"] * 6, "loss": [30.0, 10.0, 8.0, 7.0, 6.0, 5.0]}
    figure = compare_losses([("one", TWO_PHASES), ("<b>two</b>", longer)])
    assert [trace.name for trace in figure.data] == ["one", "&lt;b&gt;two&lt;/b&gt;"]
    assert np.isnan(figure.data[0].y).tolist() == [False, False, True, False, False]
    assert figure.layout.xaxis.range[1] == 6.5
    low, high = figure.layout.yaxis.range
    assert low <= 5
    assert high >= 40
    assert len({trace.line.dash for trace in figure.data}) == 2


def test_a_part_that_few_runs_have_is_drawn_for_those_and_none_is_said():
    figure = compare_losses([("one", TWO_PHASES), ("two", {"phase": ["fit"], "loss": [1.0]})], "kl", dark=True)
    assert [trace.name for trace in figure.data] == ["one"]
    assert "No kl yet" in compare_losses([("two", {"phase": ["fit"], "loss": [1.0]})], "kl").layout.title.text
    assert "No loss yet" in compare_losses([]).layout.title.text
