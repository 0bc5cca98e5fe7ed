"""Exceptions of the package; each message is one clear sentence.

The core raises them at its boundary; pages and the command line show the sentence and nothing else.
"""

from __future__ import annotations


class VaegcError(Exception):
    """Base of everything that `vaegc` raises on purpose; `str(error)` is one sentence for a person."""


class BadInput(VaegcError, ValueError):
    """A value, name, file or array that cannot be used; the sentence says what would be accepted."""


class NotFitted(BadInput, AttributeError):
    """Something is asked of an object that has not been fitted yet."""


class CheckpointError(BadInput):
    """A model folder that is missing, incomplete, changed after saving, or of another format."""


class NotSupported(VaegcError):
    """Something that this kind of model, density or space does not have."""


class Stopped(VaegcError):
    """A callback asked to stop where no partial result makes sense."""
