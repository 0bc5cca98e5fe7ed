"""Charts that stand still say what the moving ones say, in colours that the page decides."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest

from samples import PathLengths
from vaegc import EpsilonSweep
from vaegc.figures import log_density_over_steps, modes_over_steps, path_lengths, static_chart, static_sweep, step_lengths
from vaegc.web import palette


def path(n: int = 200, steps: int = 12) -> PathLengths:
    """Point i makes i mod (steps + 1) steps and then rests; the last has travelled far."""
    rng = np.random.default_rng(0)
    length = rng.lognormal(size=(steps + 1, n)) * 0.5 ** np.arange(steps + 1)[:, None]
    length[np.arange(steps + 1)[:, None] > np.arange(n) % (steps + 1)] = 0
    length[0] = 0
    length[1, -1] = 99
    logs = np.cumsum(rng.random((steps + 1, n)), axis=0) - 9
    return PathLengths(logs, np.arange(steps + 1), length.astype(np.float32), length.cumsum(axis=0).astype(np.float32))


CHARTS = {
    "density": lambda: log_density_over_steps(path()),
    "steps": lambda: step_lengths(path(), np.full(200, 0.5), tol=0.01),
    "modes": lambda: modes_over_steps(np.arange(13), np.geomspace(200, 3, 13).astype(int), False, 200),
    "paths": lambda: path_lengths(path(), 0.5),
    "nothing": lambda: path_lengths(
        PathLengths(path().log_density, np.arange(13), np.zeros((13, 200)), np.zeros((13, 200))), 0.5
    ),
    "one step": lambda: modes_over_steps([0], [5]),
}


def texts(svg: str) -> str:
    return " ".join("".join(element.itertext()) for element in ET.fromstring(svg).iter() if element.tag.endswith("text"))


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_keeps_its_words_and_is_whole(name):
    chart = CHARTS[name]()
    made = static_chart(chart, "x")
    words = re.sub(r"<[^>]+>", " ", chart.layout.title.text)
    assert " ".join(words.split()) == f"{made.title} {made.note}"
    drawn = texts(made.svg)
    for axis in ("xaxis", "yaxis", "yaxis2"):
        title = getattr(chart.layout, axis).title.text if axis in chart.layout and name != "nothing" else None
        for line in (title or "").split("<br>"):
            assert line in drawn, (axis, line)
    root = ET.fromstring(made.svg)
    assert root.get("role") == "img"
    assert made.title in root.get("aria-label")


@pytest.mark.parametrize("name", CHARTS)
def test_its_colours_are_the_pages_and_its_ids_its_own(name):
    svg = static_chart(CHARTS[name](), "mine").svg
    assert not re.search(r"#[0-9a-f]{6}", svg)
    assert "metadata" not in svg
    ids = re.findall(r'id="([^"]+)"', svg)
    assert len(ids) == len(set(ids))
    assert all(one.startswith("mine-") for one in ids)
    for one in re.findall(r'(?:href="|url\()#([^")]+)', svg):
        assert one in ids


def test_what_the_charts_show_is_in_the_picture():
    bands = static_chart(CHARTS["density"](), "x").svg
    assert bands.count("var(--c0)") >= 3  # two bands and the median
    rest = static_chart(CHARTS["steps"](), "x").svg
    assert "points at rest" in texts(rest)
    assert "tol = 0.01" in texts(rest)
    assert "var(--c3)" in rest
    assert static_chart(CHARTS["paths"](), "x").svg.count("var(--c0)") >= 40  # a bar each


def test_the_curve_names_its_plateaus():
    rng = np.random.default_rng(0)
    sweep = EpsilonSweep().fit(np.repeat(30 * np.eye(3), 100, axis=0) + rng.normal(size=(300, 3)))
    found = sweep.suggest()
    made = static_sweep(sweep.curve(min_size=0.01), sweep.plateaus(), found, sweep.curve(min_size=0.05))
    assert not set(palette.LIGHT) & set(re.findall(r"#[0-9a-f]{6}", made.svg))
    assert (found.n_clusters, sweep.plateaus().iloc[0]["n_clusters"]) == (3, 3)
    assert "3 clusters" in texts(made.svg)
    assert "clusters before the climb" in texts(made.svg)
    assert made.note == "Bands: the longest plateaus. Dashed: the suggestion."
    assert "Dashed" not in static_sweep(sweep.curve(min_size=0.01), sweep.plateaus(), replace(found, eps=None)).note


def test_the_same_chart_is_the_same_picture():
    assert static_chart(CHARTS["steps"](), "x").svg == static_chart(CHARTS["steps"](), "x").svg
