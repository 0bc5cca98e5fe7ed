"""Learn: every lesson shows its question, its one choice changes the scene, and the answer waits until it is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from vaegc.ui.learn import LESSONS
from vaegc.web.stage.scene_bytes import read_header

APP = Path(__file__).parent.parent / "app.py"


@pytest.fixture(scope="module")
def learn() -> AppTest:
    return AppTest.from_file(str(APP), default_timeout=600).switch_page("pages/6_Learn.py").run()


def header(at: AppTest) -> dict:
    (stage,) = (part for part in at.get("bidi_component") if part.proto.component_name == "vaegc_stage")
    return read_header(stage.proto.bytes)


def text(at: AppTest) -> str:
    return " ".join(str(element.value) for element in [*at.title, *at.markdown])


@pytest.mark.parametrize("lesson", LESSONS, ids=[lesson.title for lesson in LESSONS])
def test_a_lesson_asks_shows_and_its_choice_changes_the_scene(learn, lesson):
    at = learn.radio(key="lesson").set_value(lesson.title).run()
    assert not at.exception
    assert lesson.title in text(at)
    assert lesson.question in text(at)
    first = header(at)
    assert first["n"] == 1000
    at.session_state[f"choice-{lesson.title}"] = list(lesson.options)[-1]
    at = at.run()
    assert not at.exception
    assert header(at)["version"] != first["version"]


def test_the_lessons_say_what_is_so():
    """Each answer names an outcome; it is checked here, so that a lesson never teaches what its scene does not show."""
    why, wide, ring, nested = LESSONS
    climbed, still = (spec.run() for spec in why.options.values())
    assert climbed.suggestion.n_clusters == 8
    assert still.suggestion.n_clusters != 8
    few, middle, many = (set(spec.run().sweep.plateaus()["n_clusters"]) for spec in wide.options.values())
    assert max(few) > 16  # crumbs
    assert 8 in middle
    assert max(many, default=1) < 8  # melted together
    untouched, torn = (spec.run() for spec in ring.options.values())
    assert max(untouched.sweep.curve(untouched.dataset.y)["acc"]) > 0.95
    assert max(torn.sweep.curve(torn.dataset.y)["acc"]) < 0.9
    for spec in nested.options.values():
        found = spec.run()
        assert max(found.sweep.curve(found.dataset.y)["acc"]) < 0.97
