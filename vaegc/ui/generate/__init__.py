"""The Generate page: a map whose every place can be decoded, and image grids of clusters, plane and styles."""

from __future__ import annotations

from vaegc.ui.generate.map import map_section
from vaegc.ui.generate.sections import read_section_from_link, sections

__all__ = ["map_section", "read_section_from_link", "sections"]
