"""Choose K: how many clusters there are, and whether to believe it: a verdict, what it rests on, and the way into every state of it."""

from vaegc.ui.choose.page import show_board
from vaegc.ui.choose.style import style

__all__ = ["show_board", "style"]
