"""The parts of the Data page."""

from __future__ import annotations

from vaegc.ui.data.cards import notice, style
from vaegc.ui.data.gallery import gallery
from vaegc.ui.data.own_sets import own_sets
from vaegc.ui.data.requests import asked_for
from vaegc.ui.data.thumbnails import Pictures
from vaegc.ui.data.upload import bring, welcome

__all__ = ["Pictures", "asked_for", "bring", "gallery", "notice", "own_sets", "style", "welcome"]
