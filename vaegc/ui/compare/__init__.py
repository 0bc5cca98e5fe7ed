"""The Compare page: methods beside each other, what the climb changes, where a clustering goes wrong."""

from __future__ import annotations

from vaegc.ui.compare.climb import what_the_climb_changes
from vaegc.ui.compare.confusion_panel import where_it_goes_wrong
from vaegc.ui.compare.export import take
from vaegc.ui.compare.filters import Chosen, choose, style
from vaegc.ui.compare.methods import methods

__all__ = ["Chosen", "choose", "methods", "style", "take", "what_the_climb_changes", "where_it_goes_wrong"]
