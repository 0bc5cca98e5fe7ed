"""What a result gives away: labels as a table, and the link, Python and command that make it again."""

from __future__ import annotations

import numpy as np
import pandas as pd

from vaegc.datasets import Dataset
from vaegc.errors import BadInput
from vaegc.experiment.result import Result
from vaegc.experiment.spec import Experiment


def labels_table(result: Result) -> pd.DataFrame:
    """Return point, cluster and, where known, class: one row per point of the data set; -1 is noise."""
    if result.labels is None:
        raise BadInput("There are no labels without an ε; choose one.")
    return table_of(result.dataset, result.labels)


def table_of(data: Dataset, labels: np.ndarray) -> pd.DataFrame:
    """Return point, which is its row in the source, cluster and, where known, class."""
    table = pd.DataFrame({"point": np.arange(len(data)) if data.rows is None else data.rows, "cluster": labels})
    if data.y is not None:
        table["class"] = np.asarray(data.class_names)[data.y] if data.class_names else data.y
    return table


def as_python(spec: Experiment) -> str:
    """Return Python that makes the same result."""
    return (
        "import vaegc\n\n"
        f'spec = vaegc.Experiment.from_query("{spec.to_query()}")\n'
        "result = spec.run()\n"
        "print(result.suggestion.reason, result.scores)"
    )


def as_command(spec: Experiment) -> str:
    """Return shell lines that make the same result."""
    return f"cat > spec.yaml <<'END'\n{spec.to_yaml()}END\nvaegc run spec.yaml --labels labels.csv"
