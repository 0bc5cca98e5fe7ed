"""Workspaces: the data sets, runs and models of one browser profile.

Everything is found by an id and its owner, never by a path: what a link or a form says cannot reach a file of somebody else.
"""

from __future__ import annotations

from vaegc.workspace._records import PRIVATE_PREFIX, StoredDataset, StoredModel, file_name, is_private
from vaegc.workspace._storage import delete_unused_profiles
from vaegc.workspace._training import train_command
from vaegc.workspace._workspace import Workspace

__all__ = [
    "PRIVATE_PREFIX",
    "StoredDataset",
    "StoredModel",
    "Workspace",
    "delete_unused_profiles",
    "file_name",
    "is_private",
    "train_command",
]
