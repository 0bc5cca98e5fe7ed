"""Pages as a test runs them, without a browser: opened, read, and looked at again until they say something."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from validity import valid_scene

APP = str(Path(__file__).parent.parent / "app.py")
SOON = 600  # seconds that a busy machine may take


def open_page(page: str = "", session: Mapping[str, object] | None = None, /, **query: str) -> AppTest:
    """Run a page, Explore if none is named, with this state of the session and this link."""
    app = AppTest.from_file(APP, default_timeout=SOON)
    if page:
        app.switch_page(page)
    for name, value in (session or {}).items():
        app.session_state[name] = value
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def link(app: AppTest) -> dict[str, str]:
    """What the page's address says."""
    return {name: value if isinstance(value, str) else value[0] for name, value in app.query_params.items()}


def keys(app: AppTest) -> set[str]:
    """Keys of all buttons."""
    return {button.key for button in app.button}


def scene(app: AppTest) -> bytes:
    """The bytes that the one stage of the page was given."""
    assert not app.exception
    (stage,) = (part for part in app.get("bidi_component") if part.proto.component_name == "vaegc_stage")
    return valid_scene(stage.proto.bytes)


def warnings(block: Any) -> str:
    """What is warned of on a page, or in a part of one."""
    return " ".join(element.value for element in block.warning)


def until(app: AppTest, text: Callable[[AppTest], str], *said: str) -> AppTest:
    """Run the page again until its text says one of these."""
    end = time.monotonic() + SOON
    while not any(words in text(app) for words in said):
        assert time.monotonic() < end, text(app)
        time.sleep(0.3)
        app = app.run()
    assert not app.exception
    return app
