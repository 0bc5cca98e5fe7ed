"""How what holds arrays is shown and compared: on one line, and by value."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, ClassVar

import numpy as np

from vaegc.checks._values import shown


class Shown:
    """Base of what holds arrays: a `repr` of one line that names what is not its default, and `==` by value.

    Dataclasses say `repr=False, eq=False`, so that theirs do not take the place of these; other classes show and compare their public
    attributes.
    """

    __slots__ = ()
    nested_repr: ClassVar[bool] = False  # whether the repr of what holds one shows it whole, as that of settings does

    def __repr__(self) -> str:
        defaults = _defaults(self)
        parts = [
            f"{name}={_brief(getattr(self, name))}"
            for name in _names(self)
            if name not in defaults or not same(getattr(self, name), defaults[name])
        ]
        return f"{type(self).__name__}({', '.join(parts)})"

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        names = _names(self)
        return self is other or (
            names == _names(other) and all(same(getattr(self, name), getattr(other, name)) for name in names)
        )

    def __hash__(self) -> int:
        return hash((type(self).__name__, *(_outline(getattr(self, name)) for name in _names(self))))


def same(a: Any, b: Any) -> bool:
    """Whether two values are equal; arrays and tables are where all their values are, NaN like NaN."""
    a, b = (value.item() if isinstance(value, np.generic) else value for value in (a, b))  # a float64 is the float that it holds
    if a is b:
        return True
    if isinstance(a, (bool, int, float, str)) or isinstance(b, (bool, int, float, str)) or type(a) is not type(b):
        nothing = isinstance(a, float) and isinstance(b, float) and math.isnan(a) and math.isnan(b)
        return nothing or (not hasattr(a, "shape") and not hasattr(b, "shape") and bool(a == b))
    if isinstance(a, np.ndarray):
        equal = a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind in "fc")
    elif isinstance(a, Mapping):
        equal = a.keys() == b.keys() and all(same(value, b[key]) for key, value in a.items())
    elif isinstance(a, (tuple, list)):
        equal = len(a) == len(b) and all(map(same, a, b))
    elif hasattr(a, "equals"):  # tables
        equal = a.equals(b)
    elif is_dataclass(a) and not isinstance(a, Shown):
        equal = all(same(getattr(a, name), getattr(b, name)) for name in _names(a))
    else:
        equal = a == b
    return bool(equal)


def _names(thing: object) -> list[str]:
    """What a thing holds, by name."""
    held: list[str] = [f.name for f in fields(thing) if f.compare] if is_dataclass(thing) else list(vars(thing))
    return [name for name in held if not name.startswith("_")]


def _defaults(thing: object) -> dict[str, Any]:
    made = fields(thing) if is_dataclass(thing) else ()
    found = {f.name: f.default for f in made if f.default is not MISSING}
    return found | {f.name: f.default_factory() for f in made if f.default_factory is not MISSING}


def _brief(value: Any) -> str:
    plain = (bool, int, float, str, type(None))
    if getattr(value, "ndim", 0) and hasattr(value, "dtype"):
        text = f"{' x '.join(map(str, value.shape))} {'records' if value.dtype.names else value.dtype}"
    elif isinstance(value, Shown) and type(value).nested_repr:
        text = repr(value)
    elif isinstance(value, np.generic):
        text = shown(value.item())
    elif isinstance(value, plain) or (isinstance(value, tuple) and all(isinstance(part, plain) for part in value)):
        text = shown(value)
    else:
        text = type(value).__name__ + (f" of {len(value)}" if hasattr(value, "__len__") else "")
    return text


def _outline(value: Any) -> object:
    """Part of a value that equal ones share, without reading arrays."""
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, np.ndarray):
        return value.shape
    if isinstance(value, float) and math.isnan(value):  # which `same` takes for one
        return "nan"
    if isinstance(value, (str, int, float, bool, type(None))):
        return value
    return len(value) if isinstance(value, (tuple, list, Mapping)) else None
