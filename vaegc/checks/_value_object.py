"""Mixin of objects that hold arrays: a one-line `__repr__`, equality and hash by value."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, ClassVar

import numpy as np

from vaegc.checks._values import short_repr


class ValueObject:
    """Mixin of objects that hold arrays: a `repr` of one line that names the fields that differ from their default, and `==` by value.

    Dataclasses say `repr=False, eq=False`, so that theirs do not take the place of these; other classes show and compare their public
    attributes.
    """

    __slots__ = ()
    nested_repr: ClassVar[bool] = False  # whether the repr of what holds one shows it whole, as that of settings does

    def __repr__(self) -> str:
        defaults = _defaults(self)
        parts = [
            f"{name}={_short(getattr(self, name))}"
            for name in _attribute_names(self)
            if name not in defaults or not equal_values(getattr(self, name), defaults[name])
        ]
        return f"{type(self).__name__}({', '.join(parts)})"

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        names = _attribute_names(self)
        return self is other or (
            names == _attribute_names(other) and all(equal_values(getattr(self, name), getattr(other, name)) for name in names)
        )

    def __hash__(self) -> int:
        return hash((type(self).__name__, *(_hash_part(getattr(self, name)) for name in _attribute_names(self))))


def equal_values(a: Any, b: Any) -> bool:
    """Whether two values are equal: arrays and tables element by element, with NaN equal to NaN."""
    a, b = (value.item() if isinstance(value, np.generic) else value for value in (a, b))  # a float64 is the float that it holds
    if a is b:
        return True
    if isinstance(a, (bool, int, float, str)) or isinstance(b, (bool, int, float, str)) or type(a) is not type(b):
        nothing = isinstance(a, float) and isinstance(b, float) and math.isnan(a) and math.isnan(b)
        return nothing or (not hasattr(a, "shape") and not hasattr(b, "shape") and bool(a == b))
    if isinstance(a, np.ndarray):
        equal = a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind in "fc")
    elif isinstance(a, Mapping):
        equal = a.keys() == b.keys() and all(equal_values(value, b[key]) for key, value in a.items())
    elif isinstance(a, (tuple, list)):
        equal = len(a) == len(b) and all(map(equal_values, a, b))
    elif hasattr(a, "equals"):  # tables
        equal = a.equals(b)
    elif is_dataclass(a) and not isinstance(a, ValueObject):
        equal = all(equal_values(getattr(a, name), getattr(b, name)) for name in _attribute_names(a))
    else:
        equal = a == b
    return bool(equal)


def _attribute_names(thing: object) -> list[str]:
    """Names of an object's compared fields or public attributes."""
    held: list[str] = [f.name for f in fields(thing) if f.compare] if is_dataclass(thing) else list(vars(thing))
    return [name for name in held if not name.startswith("_")]


def _defaults(thing: object) -> dict[str, Any]:
    made = fields(thing) if is_dataclass(thing) else ()
    found = {f.name: f.default for f in made if f.default is not MISSING}
    return found | {f.name: f.default_factory() for f in made if f.default_factory is not MISSING}


def _short(value: Any) -> str:
    plain = (bool, int, float, str, type(None))
    if getattr(value, "ndim", 0) and hasattr(value, "dtype"):
        text = f"{' x '.join(map(str, value.shape))} {'records' if value.dtype.names else value.dtype}"
    elif isinstance(value, ValueObject) and type(value).nested_repr:
        text = repr(value)
    elif isinstance(value, np.generic):
        text = short_repr(value.item())
    elif isinstance(value, plain) or (isinstance(value, tuple) and all(isinstance(part, plain) for part in value)):
        text = short_repr(value)
    else:
        text = type(value).__name__ + (f" of {len(value)}" if hasattr(value, "__len__") else "")
    return text


def _hash_part(value: Any) -> object:
    """Part of a value that equal values share, such as an array's shape; no array is read."""
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, np.ndarray):
        return value.shape
    if isinstance(value, float) and math.isnan(value):  # which `equal_values` takes for one
        return "nan"
    if isinstance(value, (str, int, float, bool, type(None))):
        return value
    return len(value) if isinstance(value, (tuple, list, Mapping)) else None
