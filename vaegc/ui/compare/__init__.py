"""The Compare page: methods side by side, paired differences of the climb, confusion matrices."""

from __future__ import annotations

from vaegc.ui.compare.climb import climb_section
from vaegc.ui.compare.confusion_panel import confusion_section
from vaegc.ui.compare.export import export_section
from vaegc.ui.compare.filters import Comparison, filter_controls, style
from vaegc.ui.compare.methods import methods_section

__all__ = ["Comparison", "climb_section", "confusion_section", "export_section", "filter_controls", "methods_section", "style"]
