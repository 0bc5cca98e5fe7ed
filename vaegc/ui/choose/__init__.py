"""The Choose K page: the verdict on the number of clusters, the diagrams and votes behind it, and links into Explore."""

from vaegc.ui.choose.page import show_page
from vaegc.ui.choose.style import style

__all__ = ["show_page", "style"]
