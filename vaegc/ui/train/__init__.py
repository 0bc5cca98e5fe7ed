"""The Train page: settings, the run that is watched, the list of runs, and their comparison."""

from __future__ import annotations

from vaegc.ui.train.checkpoints import upload
from vaegc.ui.train.compare import compare
from vaegc.ui.train.facts import my_runs
from vaegc.ui.train.run_view import nothing_yet, show, uploaded_models
from vaegc.ui.train.runs import listing, selected
from vaegc.ui.train.settings import new_run
from vaegc.ui.train.style import style

__all__ = ["compare", "listing", "my_runs", "new_run", "nothing_yet", "selected", "show", "style", "upload", "uploaded_models"]
