"""Advanced settings of a model, grouped and explained; only those that the chosen kind uses."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import streamlit as st

from vaegc.errors import BadInput
from vaegc.models import ModelConfig
from vaegc.models.config import CATEGORICAL, INTEGER_MINIMA, OPTIONAL, PRECISIONS
from vaegc.models.help import HELP, SETTINGS, settings_of
from vaegc.models.presets import PRESETS, preset

FIELDS_PER_ROW = 4
BASIC_SETTINGS = {"latent_dim", "n_clusters", "epochs"}  # drawn above the advanced ones
BY_DATA = "By the data"
UNSET_LABELS = {
    "weight": "0.5: the ELBO",
    "steps": "By epochs",
    "patience": "Off",
}  # what an empty field stands for, beside "By the data"
TYPES = {field.name: str(field.type) for field in fields(ModelConfig)}


def advanced(base: ModelConfig, pictures: bool) -> ModelConfig:
    """Draw the expander of advanced settings; returns the settings with what was changed in it.

    Parameters
    ----------
    base
        The basic settings.
    pictures
        Whether the data are pictures, which a convolutional network needs.

    Raises
    ------
    BadInput
        Settings that do not go together, or a list of widths that is none.
    """
    with st.expander("Advanced", icon=":material/tune:", key=f"train-advanced-{base.kind}"):
        start = _starting_point(base.kind)
        begin = preset(start, base)
        chosen: dict[str, Any] = {}
        for group, names in settings_of(base.kind).items():
            st.markdown(f"**{group}**")
            parts: list[Any] = []
            for name in names:
                if not _applies(name, {**begin.to_dict(), **chosen}, pictures):
                    continue
                if not parts:
                    parts = list(st.columns(FIELDS_PER_ROW))
                chosen[name] = _field(parts.pop(0), name, begin, start)
    if chosen.get("steps") is not None:
        chosen["epochs"] = None  # the length is given once
    if not chosen.get("held_out"):
        chosen["patience"] = None
    return replace(begin, **chosen)


def _starting_point(kind: str) -> str:
    """Draw the choice of ready-made settings, where there are several of the kind; returns the name of one."""
    names = [
        name for name, one in PRESETS.items() if one.config.kind == kind and not _changed_settings(one.config) & BASIC_SETTINGS
    ]
    if len(names) == 1:
        return kind
    name = st.selectbox(
        "Starting point", names, key=f"train-preset-{kind}", format_func=lambda name: PRESETS[name].title, persist_state="session",
        help="Ready-made settings; what is changed below comes on top of them.",
    )  # fmt: skip
    if name != kind:
        st.caption(PRESETS[name].description)
    return name


def _changed_settings(config: ModelConfig) -> set[str]:
    usual = ModelConfig().to_dict()
    return {name for name, value in config.to_dict().items() if value != usual[name]}


def _applies(name: str, so_far: dict[str, Any], pictures: bool) -> bool:
    """Whether a setting has an effect, given those before it."""
    if name == "network":
        return pictures
    if name == "channels":
        return pictures and so_far["network"] == "conv"
    if name == "variance":
        return so_far["likelihood"] != "bernoulli"
    if name == "decay":
        return bool(so_far["schedule"] == "exponential")
    return name != "patience" or bool(so_far["held_out"])


def _field(place: Any, name: str, begin: ModelConfig, start: str) -> Any:
    """Draw one setting as what it is: a choice, a switch, a list of widths, a number that may be left to the data."""
    label, value = SETTINGS[name].label, getattr(begin, name)
    kept: Any = {"key": f"train-{ModelConfig.key_of(name)}-{start}", "help": _help_text(name), "persist_state": "session"}
    if name in CATEGORICAL:  # None among the options would make the box one that can be emptied
        options = [BY_DATA, *CATEGORICAL[name]] if name in OPTIONAL else list(CATEGORICAL[name])
        chosen = place.selectbox(label, options, options.index(value or BY_DATA), format_func=_option_label, **kept)
        return None if chosen == BY_DATA else chosen
    if TYPES[name] == "bool":
        return place.toggle(label, value, **kept)
    if TYPES[name].startswith("tuple"):
        return _widths(label, place.text_input(label, ", ".join(map(str, value)), **kept))
    kept["placeholder"] = f"{begin.pretrain_epochs_in_use:,}" if name == "pretrain_epochs" else UNSET_LABELS.get(name, BY_DATA)
    if name in INTEGER_MINIMA:
        return place.number_input(label, INTEGER_MINIMA[name], None, value, 1, **kept)
    return place.number_input(label, None, None, None if value is None else float(value), _step(value), "%g", **kept)


def _step(value: float | None) -> float:
    return float(f"{(value or 0.1) / 10:.0e}") if value else 0.01


def _widths(label: str, text: str) -> tuple[int, ...]:
    words = text.replace(",", " ").split()
    if not all(word.isdecimal() for word in words):
        raise BadInput(f"{label} are whole numbers such as 256, 128; got {text!r}.")
    return tuple(map(int, words))


def _option_label(option: str) -> str:
    known = {"mlp": "Fully connected", "conv": "Convolutional"}
    return known.get(option) or (option if option in PRECISIONS else f"{option[0].upper()}{option[1:]}")


def _help_text(name: str) -> str:
    words = HELP[name]
    return f"{words[0].upper()}{words[1:]}."
