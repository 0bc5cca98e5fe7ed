"""The picture: a scene packed into bytes for the browser, and stand-alone pages of the same scene.

Source of the format and of what the browser computes: design section 6.
"""

from __future__ import annotations

from vaegc.web.page import Page, show, stage_css, stage_script
from vaegc.web.stage.scene import Contours, Scene, Tree, pack, tree_frames

__all__ = ["Contours", "Page", "Scene", "Tree", "pack", "show", "stage_css", "stage_script", "tree_frames"]
