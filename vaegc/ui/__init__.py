"""The app's own parts: page frame, errors as sentences, the stage as a component, and the controls of each page."""

from __future__ import annotations

from vaegc.ui.page_setup import page_frame, sentences

__all__ = ["page_frame", "sentences"]
