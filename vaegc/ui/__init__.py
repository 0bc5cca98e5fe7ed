"""The app's own parts: page frame, errors as show_errors, the stage as a component, and the controls of each page."""

from __future__ import annotations

from vaegc.ui.page_setup import set_up_page, show_errors

__all__ = ["set_up_page", "show_errors"]
