"""The Train page: settings, the run that is watched, the list of runs, and their comparison."""

from __future__ import annotations

from vaegc.ui.train.checkpoints import upload_section
from vaegc.ui.train.compare import compare_runs
from vaegc.ui.train.facts import my_runs
from vaegc.ui.train.run_view import empty_state, show_selected, uploaded_models
from vaegc.ui.train.runs import run_list, selected
from vaegc.ui.train.settings import new_run_section
from vaegc.ui.train.style import style

__all__ = [
    "compare_runs",
    "empty_state",
    "my_runs",
    "new_run_section",
    "run_list",
    "selected",
    "show_selected",
    "style",
    "upload_section",
    "uploaded_models",
]
