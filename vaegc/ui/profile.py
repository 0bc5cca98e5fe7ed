"""Browser profile: a random name in a cookie, so that a reload or a second tab finds the same workspace.

It is a secret: whoever knows it is its owner. It is in no link and in no file; on the disk there is its hash.
"""

from __future__ import annotations

import re
import secrets
from pathlib import Path

import streamlit as st

from vaegc.limits import read_only
from vaegc.store import content_hash
from vaegc.workspace import Workspace

COOKIE = "vaegc_profile"
_NAME = re.compile(r"[A-Za-z0-9_-]{32}")

_component = st.components.v2.component("vaegc_profile", js=Path(__file__).with_name("profile.js").read_text(encoding="utf-8"))


def owner() -> str:
    """Return the owner id of this browser's workspace: 16 hexadecimal digits."""
    return content_hash("profile", _name())


def workspace() -> Workspace:
    """Return the workspace of this browser on this server."""
    return Workspace(owner())


def mount_profile() -> None:
    """Mount the component that keeps the name in a cookie; takes no room on the page."""
    with st.container(key="profile"):
        _component(key="profile-name", data={"fresh": _name()}, on_name_change=_adopt_name)


def _name() -> str:
    """The browser's name: as its cookie had it when the page was opened, else a new one, which becomes its cookie."""
    name = st.session_state.get("profile")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        given = st.context.cookies.get(COOKIE, "")
        name = given if isinstance(given, str) and _NAME.fullmatch(given) else secrets.token_urlsafe(24)
        st.session_state["profile"] = name
        if name == given and not read_only():
            Workspace(content_hash("profile", name)).touch()
    return name


def _adopt_name() -> None:
    """Take the name that the browser already had: another tab gave it one while this one was opening."""
    reported = st.session_state.get("profile-name", {}).get("name")
    if isinstance(reported, str) and _NAME.fullmatch(reported):
        st.session_state["profile"] = reported
