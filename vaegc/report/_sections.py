"""The sections of a report as HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vaegc.datasets import BUILT_IN, Dataset, describe
from vaegc.experiment.summary import describe_own_clusters
from vaegc.figures import StaticChart, static_sweep
from vaegc.models import kind_name
from vaegc.report._clusters import ClusterRow, ClusterTable
from vaegc.report._html import NOTHING, chart, facts, lead, note, picture, section, table, text
from vaegc.report._numbers import SweepSummary
from vaegc.wording import cluster_size, counted

if TYPE_CHECKING:
    from vaegc.experiment.result import Result

NO_BREAK_SPACE = "\u00a0"  # a space at which no line breaks
MAX_PLATEAUS_LISTED = 6
MAX_CLASSES_NAMED = 6  # of a cluster
NOISE_POLICIES = {
    "wrong": "noise counts as wrong",
    "ignore": "noise is left out of the scores",
    "nearest": "noise takes the label that it meets first along the tree",
}
LOSS_PARTS = ("loss", "reconstruction", "kl")  # of the last epoch
LABELS_UNSEEN = "True classes score what was found; no choice has seen them."


def min_size_label(result: Result) -> str:
    """The smallest size of a counted cluster, as a phrase."""
    size = result.spec.clustering.min_size
    return cluster_size(size, "core point")


def report_title(result: Result, after: SweepSummary) -> str:
    """Title of the report: the data and their number of clusters."""
    data = result.dataset.name
    name = describe(data).title if data in BUILT_IN else data
    if after.eps is None:
        return f"{name}: no readable number of clusters"
    assert after.n_counted is not None
    return f"{name}: {counted(after.n_counted, 'cluster')}"


def answer(result: Result, before: SweepSummary | None, after: SweepSummary) -> str:
    """The suggested number of clusters, with noise and scores before and after the climb."""
    spec, chosen = result.spec, ""
    if spec.clustering.eps is not None and spec.clustering.eps != result.suggestion.eps:
        chosen = f"The numbers of this report are at ε = {spec.clustering.eps:.4g}, which was chosen by hand."
    summaries = [("Before the climb", before), ("After the climb" if before else "The points as they are", after)]
    scored = result.dataset.y is not None
    head = ["", "step", "ε", "clusters", "of any size", "noise", *(("ACC", "NMI", "ARI", "purity") if scored else ())]
    rows = [_summary_row(name, summary, scored) for name, summary in summaries if summary is not None]
    basis = [f"N = {len(result.dataset):,}", f"one run, seed {spec.seed}", f"clusters hold at least {min_size_label(result)}"]
    basis += [NOISE_POLICIES[spec.clustering.noise]] if scored else ["no true classes, so no scores"]
    covered = after.scores.coverage if after.scores is not None and after.scores.policy == "ignore" else None
    basis += [f"scored on {100 * covered:.1f} % of the points"] if covered is not None else []
    own = describe_own_clusters(result.own_clusters) if result.own_clusters is not None else ""
    return section(
        "What was found", lead(result.trajectory.note or ""), lead(result.suggestion.reason), lead(chosen), table(head, rows, kind="numbers"),
        note(" · ".join(basis) + "." + (f" {LABELS_UNSEEN}" if scored else "")), note(own),
        note("The climb was stopped before its last step." if result.stopped else ""),
    )  # fmt: skip


def _summary_row(name: str, summary: SweepSummary, scored: bool) -> list[str]:
    if summary.eps is None or summary.noise is None:
        return [text(name), str(summary.step), "no readable plateau", *[NOTHING] * (7 if scored else 3)]
    cells = [
        text(name),
        str(summary.step),
        f"{summary.eps:.4g}",
        f"{summary.n_counted:,}",
        f"{summary.n_clusters:,}",
        f"{100 * summary.noise:.1f} %",
    ]
    if scored:
        s = summary.scores
        cells += [NOTHING] * 4 if s is None else [f"{value:.3f}" for value in (s.acc, s.nmi, s.ari, s.purity)]
    return cells


def every_eps(result: Result, before: SweepSummary | None, after: SweepSummary) -> str:
    """The curve over ε and its plateaus."""
    drawn = static_sweep(after.curve, after.plateaus, after.suggestion, None if before is None else before.curve)
    parts = [_plateaus(result, "Before the climb", before)] if before is not None else []
    parts.append(_plateaus(result, "After the climb" if before is not None else "Plateaus", after))
    floor = f"No plateau begins below ε = {after.sweep.eps_floor_:.3g}, 1 % of the median distance of the unclimbed points to their median."
    return section(
        "Every ε at once",
        f'<div class="scroll wide">{chart(drawn)}</div>',
        f'<div class="pair">{"".join(parts)}</div>',
        note(floor),
    )


def _plateaus(result: Result, name: str, summary: SweepSummary) -> str:
    found = summary.plateaus.head(MAX_PLATEAUS_LISTED)
    if found.empty:
        outside = f"{100 * result.spec.clustering.max_noise:g} %"
        none = f"No plateau: at no ε are there two or more clusters with at most {outside} of the points outside them."
        return f'<div><p class="note">{text(name)}</p>{lead(none)}</div>'
    rows = [
        [f"{k:.0f}", f"{low:.4g}", f"{high:.4g}", f"{length:.2f}"]
        for k, low, high, length in found[["n_clusters", "eps_low", "eps_high", "log_length"]].to_numpy(float)
    ]
    more = (
        f", the longest {MAX_PLATEAUS_LISTED} of {len(summary.plateaus):,}" if len(summary.plateaus) > MAX_PLATEAUS_LISTED else ""
    )
    return table(["clusters", "ε from", "to", "length in ln ε"], rows, f"{name}: plateaus{more}", "numbers")


def climb(result: Result, charts: list[StaticChart], scene_facts: dict[str, Any]) -> str:
    """The density, the settings of the climb, and its charts; `scene_facts` are those of the scene."""
    ascent = result.spec.ascent
    if ascent is None or not charts:
        return section("The climb", lead("The points stayed where they are: no density was climbed."))
    effective = [f"{scene_facts[name]:,.0f}" for name in ("neighbours_start", "neighbours_end") if name in scene_facts]
    pairs = [
        ("Density", scene_facts.get("density")),
        ("Median bandwidth", f"{scene_facts['bandwidth']:.3g}" if "bandwidth" in scene_facts else ""),
        ("Effective neighbours", f"{' at the start, '.join(effective)} at the end (median)" if effective else ""),
        ("Method", f"{ascent.method}, step size α = {ascent.alpha:g}"),
        ("Steps", f"{int(result.trajectory.steps[-1]):,}"),
        ("Points rest below", f"{ascent.tol:g} of their bandwidth" if ascent.tol else ""),
        (
            "Kept by the picture",
            f"{100 * scene_facts['kept']:.0f} % of each point's 15 nearest neighbours" if "kept" in scene_facts else "",
        ),
    ]
    return section("The climb", facts(pairs), f'<div class="charts">{"".join(map(chart, charts))}</div>')


def clusters(result: Result, found: ClusterTable | None) -> str:
    """The table of clusters."""
    if found is None:
        return ""
    pictures, classes = result.dataset.image_shape is not None, result.dataset.y is not None
    head = ["cluster", "label", "points", "share", *(("true classes",) if classes else ()), *found.features]
    head.append("mean, then the most typical" if pictures else "most typical points")
    rows = [_cluster_row(one, classes) for one in found.rows]
    rest = [counted(found.more, "further cluster")] if found.more else []
    if found.small:
        rest.append(f"{counted(found.small, 'smaller cluster')} with {counted(found.small_points, 'point')}")
    rest.append(f"noise: {counted(found.noise, 'point')}")
    typical = "Cluster: as the stage numbers it; label: in the exported labels, where noise is −1. Typical are the members with the highest log density before the climb."
    means = " Columns of features are means." if found.features else ""
    return section("Clusters", table(head, rows, kind="clusters"), note(f"Also {', '.join(rest)}. {typical}{means}"))


def _cluster_row(one: ClusterRow, classes: bool) -> list[str]:
    swatch = f'<span class="swatch" style="background: var(--c{one.entry})"></span>{one.number + 1}'
    cells = [swatch, str(one.number), f"{one.size:,}", f"{100 * one.share:.1f} %"]
    if classes:
        cells.append(_composition(one))
    cells += [f"{mean:.3g}".replace("-", "−") for mean in one.means]
    if one.picture is not None:
        cells.append(
            picture(one.picture, f"Mean of cluster {one.number + 1}, then its most typical members", "small" if one.small else "")
        )
    else:
        cells.append(text(", ".join(one.typical)))
    return cells


def _composition(one: ClusterRow) -> str:
    """Shares of the true classes: a bar whose parts are named below."""
    shown = one.classes[:MAX_CLASSES_NAMED]
    bar = "".join(f'<i style="flex: {count}"></i>' for _, count in shown)
    left = one.size - sum(count for _, count in shown)
    bar += f'<i style="flex: {left}"></i>' if left else ""
    names = " · ".join(f"{text(name)}:{NO_BREAK_SPACE}{_percent(count / one.size)}" for name, count in shown[:3])
    return f'<span class="bar" aria-hidden="true">{bar}</span><span class="names">{names}{" · …" if len(one.classes) > 3 else ""}</span>'


def _percent(share: float) -> str:
    return f"{100 * share:.0f}{NO_BREAK_SPACE}%" if share >= 0.01 else f"below{NO_BREAK_SPACE}1{NO_BREAK_SPACE}%"


def data_and_model(result: Result) -> str:
    """Data set and model, with their provenance."""
    return section("Data and model", f'<div class="pair"><div>{_data(result.dataset)}</div><div>{_model(result)}</div></div>')


def _data(data: Dataset) -> str:
    known = describe(data.name) if data.name in BUILT_IN else None
    pairs = [
        ("Data", data.name if known is None else known.title),
        ("Points", f"{len(data):,}"),
        (
            "Features",
            f"{data.x.shape[1]:,}" + (f", pictures of {data.image_shape[0]} × {data.image_shape[1]}" if data.image_shape else ""),
        ),
        ("True classes", _class_words(list(data.class_counts().values()))),
        ("What was done", "; ".join(data.notes)),
        ("Source", known.source if known else ""),
        ("Licence", known.licence if known else ""),
        ("Fingerprint", data.fingerprint),
    ]
    return facts(pairs)


def _class_words(counts: list[int]) -> str:
    if not counts:
        return "none"
    each = f"{counted(min(counts), 'point')} each" if min(counts) == max(counts) else f"{min(counts):,} to {max(counts):,} points"
    return f"{len(counts):,}, of {each}"


def _model(result: Result) -> str:
    model = result.model
    if model is None:
        return facts([("Model", "none: the points are the data")])
    config, made = model.config, model.provenance
    given = result.spec.model
    name = f", shipped as {given}" if isinstance(given, str) and "/" not in given and "\\" not in given else ""
    last = made.history[-1] if made.history else {}
    pairs = [
        ("Model", kind_name(model.kind) + name),
        ("Network", f"{config.network}, {model.input_dim:,} → {', '.join(map(str, config.hidden)) or 'no hidden layer'} → {config.latent_dim}"),
        ("Likelihood", _likelihood(config)),
        ("Trained on", made.data),
        ("Training", f"{counted(len(made.history), 'epoch')}, batches of {config.batch_size:,}, learning rate {config.learning_rate:g}, seed {made.seed}"),
        ("Last epoch", ", ".join(f"{part.replace('_', ' ')} {value:.4g}" for part, value in last.items() if part in LOSS_PARTS).replace("-", "−")),
        ("Trained with", ", ".join(f"{lib} {version}" for lib, version in made.versions.items())),
    ]  # fmt: skip
    return facts(pairs)


def _likelihood(config: Any) -> str:
    if config.likelihood == "bernoulli":
        return "Bernoulli"
    return f"Gaussian, σ² = {config.variance:.3g}" if config.likelihood and config.variance else str(config.likelihood or "")
