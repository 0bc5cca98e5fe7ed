"""Controls of the climb: density, bandwidth, steps and method."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from vaegc.ascent import BLURRING_DENSITIES, DATA_DENSITIES, DENSITIES, AscentConfig
from vaegc.experiment import model_unsupported_reason, space_unsupported_reason
from vaegc.experiment.summary import describe_neighbors
from vaegc.models import POINTWISE
from vaegc.neighbors import default_neighbors, neighbor_count

KEY_PREFIX = "explore_"  # of the widget keys of Explore
DENSITY_NAMES = {
    "kernel": "Kernel density",
    "aggregated": "Aggregated posterior",
    "mixture": "Mixture prior",
    "marginal": "Marginal likelihood",
    "bound": "Evidence bound",
}
DENSITY_CAPTIONS = {
    "kernel": "One Gaussian around every point.",
    "aggregated": "The model's own Gaussian around every point, widened by the bandwidth.",
    "mixture": "The components that the model was trained with.",
    "marginal": "log p(x) of the model, by importance sampling: iterated, weighted reconstruction.",
    "bound": "The ELBO of the model, by automatic differentiation.",
}
METHODS = {"fixed-point": "Fixed point", "gradient": "Gradient", "blurring": "Blurring (centres move too)"}
DEFAULT = "default"  # option of the slider that stands for None in a spec
NEIGHBOR_SHARES = (0.005, 0.01, 0.02, 0.03, 0.04, 0.06, 0.08, 0.12, 0.16, 0.24)


def unavailable_densities(kind: str | None, space: str) -> dict[str, str]:
    """Return the densities that a kind of model (None: no model) does not have in a space, each with its reason."""
    out = {}
    for density in DENSITIES:
        reason = space_unsupported_reason(density, space, kind is not None)
        if reason is None and kind is not None:
            reason = model_unsupported_reason(density, kind)
        if reason is not None:
            out[density] = reason
    return out


def climb_controls(
    given: AscentConfig | None, kind: str | None, space: str, median_bandwidth: float | None, size: tuple[int, int]
) -> AscentConfig | None:
    """Draw the controls of the climb; returns its settings, None for no climb.

    Parameters
    ----------
    given
        Settings to begin with: those of the link, or the last ones.
    kind, space
        Kind of the model that is chosen above, None for no model, and the space; they decide which densities there are.
    median_bandwidth
        Of the scene on the screen, with which a fixed one begins; None where there is none.
    size
        Points and dimensions of what is climbed, on which the default number of neighbours depends.
    """
    base = given or AscentConfig()
    on = st.toggle(
        "Climb the density", given is not None, key=f"{KEY_PREFIX}climb", help="Off: DBSCAN on the points as they are."
    )
    density = _density(base, kind, space, on)
    neighbors, bandwidth = _bandwidth(base, density, median_bandwidth, size, on)
    steps = st.slider(
        "Steps", 0, max(60, base.steps), base.steps, key=f"{KEY_PREFIX}steps", disabled=not on, help="Steps uphill."
    )
    with st.expander("How they step", key=f"{KEY_PREFIX}how"):
        methods = [m for m in METHODS if m != "blurring" or density in BLURRING_DENSITIES]
        begin = methods.index(base.method) if base.method in methods else 0
        method = st.selectbox(
            "Method", methods, begin, key=f"{KEY_PREFIX}method-{len(methods)}", format_func=METHODS.__getitem__, disabled=not on,
            help="The density's own step; for sums of Gaussians that of mean shift. Gradient steps are slow far out. Blurring is another method: its field "
            "sharpens itself, and in the end everything meets.",
        )  # fmt: skip
        alpha = st.slider(
            "Step size α", min(0.05, float(base.alpha)), max(1.95, float(base.alpha)), float(base.alpha), 0.05, key=f"{KEY_PREFIX}alpha", disabled=not on,
            help="1 is the mean-shift step. Below 2 the log density never falls under exact sums.",
        )  # fmt: skip
        tol = st.number_input(
            "Rest below", 0.0, max(1.0, float(base.tol)), float(base.tol), 0.001, format="%.3f", key=f"{KEY_PREFIX}tol", disabled=not on or method == "blurring",
            help="A point rests for good when its step is shorter than this share of its start bandwidth, or of 1 % of the data's spread where there is none. 0: never. Blurring takes none.",
        )  # fmt: skip
    if not on:
        return None
    surrogate = base.surrogate_variance if density in DATA_DENSITIES else None
    tol = 0.0 if method == "blurring" else tol
    # What was not touched stays as the link wrote it: 7 is not to become 7.0.
    alpha, tol = (old if new == old else new for new, old in ((alpha, base.alpha), (tol, base.tol)))
    return replace(
        base, density=density, neighbors=neighbors, bandwidth=bandwidth, steps=steps, method=method, alpha=alpha, tol=tol,
        surrogate_variance=surrogate,
    )  # fmt: skip


def _density(base: AscentConfig, kind: str | None, space: str, on: bool) -> str:
    missing = unavailable_densities(kind, space)
    wanted = st.session_state.get(f"{KEY_PREFIX}density_wanted", base.density)  # kept while another space cannot give it
    words = dict(DENSITY_CAPTIONS)
    if kind in POINTWISE:
        words["marginal"] = "Without a posterior: iterated reconstruction, which changes almost nothing."
    there = [d for d in DENSITIES if d not in missing]
    density = st.radio(
        "What is climbed", there, there.index(wanted) if wanted in there else 0, key=f"{KEY_PREFIX}density-{'-'.join(there)}",
        format_func=DENSITY_NAMES.__getitem__, disabled=not on, captions=[words[d] for d in there] if len(there) > 1 else None,
    )  # fmt: skip
    if wanted not in missing or density != "kernel":
        st.session_state[f"{KEY_PREFIX}density_wanted"] = density
    elif on:
        st.warning(f"{DENSITY_NAMES[wanted]} {missing[wanted]}. The kernel density is climbed instead.", icon=":material/info:")
    if missing and kind is not None:
        with st.expander(f"{len(missing)} more, and why not here", key=f"{KEY_PREFIX}why_not"):
            st.radio(
                "Not available here", [DENSITY_NAMES[d] for d in missing], None, key=f"{KEY_PREFIX}missing-{'-'.join(missing)}", disabled=True,
                captions=[reason[0].upper() + reason[1:] + "." for reason in missing.values()], label_visibility="collapsed",
            )  # fmt: skip
    return density


def _bandwidth(
    base: AscentConfig, density: str, median: float | None, size: tuple[int, int], on: bool
) -> tuple[float | None, float | None]:
    """Draw the bandwidth; returns neighbours and bandwidth as `AscentConfig` has them: per point, or one for all."""
    if density not in BLURRING_DENSITIES:
        return None, None
    kinds = {"point": "Per point", "fixed": "One for all"}
    kind: Any = st.segmented_control(
        "Bandwidth", list(kinds), default="point" if base.bandwidth is None else "fixed", key=f"{KEY_PREFIX}bandwidth_kind", required=True,
        format_func=kinds.__getitem__, disabled=not on, help="Per point: the distance to the k-th neighbour. It adapts to dense and sparse regions.",
    )  # fmt: skip
    if kind == "fixed":
        begin = float(f"{median or 1.0:.3g}") if base.bandwidth is None else float(base.bandwidth)
        lowest = 0.0
        if density != "aggregated":  # which has widths of its own
            begin = begin or float(f"{median or 1.0:.3g}")
            lowest = min(1e-6, begin / 1000)
        h = st.number_input("Bandwidth h", lowest, None, float(begin), float(f"{begin / 10 or 0.1:.1g}"), format="%.4g", key=f"{KEY_PREFIX}h-{density}", disabled=not on,
                            help="In the units of the space. Small: many peaks. Large: few.")  # fmt: skip
        return None, base.bandwidth if h == base.bandwidth else float(h)
    return _neighbors(base.neighbors, *size, on), None


def _neighbors(given: float | None, n: int, d: int, on: bool) -> float | None:
    """Draw the number of neighbours k; returns it or a share, None for the default. A share chosen by the user stays one, even where its k is the default."""
    key, size_key = f"{KEY_PREFIX}neighbors", f"{KEY_PREFIX}neighbors_of"
    held: Any = st.session_state.get(key, DEFAULT if given is None else given)

    def count(option: Any) -> int:
        return neighbor_count(None if option == DEFAULT else option, n, d)

    # One place on the slider for each k. An option of a link or of the user keeps its form where the default is the same k.
    usual = default_neighbors(n, d)
    by_count: dict[int, Any] = {count(share): share for share in NEIGHBOR_SHARES} | {usual: DEFAULT}
    by_count |= {count(option): option for option in (given, held) if option not in (None, DEFAULT)}
    options = [by_count[k] for k in sorted(by_count)]
    words = {
        option: describe_neighbors(count(option), n, noun=False) + (" · default" if count(option) == usual else "")
        for option in options
    }
    if len(options) == 1:
        st.caption(f"Bandwidth from {describe_neighbors(usual, n)}: two points have no choice.")
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
