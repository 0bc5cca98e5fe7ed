"""The parts of the Data page."""

from __future__ import annotations

from vaegc.ui.data.cards import show_deferred_error, style
from vaegc.ui.data.gallery import gallery
from vaegc.ui.data.own_sets import own_sets
from vaegc.ui.data.requests import linked_dataset
from vaegc.ui.data.thumbnails import Thumbnails
from vaegc.ui.data.upload import page_title, upload_section

__all__ = ["Thumbnails", "gallery", "linked_dataset", "own_sets", "page_title", "show_deferred_error", "style", "upload_section"]
