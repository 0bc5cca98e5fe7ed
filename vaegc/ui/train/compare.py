"""Comparison of runs: settings that differ, outcomes, and losses on the same axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from vaegc.models import CLUSTERED, KINDS, ModelConfig, kind_name
from vaegc.models.help import SETTINGS, used_settings
from vaegc.ui.train.facts import RunFacts
from vaegc.ui.train.labels import format_duration, format_loss, loss_part_label

SETTING_NAMES = {"kind": "Model", "latent_dim": "Latent dimensions", "n_clusters": "Clusters K", "epochs": "Epochs"}
NO_VALUE = "–"
CHART = {"displayModeBar": False}


def compare_runs(runs: Sequence[RunFacts]) -> None:
    """Draw the comparison of two or more runs."""
    st.subheader(f"{len(runs)} runs compared", anchor=False)
    warning = incomparable_reason(runs)
    if warning:
        st.warning(warning, icon=":material/balance:")
    st.table(table(runs), border="horizontal")
    names = [name for name in _loss_parts(runs) if sum(run.last(name) is not None for run in runs) > 1]
    if names:
        from vaegc import figures

        part = st.segmented_control(
            "Curves of", names, default=names[0], key=f"compare-part-{'-'.join(names)}", format_func=lambda name: loss_part_label(name)[0], required=True,
        )  # fmt: skip
        shown = [(run.job.title, run.history.epochs) for run in runs]
        chart: Any = figures.compare_losses(shown, str(part), st.context.theme.type == "dark")
        st.plotly_chart(chart, theme=None, config=CHART, key="compare-chart")
    st.caption("One run of each: how much chance there is in such differences takes several seeds to say.")


def table(runs: Sequence[RunFacts]) -> Any:
    """Return the table: rows of what differs in the settings and of results, a column for each run."""
    import pandas as pd

    rows: dict[str, list[str]] = {"Data": [run.data + (f", N = {run.n:,}" if run.n else "") for run in runs]}
    rows |= _differences(runs)
    rows["Seed"] = [str(run.seed) for run in runs]
    rows["State"] = [run.status_label for run in runs]
    rows["Epochs done"] = [f"{run.history.done:,} of {run.total:,}" for run in runs]
    for part in _loss_parts(runs):
        rows[f"{loss_part_label(part)[0]} (nats)"] = [_format_loss(run.last(part)) for run in runs]
    if any(run.last("held_out") is not None for run in runs):
        rows["Held-out loss (nats)"] = [_format_loss(run.last("held_out")) for run in runs]
    if any(run.config.kind in CLUSTERED for run in runs):
        rows["Clusters used"] = [run.clusters_used.removesuffix(" clusters") or NO_VALUE for run in runs]
    if any(run.last("dimensions_used") is not None for run in runs):
        rows["Dimensions used"] = [_dimensions_used(run) for run in runs]
    rows["Training time"] = [format_duration(run.history.seconds) for run in runs]
    rows["Points per second"] = [_speed(run) for run in runs]
    return pd.DataFrame.from_dict(rows, orient="index", columns=_unique([run.job.title for run in runs]))


def _differences(runs: Sequence[RunFacts]) -> dict[str, list[str]]:
    """Rows of the settings that are not the same in all runs that use them, or not what is usual in those that do."""
    used = [used_settings(run.config) for run in runs]
    usual = [used_settings(ModelConfig(kind=run.config.kind, epochs=run.config.epochs).resolved()) for run in runs]
    rows = {}
    for name in dict.fromkeys(name for one in used for name in one):
        values = {_format_setting(one[name]) for one in used if name in one}
        changed = any(name in one and one[name] != normal[name] for one, normal in zip(used, usual, strict=True))
        if len(values) > 1 or (changed and not all(name in one for one in used)):
            rows[_label(name)] = [_format_setting(one[name]) if name in one else NO_VALUE for one in used]
    return rows


def incomparable_reason(runs: Sequence[RunFacts]) -> str:
    """Why the losses of these runs cannot be set against each other, in a sentence; empty where they can."""
    reasons = []
    if len({run.data for run in runs}) > 1:
        reasons.append("data")
    if len({run.config.kind for run in runs}) > 1:
        reasons.append("kinds of model")
    if len({(run.config.likelihood, run.config.variance) for run in runs}) > 1:
        reasons.append("likelihoods")
    if not reasons and len({(run.config.weight, run.config.min_information, run.config.clustering_weight) for run in runs}) > 1:
        reasons.append("weights of their parts")
    if not reasons:
        return ""
    words = reasons[0] if len(reasons) == 1 else f"{', '.join(reasons[:-1])} and {reasons[-1]}"
    return f"These runs have different {words}: their losses measure different things, and the smaller one is not the better."


def _format_setting(value: object) -> str:
    if value is None or isinstance(value, bool):
        return {None: "default", True: "yes", False: "no"}[value]
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return f"{value:.4g}" if isinstance(value, float) else kind_name(value) if value in KINDS else str(value)


def _label(name: str) -> str:
    return SETTING_NAMES.get(name) or SETTINGS[name].label


def _loss_parts(runs: Sequence[RunFacts]) -> list[str]:
    from vaegc.figures import loss_curves

    return list(
        dict.fromkeys(curve.name for run in runs if run.history.epochs["epoch"] for curve in loss_curves(run.history.epochs))
    )


def _format_loss(value: float | None) -> str:
    return NO_VALUE if value is None else format_loss(value)


def _dimensions_used(run: RunFacts) -> str:
    used = run.last("dimensions_used")
    return NO_VALUE if used is None else f"{used:.0f} of {run.config.latent_dim}"


def _speed(run: RunFacts) -> str:
    if not run.n or not run.history.done or run.history.seconds <= 0:
        return NO_VALUE
    return f"{float(f'{run.history.done * run.n / run.history.seconds:.2g}'):,.0f}"


def _unique(titles: list[str]) -> list[str]:
    """Names of columns must differ, those of runs need not."""
    return [
        title if titles.count(title) == 1 else f"{title} ({titles[: at + 1].count(title)})" for at, title in enumerate(titles)
    ]
