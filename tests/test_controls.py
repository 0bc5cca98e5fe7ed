"""A control shows the value that is used: the default as the default, what was chosen by hand as that, what is clipped as clipped."""

from __future__ import annotations

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from apptest import open_page as opened
from vaegc import AscentConfig, Experiment
from vaegc.experiment.estimate import climb_dimensions
from vaegc.experiment.summary import describe_neighbors
from vaegc.neighbors import default_neighbors, neighbor_count
from vaegc.ui.ascent_controls import DEFAULT
from vaegc.web.stage.scene_bytes import read_header

SLIDER = "explore_neighbors"


def of_the_climb() -> None:
    import streamlit as st

    from vaegc.ui.ascent_controls import climb_controls

    given, size = st.session_state["given"], st.session_state["size"]
    st.session_state["made"] = climb_controls(given, None, "latent", None, size)


def controls(n: int, d: int, neighbors: float | None = None) -> AppTest:
    app = AppTest.from_function(of_the_climb)
    app.session_state["given"], app.session_state["size"] = AscentConfig(neighbors=neighbors), (n, d)
    return app.run()


def slider(app: AppTest):
    return app.select_slider(key=SLIDER)


def made(app: AppTest) -> float | None:
    return app.session_state["made"].neighbors


def shown(app: AppTest) -> str:
    """What stands over the handle."""
    return slider(app).options[[str(option) for option in slider(app).options].index(slider(app).format_func(slider(app).value))]


@pytest.mark.parametrize(("n", "d"), [(150, 2), (1797, 10), (4999, 16), (5000, 16), (7494, 16), (70_000, 10), (600, 384)])
def test_the_slider_shows_the_neighbours_that_the_default_takes(n, d):
    app = controls(n, d)
    assert made(app) is None
    k = default_neighbors(n, d)
    assert slider(app).value == DEFAULT
    assert shown(app) == f"{describe_neighbors(k, n, noun=False)} · default"


@pytest.mark.parametrize("share", [0.01, 0.02, 0.04, 0.08])
@pytest.mark.parametrize(("n", "d"), [(1797, 10), (5000, 16)])
def test_a_share_that_is_chosen_by_hand_is_the_one_that_is_climbed(n, d, share):
    app = controls(n, d)
    same = neighbor_count(share, n, d) == default_neighbors(n, d)
    slider(app).set_value(DEFAULT if same else share).run()
    assert neighbor_count(made(app), n, d) == round(share * n)
    assert shown(app).startswith(f"{round(share * n):,} (")
    slider(app).set_value(DEFAULT).run()
    assert made(app) is None


def test_four_percent_can_be_had_where_it_is_not_the_default_and_stays_in_the_link():
    app = controls(5000, 16)
    slider(app).set_value(0.04).run()
    assert made(app) == 0.04  # was None, which stood for another number of neighbours
    assert (
        "ascent.neighbors=0.04" in Experiment(model=None, dataset="digits", ascent=AscentConfig(neighbors=made(app))).to_query()
    )


@pytest.mark.parametrize("given", [0.04, 0.013, 7, 72, 9999])
def test_what_a_link_wrote_stays_as_it_was_written(given):
    app = controls(1797, 10, given)
    assert made(app) == given
    assert type(made(app)) is type(given)
    k = neighbor_count(given, 1797, 10)
    assert shown(app).startswith(f"{k:,} (")  # of more neighbours than there are: as many as there are
    assert shown(app).endswith("default") == (k == default_neighbors(1797, 10))


def test_what_was_chosen_stays_when_there_are_other_points():
    app = controls(1797, 10)
    slider(app).set_value(0.08).run()
    app.session_state["size"] = (5000, 16)
    app.run()
    assert made(app) == 0.08
    assert shown(app) == "400 (8 %)"
    slider(app).set_value(DEFAULT).run()
    app.session_state["size"] = (300, 2)
    app.run()
    assert made(app) is None
    assert shown(app) == f"{describe_neighbors(default_neighbors(300, 2), 300, noun=False)} · default"


@pytest.mark.parametrize("n", [2, 3, 5, 12])
def test_few_points_have_few_numbers_of_neighbours_each_once(n):
    app = controls(n, 2)
    assert not app.exception
    if n > 2:
        counts = [option.split(" ")[0] for option in slider(app).options]
        assert len(set(counts)) == len(counts)
        assert all(1 <= int(k) < n for k in counts)
    else:
        assert any("1 neighbour (50 %)" in caption.value for caption in app.caption)


@pytest.mark.parametrize(
    ("space", "map_dim", "features", "latent", "wanted"),
    [
        ("latent", 2, 64, 10, 10), ("latent", 2, 64, None, 64), ("data", 2, 64, 10, 64), ("pca", 3, 64, 10, 3), ("pca", 5, 4, None, 4),
        ("tsne", 2, 64, 10, 2), ("umap", 10, 4, None, 10),
    ],
)  # fmt: skip
def test_the_dimensions_that_are_climbed(space, map_dim, features, latent, wanted):
    assert climb_dimensions(space, map_dim, features, latent) == wanted


def test_maps_of_few_points_say_what_is_used_in_place_of_what_is_set(monkeypatch):
    app = opened(n="120", space="pca", **{"ascent.steps": "1", "map.perplexity": "50"})
    app.sidebar.selectbox(key="explore_space:digits").set_value("tsne")
    said = lambda: [caption.value for caption in app.sidebar.caption]  # noqa: E731
    assert not any("perplexity" in words for words in said())
    app.run()
    assert "120 points allow a perplexity of 39.7 at most: 39.7 is used." in said()


def test_fewer_points_of_a_small_set_than_there_are_have_a_control():
    app = opened(n="120", view="pca", **{"ascent.steps": "1"})
    size = next(box for box in app.sidebar.selectbox if box.label == "Size")
    assert size.value == 120
    size.select_index(size.options.index("All 1,797 points")).run()
    assert "n" not in app.query_params


def test_the_caption_names_the_neighbours_in_use_as_the_slider_does():
    app = opened(dataset="moons", n="300", model="off", **{"ascent.steps": "1"})
    (stage,) = [part for part in app.get("bidi_component") if part.proto.component_name == "vaegc_stage"]
    k = default_neighbors(300, 2)
    assert f"bandwidth from {describe_neighbors(k, 300)}" in read_header(stage.proto.bytes)["caption"]
    assert shown(app) == f"{describe_neighbors(k, 300, noun=False)} · default"
    assert np.isin(k, [int(option.split(" ")[0]) for option in slider(app).options])
