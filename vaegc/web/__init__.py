"""What runs in the browser: scenes packed into bytes, the JavaScript components, stand-alone pages (README.md says how).

README.md gives the format, and what the browser computes.
"""

from __future__ import annotations

from vaegc.web.page import Page, component_css, component_script, show
from vaegc.web.stage.scene import Contours, Scene, Tree, pack, tree_frames

__all__ = ["Contours", "Page", "Scene", "Tree", "component_css", "component_script", "pack", "show", "tree_frames"]
