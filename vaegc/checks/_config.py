"""Base class of all settings: conversion to and from plain data, and a `repr` of the fields that differ from their default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Self

from vaegc.checks._value_object import ValueObject
from vaegc.checks._values import short_repr
from vaegc.errors import BadInput


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Config(ValueObject):
    """Base of settings, which are frozen dataclasses with `repr=False, eq=False`; values are builtin types, as JSON and YAML need them."""

    nested_repr: ClassVar[bool] = True
    GROUP: ClassVar[str] = ""  # what a file calls these settings; "" where they are the file itself
    KEYS: ClassVar[Mapping[str, str]] = {}  # key in files, options and links, of each field that has another name there

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-serialisable data: tuples as lists, nested settings as dictionaries."""
        return {self.key_of(f.name): _plain(getattr(self, f.name)) for f in fields(self)}

    @classmethod
    def key_of(cls, field: str) -> str:
        """Return the name of a field in files, as an option of a command and in a link."""
        return cls.KEYS.get(field, field)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Create settings from the data of `to_dict`; a missing key takes its default.

        Raises
        ------
        BadInput
            `values` is no mapping, holds an unknown key (named), or a value out of its range.
        """
        name = f"{cls.GROUP} settings" if cls.GROUP else "settings"
        if not isinstance(values, Mapping):
            raise BadInput(f"{cls.GROUP or 'A spec'} must be a group of settings; got {short_repr(values)}.")
        known = {cls.key_of(f.name): f.name for f in fields(cls)}
        unknown = sorted(str(key) for key in values if key not in known)
        if unknown:
            raise BadInput(f"Unknown {name}: {', '.join(unknown)}; known are {', '.join(known)}.")
        return cls(**{known[key]: value for key, value in values.items()})

    def _set_field(self, name: str, value: object) -> None:
        """Set a field of the frozen instance to the value that a check returned, which is a builtin type."""
        object.__setattr__(self, name, value)


def _plain(value: Any) -> Any:
    if isinstance(value, Config):
        return value.to_dict()
    return list(value) if isinstance(value, tuple) else value
