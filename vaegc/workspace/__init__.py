"""What belongs to one browser profile: its data sets, its runs, its models.

Everything is found by an id and its owner, never by a path: what a link or a form says cannot reach a file of somebody else.
"""

from __future__ import annotations

from vaegc.workspace._kept import MINE, KeptData, KeptModel, file_name, is_mine
from vaegc.workspace._room import forget
from vaegc.workspace._training import train_command
from vaegc.workspace._workspace import Workspace

__all__ = ["MINE", "KeptData", "KeptModel", "Workspace", "file_name", "forget", "is_mine", "train_command"]
