"""The controls of the climb: what is climbed, how wide one looks, how one steps."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from vaegc.ascent import BLURRED, DENSITIES, OF_DATA, AscentConfig
from vaegc.experiment import what_lacks, why_not
from vaegc.experiment.summary import neighbours_in_words
from vaegc.models import POINTWISE
from vaegc.neighbors import default_neighbors, neighbor_count

OWN = "explore_"  # begins the keys of Explore's widgets: no other page's must be taken for them
NAMES = {
    "kernel": "Kernel density",
    "aggregated": "Aggregated posterior",
    "mixture": "Mixture prior",
    "marginal": "Marginal likelihood",
    "bound": "Evidence bound",
}
WHAT = {
    "kernel": "One Gaussian around every point.",
    "aggregated": "The model's own Gaussian around every point, widened by the bandwidth.",
    "mixture": "The components that the model was trained with.",
    "marginal": "log p(x) of the model, by importance sampling: iterated, weighted reconstruction.",
    "bound": "The ELBO of the model, by automatic differentiation.",
}
METHODS = {"fixed-point": "Fixed point", "gradient": "Gradient", "blurring": "Blurring (centres move too)"}
DEFAULT = "default"  # on the slider: None in a spec
SHARES = (0.005, 0.01, 0.02, 0.03, 0.04, 0.06, 0.08, 0.12, 0.16, 0.24)


def unavailable(kind: str | None, space: str) -> dict[str, str]:
    """Densities that a model of this kind (None: no model) and space cannot give, each with its reason."""
    out = {}
    for density in DENSITIES:
        reason = why_not(density, space, kind is not None)
        if reason is None and kind is not None:
            reason = what_lacks(density, kind)
        if reason is not None:
            out[density] = reason
    return out


def climb_controls(
    given: AscentConfig | None, kind: str | None, space: str, usual: float | None, size: tuple[int, int]
) -> AscentConfig | None:
    """Draw the switch of the climb and its parameters; returns what they stand for.

    Parameters
    ----------
    given
        What the link or the last look asked for.
    kind, space
        Kind of the model that is chosen above, None for no model, and the space; they decide which densities there are.
    usual
        A typical bandwidth of what is on the screen, where a fixed one begins.
    size
        Points and dimensions of what is climbed, on which the default number of neighbours depends.
    """
    base = given or AscentConfig()
    on = st.toggle("Climb the density", given is not None, key=f"{OWN}climb", help="Off: DBSCAN on the points as they are.")
    density = _density(base, kind, space, on)
    neighbors, bandwidth = _bandwidth(base, density, usual, size, on)
    steps = st.slider("Steps", 0, max(60, base.steps), base.steps, key=f"{OWN}steps", disabled=not on, help="Steps uphill.")
    with st.expander("How they step", key=f"{OWN}how"):
        methods = [m for m in METHODS if m != "blurring" or density in BLURRED]
        begin = methods.index(base.method) if base.method in methods else 0
        method = st.selectbox(
            "Method", methods, begin, key=f"{OWN}method-{len(methods)}", format_func=METHODS.__getitem__, disabled=not on,
            help="The density's own step; for sums of Gaussians that of mean shift. Gradient steps are slow far out. Blurring is another method: its field "
            "sharpens itself, and in the end everything meets.",
        )  # fmt: skip
        alpha = st.slider(
            "Step size α", min(0.05, float(base.alpha)), max(1.95, float(base.alpha)), float(base.alpha), 0.05, key=f"{OWN}alpha", disabled=not on,
            help="1 is the mean-shift step. Below 2 the log density never falls under exact sums.",
        )  # fmt: skip
        tol = st.number_input(
            "Rest below", 0.0, max(1.0, float(base.tol)), float(base.tol), 0.001, format="%.3f", key=f"{OWN}tol", disabled=not on or method == "blurring",
            help="A point rests for good when its step is shorter than this share of its start bandwidth, or of 1 % of the data's spread where there is none. 0: never. Blurring takes none.",
        )  # fmt: skip
    if not on:
        return None
    surrogate = base.surrogate_variance if density in OF_DATA else None
    tol = 0.0 if method == "blurring" else tol
    # What was not touched stays as the link wrote it: 7 is not to become 7.0.
    alpha, tol = (old if new == old else new for new, old in ((alpha, base.alpha), (tol, base.tol)))
    return replace(
        base, density=density, neighbors=neighbors, bandwidth=bandwidth, steps=steps, method=method, alpha=alpha, tol=tol,
        surrogate_variance=surrogate,
    )  # fmt: skip


def _density(base: AscentConfig, kind: str | None, space: str, on: bool) -> str:
    missing = unavailable(kind, space)
    wanted = st.session_state.get(f"{OWN}density_wanted", base.density)  # kept while another space cannot give it
    words = dict(WHAT)
    if kind in POINTWISE:
        words["marginal"] = "Without a posterior: iterated reconstruction, which changes almost nothing."
    there = [d for d in DENSITIES if d not in missing]
    density = st.radio(
        "What is climbed", there, there.index(wanted) if wanted in there else 0, key=f"{OWN}density-{'-'.join(there)}",
        format_func=NAMES.__getitem__, disabled=not on, captions=[words[d] for d in there] if len(there) > 1 else None,
    )  # fmt: skip
    if wanted not in missing or density != "kernel":
        st.session_state[f"{OWN}density_wanted"] = density
    elif on:
        st.warning(f"{NAMES[wanted]} {missing[wanted]}. The kernel density is climbed instead.", icon=":material/info:")
    if missing and kind is not None:
        with st.expander(f"{len(missing)} more, and why not here", key=f"{OWN}why_not"):
            st.radio(
                "Not available here", [NAMES[d] for d in missing], None, key=f"{OWN}missing-{'-'.join(missing)}", disabled=True,
                captions=[reason[0].upper() + reason[1:] + "." for reason in missing.values()], label_visibility="collapsed",
            )  # fmt: skip
    return density


def _bandwidth(
    base: AscentConfig, density: str, usual: float | None, size: tuple[int, int], on: bool
) -> tuple[float | None, float | None]:
    """Per point from neighbours, or one for all."""
    if density not in BLURRED:
        return None, None
    kinds = {"point": "Per point", "fixed": "One for all"}
    kind: Any = st.segmented_control(
        "Bandwidth", list(kinds), default="point" if base.bandwidth is None else "fixed", key=f"{OWN}bandwidth_kind", required=True,
        format_func=kinds.__getitem__, disabled=not on, help="Per point: the distance to the k-th neighbour. It adapts to dense and sparse regions.",
    )  # fmt: skip
    if kind == "fixed":
        begin = float(f"{usual or 1.0:.3g}") if base.bandwidth is None else float(base.bandwidth)
        lowest = 0.0
        if density != "aggregated":  # which has widths of its own
            begin = begin or float(f"{usual or 1.0:.3g}")
            lowest = min(1e-6, begin / 1000)
        h = st.number_input("Bandwidth h", lowest, None, float(begin), float(f"{begin / 10 or 0.1:.1g}"), format="%.4g", key=f"{OWN}h-{density}", disabled=not on,
                            help="In the units of the space. Small: many peaks. Large: few.")  # fmt: skip
        return None, base.bandwidth if h == base.bandwidth else float(h)
    return _neighbors(base.neighbors, *size, on), None


def _neighbors(given: float | None, n: int, d: int, on: bool) -> float | None:
    """The k that is used, with its share of the points; None is the default, which no share that is chosen by hand turns into."""
    key, size_key = f"{OWN}neighbors", f"{OWN}neighbors_of"
    held: Any = st.session_state.get(key, DEFAULT if given is None else given)

    def count(option: Any) -> int:
        return neighbor_count(None if option == DEFAULT else option, n, d)

    # One place on the slider for each k. What a link wrote, or the hand chose, stays what it is where the default is the same k.
    usual = default_neighbors(n, d)
    by_count: dict[int, Any] = {count(share): share for share in SHARES} | {usual: DEFAULT}
    by_count |= {count(option): option for option in (given, held) if option not in (None, DEFAULT)}
    options = [by_count[k] for k in sorted(by_count)]
    words = {
        option: neighbours_in_words(count(option), n, noun=False) + (" · default" if count(option) == usual else "")
        for option in options
    }
    if len(options) == 1:
        st.caption(f"Bandwidth from {neighbours_in_words(usual, n)}: two points have no choice.")
        return given
    start = by_count[count(held)]
    if key in st.session_state and st.session_state.get(size_key) != (n, d):  # the words of what was chosen are others now
        st.session_state[key], start = start, None  # given once
    st.session_state[size_key] = (n, d)
    chosen = st.select_slider(
        "Neighbours k", options, start, key=key, disabled=not on, format_func=words.__getitem__,
        help="The bandwidth of each point comes from the distance to its k-th neighbour. Few: many small peaks. Many: few broad ones.",
    )  # fmt: skip
    return None if chosen == DEFAULT else chosen
