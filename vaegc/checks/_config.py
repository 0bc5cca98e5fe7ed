"""The base of all settings: as data and back, and shown by what differs from the default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Self

from vaegc.checks._shown import Shown
from vaegc.checks._values import shown
from vaegc.errors import BadInput


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Config(Shown):
    """Base of settings, which are frozen dataclasses with `repr=False, eq=False`; values are Python's own, as JSON and YAML want them."""

    nested_repr: ClassVar[bool] = True
    GROUP: ClassVar[str] = ""  # what a file calls these settings; "" where they are the file itself

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON-ready data."""
        return {f.name: _plain(getattr(self, f.name)) for f in fields(self)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Rebuild from `to_dict`; what is missing takes its default, unknown keys are refused by name."""
        name = f"{cls.GROUP} settings" if cls.GROUP else "settings"
        if not isinstance(values, Mapping):
            raise BadInput(f"{cls.GROUP or 'A spec'} must be a group of settings; got {shown(values)}.")
        known = [f.name for f in fields(cls)]
        unknown = sorted(str(key) for key in values if key not in known)
        if unknown:
            raise BadInput(f"Unknown {name}: {', '.join(unknown)}; known are {', '.join(known)}.")
        return cls(**dict(values))

    def _keep(self, name: str, value: object) -> None:
        """Keep what a check returned: whatever a number came as, it is Python's own from here on."""
        object.__setattr__(self, name, value)


def _plain(value: Any) -> Any:
    if isinstance(value, Config):
        return value.to_dict()
    return list(value) if isinstance(value, tuple) else value
