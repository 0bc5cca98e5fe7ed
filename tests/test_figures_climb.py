"""Charts of a climb say what the numbers say, stay small, and read on light and dark pages."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from samples import PathLengths
from vaegc import BadInput, KernelDensity
from vaegc.figures import _climb as climb
from vaegc.figures import density_grid, density_map, log_density_over_steps, modes_over_steps, path_lengths, step_lengths


def path(n: int = 200, steps: int = 12, seed: int = 0) -> PathLengths:
    """A climb whose points rest one after the other: point i makes i mod (steps + 1) steps."""
    rng = np.random.default_rng(seed)
    length = rng.lognormal(size=(steps + 1, n)) * 0.5 ** np.arange(steps + 1)[:, None]
    length[np.arange(steps + 1)[:, None] > np.arange(n) % (steps + 1)] = 0
    length[0] = 0
    logs = np.cumsum(rng.random((steps + 1, n)), axis=0) - 9
    return PathLengths(logs, np.arange(steps + 1) * 2, length.astype(np.float32), length.cumsum(axis=0).astype(np.float32))


def trace(figure, name):
    return next(t for t in figure.data if t.name == name)


def title(figure) -> list[str]:
    """Title and the lines of the subtitle."""
    return re.sub(r"<span[^>]*>|</span>", "", figure.layout.title.text).split("<br>")


def words(figure) -> str:
    axes = [getattr(figure.layout, axis).title.text for axis in ("xaxis", "yaxis", "yaxis2") if axis in figure.layout]
    return " | ".join([*title(figure), *(text or "" for text in axes), *(note.text for note in figure.layout.annotations)])


def every_figure(dark: bool, n: int = 300) -> dict:
    climbed, cloud = path(n), np.random.default_rng(1).standard_normal((n, 2))
    x = np.linspace(-4, 4, 160)
    grid = -0.5 * (x**2 + x[:, None] ** 2)
    return {
        "log": log_density_over_steps(climbed, dark=dark),
        "steps": step_lengths(climbed, np.full(n, 0.5), dark=dark, tol=0.01),
        "modes": modes_over_steps(climbed.steps, np.arange(n, n - 13, -1), dark=dark, n_points=n),
        "map": density_map(x, x, grid, cloud, cloud[:9], dark=dark),
        "path": path_lengths(climbed, 0.5, dark=dark),
    }


def test_log_density_lines_are_percentiles_over_points():
    climbed = path()
    figure = log_density_over_steps(climbed)
    for percent, name in ((5, "5 %"), (25, "25 %"), (50, "median"), (75, "75 %"), (95, "95 %")):
        np.testing.assert_allclose(trace(figure, name).y, np.percentile(climbed.log_density, percent, axis=1), rtol=1e-6)
        np.testing.assert_array_equal(trace(figure, name).x, climbed.steps)
    rest = np.percentile(climbed.log_density, (5, 25, 75, 95), axis=1).T  # what the hover tells beside the median
    np.testing.assert_allclose(trace(figure, "median").customdata, rest, rtol=1e-6)
    assert "log density (nats)" in words(figure)
    assert "N = 200 points" in words(figure)


def test_each_band_is_filled_between_its_own_two_lines():
    names = [t.name for t in log_density_over_steps(path()).data]
    filled = [t.name for t in log_density_over_steps(path()).data if t.fill == "tonexty"]
    assert filled == ["95 %", "75 %"]
    assert [names[names.index(name) - 1] for name in filled] == ["5 %", "25 %"]


def test_titles_say_what_the_median_does():
    climbed = path()
    start, end = (f"{np.median(climbed.log_density[t]):.3g}".replace("-", "−") for t in (0, -1))
    assert title(log_density_over_steps(climbed))[0] == f"Median log density: {start} to {end}"
    still = replace(climbed, log_density=np.full((13, 200), -2.5))
    assert title(log_density_over_steps(still))[0] == "Median log density: stays at −2.5"


def test_step_lengths_are_in_bandwidths_and_of_moving_points_only():
    climbed = path()
    scale = np.random.default_rng(2).uniform(0.5, 2, 200)
    figure = step_lengths(climbed, scale)
    relative = climbed.step_lengths / scale
    for percent, name in ((5, "5 %"), (50, "median"), (95, "95 %")):
        expected = [np.percentile(row[row > 0], percent) for row in relative[1:]]
        np.testing.assert_allclose(trace(figure, name).y, expected, rtol=1e-5)
    np.testing.assert_array_equal(trace(figure, "median").x, climbed.steps[1:])
    np.testing.assert_allclose(trace(figure, "at rest").y, 100 * (climbed.step_lengths[1:] == 0).mean(axis=1), rtol=1e-6)
    assert figure.layout.yaxis.type == "log"
    assert trace(figure, "at rest").yaxis == "y2"
    assert "step length<br>in bandwidths" in words(figure)
    assert "that still move, of N = 200 points" in words(figure)


def test_the_share_at_rest_is_never_rounded_up_to_all():
    lengths = np.zeros((3, 5000), dtype=np.float32)
    lengths[1] = 1
    climbed = PathLengths(np.zeros((3, 5000)), np.arange(3), lengths, lengths.cumsum(axis=0))
    assert title(step_lengths(climbed, 1.0))[0] == "All points are at rest at step 2"
    lengths[2, 0] = 0.5
    assert title(step_lengths(climbed, 1.0))[0] == "99.9 % of the points are at rest at step 2"


def test_without_points_at_rest_there_is_no_second_axis():
    climbed = path()
    figure = step_lengths(replace(climbed, step_lengths=climbed.step_lengths + np.float32(0.1)), 1.0)
    assert "at rest" not in [t.name for t in figure.data]
    assert "rest" not in words(figure)


def test_tol_is_a_line_at_its_place_within_the_axis():
    figure = step_lengths(path(), 1.0, tol=1e-5)
    assert "tol = 1e-05" in words(figure)
    assert [shape.y0 for shape in figure.layout.shapes] == [1e-5]
    assert figure.layout.annotations[0].y == pytest.approx(-5)  # annotations on a log axis are placed by exponent
    low, high = figure.layout.yaxis.range
    assert low < -5 < high
    assert not step_lengths(path(), 1.0).layout.shapes


def test_steps_below_the_resolution_do_not_stretch_the_axis():
    climbed = path()
    tiny = np.where(climbed.step_lengths > 0, np.float32(1e-20), 0)
    tiny[1] = 1
    assert step_lengths(replace(climbed, step_lengths=tiny), 1.0).layout.yaxis.range[0] > -9


@pytest.mark.parametrize("frames", [1, 3])
def test_a_climb_without_any_move_is_said_in_words(frames):
    none = np.zeros((frames, 7), dtype=np.float32)
    climbed = PathLengths(np.zeros((frames, 7)), np.arange(frames), none, none)
    for figure in (step_lengths(climbed, 1.0), path_lengths(climbed, 1.0)):
        assert title(figure) == ["No point has moved", "N = 7 points"]
        assert not figure.data
    assert trace(log_density_over_steps(climbed), "median").mode == ("markers" if frames == 1 else "lines")


def test_path_lengths_count_every_point_once():
    climbed = path(500)
    figure = path_lengths(climbed, 2.0)
    total = climbed.path_lengths[-1].astype(float) / 2
    (bars,) = figure.data
    assert bars.y.sum() == 500
    for middle, count in zip(bars.x, bars.y, strict=True):
        inside = (total >= middle - bars.width / 2) & (total <= middle + bars.width / 2)
        assert abs(inside.sum() - count) <= 1  # a point on an edge
    middle = np.median(total)
    assert f"travel less than {middle:.3g} bandwidths" in title(figure)[0]
    assert figure.layout.shapes[0].x0 == pytest.approx(middle)
    assert "in bandwidths" in figure.layout.xaxis.title.text


def test_one_far_traveller_does_not_squeeze_the_histogram():
    total = np.random.default_rng(0).uniform(1, 2, (1, 1000)).astype(np.float32)
    total[0, 0] = 1e6
    figure = path_lengths(PathLengths(total, np.arange(1), total, total), 1.0)
    assert figure.layout.xaxis.range[1] < 2.1
    assert figure.data[0].y.sum() == 1000
    assert "the last bar: all that travel further" in words(figure)
    assert "1,000,000" in figure.data[0].customdata[-1]


def test_modes_fall_on_a_log_axis_with_the_last_number_written_at_its_end():
    figure = modes_over_steps([0, 5, 10], [1200, 40, 9], n_points=3000)
    (line,) = figure.data
    assert (list(line.x), list(line.y), line.line.shape) == ([0, 5, 10], [1200, 40, 9], "hv")
    (label,) = figure.layout.annotations
    assert (label.text, label.x, label.y) == ("<b>9</b>", 10, pytest.approx(np.log10(9)))
    assert title(figure)[0] == "1,200 distinct places become 9"
    assert "N = 3,000 points" in words(figure)
    low, high = figure.layout.yaxis.range
    assert low < np.log10(9) < np.log10(1200) < high
    assert title(modes_over_steps([0], [1]))[0] == "Still 1 distinct place"


def test_many_frames_are_thinned_and_the_first_and_last_stay():
    figure = modes_over_steps(np.arange(9001), np.full(9001, 3))
    assert len(figure.data[0].x) == climb.MAX_LINE_FRAMES
    assert (figure.data[0].x[0], figure.data[0].x[-1]) == (0, 9000)


def test_rows_of_the_grid_are_y_and_columns_are_x():
    centres = np.array([[0.0, 0.0], [10.0, 2.0], [9.0, 2.0]])  # the peak lies right, at the top
    density = KernelDensity(centres, bandwidth=0.7)
    x, y, log_density = density_grid(density, centres, size=50, margin=0.1)
    assert (x.shape, y.shape, log_density.shape) == ((50,), (50,), (50, 50))
    assert (x[0], x[-1], y[0], y[-1]) == pytest.approx((-1, 11, -1, 3))
    i, j = np.unravel_index(log_density.argmax(), log_density.shape)
    assert abs(x[j] - 9.5) < 0.5
    assert abs(y[i] - 2) < 0.1
    for i, j in ((3, 40), (40, 3)):
        assert log_density[i, j] == pytest.approx(density.log_prob([[x[j], y[i]]])[0])
    drawn = density_map(x, y, log_density).data[0]
    np.testing.assert_allclose(drawn.z, log_density, rtol=1e-6)
    np.testing.assert_allclose(drawn.x, x, rtol=1e-6)
    np.testing.assert_allclose(drawn.y, y, rtol=1e-6)


def test_a_line_of_points_and_a_single_place_get_a_grid_with_an_area():
    density = KernelDensity([[0.0, 0.0], [1.0, 0.0]], bandwidth=1.0)
    for points in ([[0.0, 3.0], [4.0, 3.0]], [[5.0, 5.0]]):
        x, y, _ = density_grid(density, points, size=5)
        assert x[-1] > x[0]
        assert y[-1] > y[0]


def test_far_tails_do_not_eat_the_colours():
    rng = np.random.default_rng(3)
    cloud = rng.standard_normal((2000, 2))
    x = np.linspace(-40, 40, 401)
    log_density = -0.5 * (x**2 + x[:, None] ** 2)
    drawn = density_map(x, x, log_density, cloud).data[0]
    assert drawn.zmin == pytest.approx(np.percentile(-0.5 * (cloud**2).sum(axis=1), 2), abs=0.3)
    assert drawn.zmax == 0
    assert density_map(x, x, log_density).data[0].zmin == pytest.approx(np.percentile(log_density, 2))
    assert density_map(x, x, log_density, cloud, lowest=-7).data[0].zmin == -7


def test_gathered_points_do_not_flatten_the_colours():
    x = np.linspace(-5, 5, 101)
    log_density = -0.5 * (x**2 + x[:, None] ** 2)
    drawn = density_map(x, x, log_density, np.zeros((50, 2))).data[0]
    assert drawn.zmax - drawn.zmin == pytest.approx(-np.log(0.02))


def test_a_density_of_zero_far_away_is_drawn_at_the_bottom_of_the_colours():
    log_density = np.array([[-np.inf, -9.0, -3.0], [-8.0, -2.0, -1.0]])
    drawn = density_map([0, 1, 2], [0, 1], log_density).data[0]
    assert np.isfinite(drawn.z).all()
    assert drawn.z[0, 0] <= drawn.zmin


def test_points_are_sampled_with_a_fixed_seed_and_modes_are_crosses():
    cloud = np.random.default_rng(4).standard_normal((20_000, 2))
    x = np.linspace(-4, 4, 20)
    figures = [density_map(x, x, -(x**2 + x[:, None] ** 2), cloud, cloud[:3]) for _ in range(2)]
    dots, again = (trace(figure, "points") for figure in figures)
    assert len(dots.x) == 5000
    np.testing.assert_array_equal(dots.x, again.x)
    known = {tuple(point) for point in cloud.astype(np.float32)}
    assert {*zip(dots.x, dots.y, strict=True)} <= known
    assert trace(figures[0], "modes").marker.symbol == "x"
    np.testing.assert_allclose(np.c_[trace(figures[0], "modes").x, trace(figures[0], "modes").y], cloud[:3], rtol=1e-6)
    assert "5,000 of N = 20,000 points" in words(figures[0])
    assert "3 modes" in words(figures[0])
    assert figures[0].layout.yaxis.scaleanchor == "x"


@pytest.mark.parametrize("dark", [False, True])
def test_both_themes_have_clear_grounds_and_ink_that_reads(dark):
    page = (0x10, 0x14, 0x1C) if dark else (255, 255, 255)
    for name, figure in every_figure(dark).items():
        assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)", name
        inks = re.findall(r"color(?:'|\")?:\s?(?:'|\")?(#[0-9a-f]{6})", figure.layout.title.text)
        inks += [figure.layout.title.font.color, figure.layout.xaxis.tickfont.color, figure.layout.font.color]
        inks += [figure.layout.yaxis2.title.font.color] if name == "steps" else []
        for ink in inks:
            assert contrast(ink, page) >= 4.5, (name, ink)


def contrast(ink: str, page: tuple[int, int, int]) -> float:
    """WCAG contrast ratio."""

    def light(rgb):
        c = np.array(rgb) / 255
        return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4) @ (0.2126, 0.7152, 0.0722)

    pair = sorted([light([int(ink[i : i + 2], 16) for i in (1, 3, 5)]), light(page)])
    return (pair[1] + 0.05) / (pair[0] + 0.05)


def test_seventy_thousand_points_make_small_figures():
    for name, figure in every_figure(False, n=70_000).items():
        text = figure.to_json()
        assert len(text) < 300_000, name
        assert "N = 70,000 points" in words(figure), name
        assert json.loads(text)["layout"]["height"] == (420 if name == "map" else 280)


def test_bad_input_is_said_in_one_sentence():
    climbed, x = path(), np.arange(4.0)
    density = KernelDensity(np.random.default_rng(0).standard_normal((30, 10)))
    with pytest.raises(BadInput, match=re.escape("A density map needs a 2-D space; this one has d = 10.")):
        density_grid(density, density.centers)
    with pytest.raises(BadInput, match="needs a 2-D space; this one has d = 3"):
        density_map(x, x, np.zeros((4, 4)), np.zeros((5, 3)))
    for shape in ((4, 3), (16,)):
        with pytest.raises(BadInput, match="a row per y and a column per x"):
            density_map(x, x, np.zeros(shape))
    for bad in (np.nan, -np.inf):
        with pytest.raises(BadInput, match="must hold numbers"):
            density_map(x, x, np.full((4, 4), bad))
    for scale in (0.0, -1.0, np.nan, np.ones(3), np.ones((13, 200))):
        with pytest.raises(BadInput, match="scale must be one number above 0, or one per point"):
            step_lengths(climbed, scale)
    with pytest.raises(BadInput, match="scale"):
        path_lengths(climbed, 0.0)
    with pytest.raises(BadInput, match="tol must be a number"):
        step_lengths(climbed, 1.0, tol=-1)
    with pytest.raises(BadInput, match="same length"):
        modes_over_steps([0, 1], [3])
    with pytest.raises(BadInput, match="at least 1"):
        modes_over_steps([0, 1], [3, 0])
    with pytest.raises(BadInput, match="size must be a whole number"):
        density_grid(density, np.zeros((2, 2)), size=1)
