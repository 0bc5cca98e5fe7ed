"""The Generate page: a map whose every place is decoded, and sheets of what a model imagines."""

from __future__ import annotations

from vaegc.ui.generate.map import play
from vaegc.ui.generate.sections import link_section, sections

__all__ = ["link_section", "play", "sections"]
