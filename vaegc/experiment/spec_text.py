"""Text forms of a spec: nested settings as YAML and as the query of a link, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import yaml

from vaegc.errors import BadInput

NONE_TEXT = "off"  # None in files and links
TEXT_KEYS = ("dataset", "model", "space", "view")  # whose values in a link are text, even where they look like JSON


def dump_yaml(values: Mapping[str, Any]) -> str:
    """Return settings as YAML text, in their order."""
    return yaml.safe_dump(dict(values), sort_keys=False, allow_unicode=True)


def parse_yaml(source: str | Path) -> dict[str, Any]:
    """Parse YAML text, or a file of it, into settings.

    Raises
    ------
    BadInput
        The file cannot be read, the text is no YAML, or it holds something else than settings.
    """
    text = _read_text(source) if isinstance(source, Path) else source
    try:
        values = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        raise BadInput(f"The spec is no valid YAML{f' (line {mark.line + 1})' if mark else ''}.") from None
    if not isinstance(values, Mapping):
        raise BadInput("A spec is a YAML file of settings such as 'dataset: digits'.")
    return dict(values)


def dump_query(values: Mapping[str, Any], default: Mapping[str, Any]) -> str:
    """Return the settings that differ from the default ones as a query: ``"space=tsne&ascent.steps=10"``.

    Parameters
    ----------
    values, default
        Flat settings, see `flatten`; what the default ones lack is written too.
    """
    pairs = []
    for key, value in values.items():
        if key not in default or default[key] != value:
            pairs.append((key, value if isinstance(value, str) else json.dumps(value)))
    return urlencode(pairs)


def parse_query(query: str | Mapping[str, str]) -> dict[str, Any]:
    """Parse the query of a link, with or without its question mark, or its pairs, into nested settings.

    Raises
    ------
    BadInput
        A group of settings is both switched off and set.
    """
    pairs = dict(parse_qsl(query.lstrip("?"), keep_blank_values=True)) if isinstance(query, str) else dict(query)
    values: dict[str, Any] = {}
    for key, text in pairs.items():
        outer, _, inner = key.partition(".")
        value = text if key in TEXT_KEYS else _parse_value(text)
        if inner:
            group = values.setdefault(outer, {})
            if not isinstance(group, dict):
                raise BadInput(f"{outer} is both switched {NONE_TEXT} and set in this link.")
            group[inner] = value
        elif isinstance(values.get(outer), dict):
            raise BadInput(f"{outer} is both switched {NONE_TEXT} and set in this link.")
        else:
            values[outer] = value
    return values


def flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested settings as dotted names: ``{"ascent": {"steps": 3}}`` -> ``{"ascent.steps": 3}``."""
    out: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            out.update(flatten(value, f"{prefix}{key}."))
        else:
            out[prefix + key] = value
    return out


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise BadInput(f"The spec {path.name!r} cannot be read: {getattr(error, 'strerror', None) or 'it is no text'}.") from None


def _parse_value(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
