"""Shapes and types of the arrays that cross rooms, and wrappers that check them in every call that a test makes.

The product takes anything that is a table (lists, frames, tensors), so its annotations name no shapes, and it shall not import a library
that would add them; the table below is for the tests alone. `conftest.py` installs it. A name of an axis stands for one length within a
call: "N" of an argument is "N" of what is returned. What is not an array, and what raises, is not checked.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

# Where an array is found -> its axes, then its types. Where: a parameter, "self" or "return", with attributes and indices behind it,
# as they are when the call has ended. Axes: names, numbers, "N-1"; "…" for any; "()" for a number of Python, whose value is the axis
# named behind it. Types: those of NumPy, several with "|"; none for what callers may give in any. "?" before all: may be None.
FRAMES = {"return.frames.start": "N d float32|float64", "return.frames.offsets": "T N d float32"}
PATH = {
    "log_density": "T N float64", "steps": "T int64", "step_lengths": "T N float64", "path_lengths": "T N float64",
}  # fmt: skip
POINTS_UP = {"y": "B d", "self.centers": "N d float64"}  # of the densities that live in a latent space or a map
DATA_UP = {"x": "B D", "self.model.input_dim": "() D"}  # of those that live in the data
ENCODED = {"return.mean": "B d float32|float64", "return.logvar": "?B d float32|float64"}
SHAPES: dict[str, Mapping[str, str]] = {
    "vaegc.checks._points:as_points": {"values": "N d", "return": "N d"},
    "vaegc.robust:location": {"points": "N d", "return": "d float64"},
    "vaegc.robust:standardized": {"points": "N d", "return[0]": "N d float64", "return[1]": "d float64"},
    "vaegc.robust:nearest_distances": {"points": "N d", "return[0]": "m int64", "return[1]": "m float64"},
    "vaegc.metrics:score": {"y_true": "N", "labels": "N"},
    "vaegc.metrics:dbcv": {"points": "N d", "labels": "N"},
    "vaegc.metrics:contingency": {"classes": "N", "clusters": "N", "return": "K C int64"},
    "vaegc.datasets._dataset:Dataset.__init__": {
        "x": "N D", "y": "?N", "self.x": "N D float32|float64", "self.y": "?N int64", "self.ids": "?N", "self.rows": "?N",
    },
    "vaegc.datasets._dataset:Dataset.take": {"index": "M", "return.x": "M D", "self.x": "N D", "return.y": "?M int64"},
    "vaegc.sweep:eps_floor": {"points": "N d"},
    "vaegc.sweep:EpsilonSweep.fit": {
        "points": "N d", "self.points_": "N d float64", "self.core_distances_": "N float64", "self.border_distances_": "N float64",
        "self.border_parents_": "N int32", "self.tree_": "N-1",
    },
    "vaegc.sweep:EpsilonSweep.labels_at": {"self.points_": "N d", "return": "N int64"},
    "vaegc.sweep:EpsilonSweep.predict": {"points": "M d", "self.points_": "N d", "return": "M int64"},
    "vaegc.sweep._fitted:FittedSweep.component_counts": {"return[0]": "E float64", "return[1]": "E", "return[2]": "E", "return[3]": "E"},
    "vaegc.sweep._fitted:FittedSweep.representative_lifetimes": {"rank": "N", "self.points_": "N d", "return": "N float64"},
    "vaegc.models.base:LatentModel.encode": {"x": "B D", "self.input_dim": "() D", "self.config.latent_dim": "() d", **ENCODED},
    "vaegc.models.base:LatentModel.decode": {
        "z": "B d", "self.input_dim": "() D", "self.config.latent_dim": "() d", "return": "B D float32|float64",
    },
    "vaegc.models.base:LatentModel.log_prob": {"x": "B D", "self.input_dim": "() D", "return": "B float32"},
    "vaegc.models.autoencoder:Autoencoder.sample": {"n": "() B", "self.input_dim": "() D", "return": "B D float32|float64"},
    "vaegc.models.vade:VaDE.sample": {"n": "() B", "self.input_dim": "() D", "return": "B D float32|float64"},
    "vaegc.models.vade:VaDE.assign": {"x": "B D", "self.input_dim": "() D", "return": "B int64"},
    "vaegc.models.vade:VaDE.responsibilities": {
        "x": "B D", "self.input_dim": "() D", "self.config.n_clusters": "() K", "return": "B K float32|float64",
    },
    "vaegc.models.gmvae:GMVAE.sample": {"n": "() B", "self.input_dim": "() D", "return": "B D float32|float64"},
    "vaegc.models.gmvae:GMVAE.assign": {"x": "B D", "self.input_dim": "() D", "return": "B int64"},
    "vaegc.models.gmvae:GMVAE.encode_style": {"x": "B D", "self.input_dim": "() D", **ENCODED},
    "vaegc.models.gmvae:GMVAE.responsibilities": {
        "x": "B D", "self.input_dim": "() D", "self.config.n_clusters": "() K", "return": "B K float32|float64",
    },
    "vaegc.models.dec:DEC.assign": {"x": "B D", "self.input_dim": "() D", "return": "B int64"},
    "vaegc.models.dec:DEC.responsibilities": {
        "x": "B D", "self.input_dim": "() D", "self.config.n_clusters": "() K", "return": "B K float32|float64",
    },
    "vaegc.densities._gaussians:GaussianMixtureField.__init__": {"means": "N d float64", "self.centers": "N d float64"},
    "vaegc.densities._gaussians:GaussianMixtureField.log_prob": {**POINTS_UP, "return": "B float64"},
    "vaegc.densities._gaussians:GaussianMixtureField.grad": {**POINTS_UP, "return": "B d float64"},
    "vaegc.densities._gaussians:GaussianMixtureField.log_prob_and_grad": {**POINTS_UP, "return[0]": "B float64", "return[1]": "B d float64"},
    "vaegc.densities._gaussians:GaussianMixtureField.step": {**POINTS_UP, "return": "B d float64"},
    "vaegc.densities._gaussians:GaussianMixtureField.step_and_log_prob": {**POINTS_UP, "return[0]": "B d float64", "return[1]": "B float64"},
    "vaegc.densities._gaussians:GaussianMixtureField.effective_neighbors": {**POINTS_UP, "return": "B float64"},
    "vaegc.densities._mixtures:KernelDensity.__init__": {"centers": "N d", "self.centers": "N d float64", "self.bandwidths": "N float64"},
    "vaegc.densities._mixtures:AggregatedPosterior.__init__": {
        "posterior.mean": "N d", "posterior.logvar": "N d", "self.centers": "N d float64", "self.bandwidths": "N float64",
    },
    "vaegc.densities._data:_DataDensity.log_prob": {**DATA_UP, "return": "B float64"},
    "vaegc.densities._data:_DataDensity.grad": {**DATA_UP, "return": "B D float64"},
    "vaegc.densities._data:_DataDensity.log_prob_and_grad": {**DATA_UP, "return[0]": "B float64", "return[1]": "B D float64"},
    "vaegc.densities._data:_DataDensity.step": {**DATA_UP, "return": "B D float64"},
    "vaegc.densities._data:_DataDensity.step_and_log_prob": {**DATA_UP, "return[0]": "B D float64", "return[1]": "B float64"},
    "vaegc.densities._data:EvidenceBound.step_and_log_prob": {**DATA_UP, "return[0]": "B D float64", "return[1]": "B float64"},
    "vaegc.densities._data:_DataDensity.encode": {**DATA_UP, "return": "B d float32|float64"},
    "vaegc.ascent._trajectory:Trajectory.__init__": {
        "self.frames.start": "N d float32|float64", "self.frames.offsets": "T N d float32", **{f"self.{name}": shape for name, shape in PATH.items()},
    },
    "vaegc.ascent._trajectory:Trajectory.frame": {"self.frames.start": "N d", "return": "N d float64"},
    "vaegc.ascent._trajectory:Trajectory.sweep": {"self.frames.start": "N d", "return.points_": "N d float64"},
    "vaegc.ascent._trajectory:Trajectory.modes": {
        "self.frames.start": "N d", "return.points": "M d float64", "return.members": "N int64",
    },
    "vaegc.ascent._climb:ascend": {
        "points": "N D", "tol_scale": "?N", **FRAMES, **{f"return.{name}": shape for name, shape in PATH.items()},
        "return.data_frames.offsets": "?S N D float32",
    },
    "vaegc.projection:project": {"points": "N d", "return.points": "N e float64", "return.source": "N d float64"},
    "vaegc.projection:Space.place": {"moved": "M d", "self.source": "N d", "self.points": "N e", "return": "M e float64"},
    "vaegc.selection.votes:vote": {"points": "N d", "y": "?N"},
    "vaegc.baselines:baseline": {"data": "N D", "y": "?N", "return.labels": "N int64", "return.points": "N d float64"},
    "vaegc.web.stage.scene:color_slots": {"rank": "N", "return": "N uint32"},
    "vaegc.web.stage.scene:pack": {
        "scene.positions": "T N k", "scene.steps": "T", "scene.log_density": "T N", "scene.y": "?N", "scene.travelled": "?T N", "scene.ids": "?N",
    },
}  # fmt: skip


class ShapeError(AssertionError):
    """An array of a call is not as the table says."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What the table says of one array."""

    where: str
    root: str
    way: tuple[str | int, ...]  # attributes and indices from the root
    axes: tuple[str, ...]
    types: frozenset[str]
    optional: bool

    @classmethod
    def of(cls, where: str, words: str) -> Rule:
        """Read one entry of the table."""
        root, *way = re.findall(r"\w+", where)
        parts = words.removeprefix("?").split()
        types = frozenset(parts.pop().split("|")) if re.match(r"u?(int|float)\d", parts[-1]) else frozenset()
        return cls(
            where, root, tuple(int(one) if one.isdigit() else one for one in way), tuple(parts), types, words.startswith("?")
        )

    def find(self, roots: Mapping[str, Any]) -> Any:
        """What lies at the place; None where the way ends early."""
        value = roots.get(self.root)
        for one in self.way:
            if value is None:
                return None
            value = value[one] if isinstance(one, int) else getattr(value, one)
        return value


def axis(name: str, lengths: Mapping[str, int]) -> int | None:
    """Length that an axis must have; None for a name that is not known yet."""
    if name.isdigit():
        return int(name)
    base, _, less = name.partition("-")
    return lengths[base] - int(less or 0) if base in lengths else None


def check(rules: tuple[Rule, ...], roots: Mapping[str, Any], what: str) -> None:
    """Raise `ShapeError` unless the arrays of one call agree with the rules and with each other."""
    lengths: dict[str, int] = {}
    for rule in rules:
        value = rule.find(roots)
        if rule.axes[0] == "()":
            shape, axes = (value,), rule.axes[1:]
        elif value is None and (rule.optional or rule.root not in ("self", "return")):
            continue  # an argument that was left out
        elif isinstance(getattr(value, "shape", None), tuple) and hasattr(value, "dtype"):
            shape, axes = value.shape, rule.axes
            if rule.types and str(value.dtype) not in rule.types:
                raise ShapeError(f"{what}: {rule.where} must be {' or '.join(sorted(rule.types))}, not {value.dtype}")
        elif rule.root in ("self", "return") or rule.types:
            raise ShapeError(f"{what}: {rule.where} must be an array, not {type(value).__name__}")
        else:
            continue  # lists, frames and data sets, which the boundary opens
        expected = [axis(name, lengths) for name in axes]
        if len(shape) != len(axes) or any(want not in (None, got) for want, got in zip(expected, shape, strict=True)):
            known = ", ".join(f"{name} = {length}" for name, length in lengths.items())
            raise ShapeError(
                f"{what}: {rule.where} must be ({', '.join(axes)}){f' with {known}' if known else ''}; its shape is {shape}"
            )
        lengths.update((name, int(got)) for name, got in zip(axes, shape, strict=True) if name.isidentifier())


def checked(function: Callable[..., Any], table: Mapping[str, str], what: str) -> Callable[..., Any]:
    """The function, with every call that ends well checked."""
    rules = tuple(Rule.of(where, words) for where, words in table.items())
    signature = inspect.signature(function)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        check(rules, {**signature.bind(*args, **kwargs).arguments, "return": result}, what)
        return result

    call.checks_shapes = True  # type: ignore[attr-defined]
    return call


def unknown(function: Callable[..., Any], table: Mapping[str, str]) -> set[str]:
    """Parameters that the table names and the function does not have."""
    return {Rule.of(*entry).root for entry in table.items()} - {"return", *inspect.signature(function).parameters}


def install() -> None:
    """Put wrappers in the place of all functions of the table whose modules are loaded; done once for each.

    A method is replaced in its class, a function in every module that holds it, so that what was imported by name is checked too, and
    pickling, which finds a function by its name, finds the same one.
    """
    for where, table in SHAPES.items():
        name, _, path = where.partition(":")
        if name in sys.modules:
            _wrap(sys.modules[name], path, table)


def install_all() -> None:
    """Load every module of the table and install the wrappers."""
    for where in SHAPES:
        importlib.import_module(where.partition(":")[0])
    install()


def _wrap(module: Any, path: str, table: Mapping[str, str]) -> None:
    *classes, last = path.split(".")
    holder = functools.reduce(lambda held, name: getattr(held, name, None), classes, module)
    function = vars(holder).get(last) if holder else None
    if function is None or hasattr(function, "checks_shapes"):
        return  # `test_shapes.py` finds entries of the table that name nothing
    wrapper = checked(function, table, path)
    if classes:
        setattr(holder, last, wrapper)
        return
    for other in list(sys.modules.values()):
        held = getattr(other, "__dict__", {})
        for name in [name for name, value in list(held.items()) if value is function]:
            held[name] = wrapper
