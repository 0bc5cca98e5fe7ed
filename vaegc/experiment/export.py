"""What a result gives away: labels as a table, and the link, Python and command that make it again."""

from __future__ import annotations

import pandas as pd

from vaegc.errors import BadInput
from vaegc.experiment.result import Result
from vaegc.experiment.spec import Experiment


def labels_table(result: Result) -> pd.DataFrame:
    """Return point, cluster and, where known, class: one row per point of the data set; -1 is noise."""
    if result.labels is None:
        raise BadInput("There are no labels without an ε; choose one.")
    table = pd.DataFrame({"point": range(len(result.dataset)), "cluster": result.labels})
    if result.dataset.y is not None:
        names = result.dataset.class_names
        table["class"] = [names[c] for c in result.dataset.y] if names else result.dataset.y
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
