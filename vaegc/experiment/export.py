"""What a result gives away: labels as a table, and the link, Python and command that make it again."""

from __future__ import annotations

import numpy as np
import pandas as pd

from vaegc.datasets import Dataset
from vaegc.errors import BadInput
from vaegc.experiment.result import Result
from vaegc.experiment.spec import Experiment


def labels_table(result: Result) -> pd.DataFrame:
    """Return id, where the data name their rows, point, cluster and, where known, class: one row per point; -1 is noise."""
    if result.labels is None:
        raise BadInput("There are no labels without an ε; choose one.")
    return table_of(result.dataset, result.labels)


def table_of(data: Dataset, labels: np.ndarray) -> pd.DataFrame:
    """Return id, where there is one, point, which is its row in the source, cluster and, where known, class."""
    table = pd.DataFrame({"point": np.arange(len(data)) if data.rows is None else data.rows, "cluster": labels})
    if data.y is not None:
        table["class"] = np.asarray(data.class_names)[data.y] if data.class_names else data.y
    if data.ids is not None:
        table.insert(0, "id", data.ids)
    return table


def as_python(spec: Experiment, model_zip: str | None = None) -> str:
    """Return Python that makes the same result; `model_zip` is unpacked first, to the folder that the spec names."""
    unpacking = f'import shutil\n\nshutil.unpack_archive("{model_zip}", "{spec.model}")\n\n' if model_zip else ""
    return (
        f"{unpacking}import vaegc\n\n"
        f'spec = vaegc.Experiment.from_query("{spec.to_query()}")\n'
        "result = spec.run()\n"
        "print(result.suggestion.reason, result.scores)"
    )


def as_command(spec: Experiment, model_zip: str | None = None) -> str:
    """Return shell lines that make the same result; `model_zip` is unpacked first, to the folder that the spec names."""
    unpacking = f"python -m zipfile -e {model_zip} {spec.model}\n" if model_zip else ""
    return f"{unpacking}cat > spec.yaml <<'END'\n{spec.to_yaml()}END\nvaegc run spec.yaml --labels labels.csv"
