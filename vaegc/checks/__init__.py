"""Input validation: arguments are checked here once, where they enter the package, and trusted from there on.

Points and labels of any kind become arrays (`as_points`, `as_classes`, `encode_labels`), scalars are compared with their range
(`check_...`), settings share one base class (`Config`), and objects that hold arrays one `__repr__` and `==` (`ValueObject`). Every
message names the value that was wrong and what would be accepted. No heavy library is loaded before it is needed.
"""

from vaegc.checks._config import Config
from vaegc.checks._labels import MAX_CLASSES, MAX_NAME_CHARACTERS, as_classes, as_label_array, check_classes, encode_labels
from vaegc.checks._points import as_points, check_spread
from vaegc.checks._value_object import ValueObject
from vaegc.checks._values import (
    check_choice,
    check_count,
    check_int,
    check_number,
    check_seed,
)

__all__ = [
    "MAX_CLASSES", "MAX_NAME_CHARACTERS", "Config", "ValueObject", "as_classes", "as_label_array", "as_points", "check_choice",
    "check_classes", "check_count", "check_int", "check_number", "check_seed", "check_spread", "encode_labels",
]  # fmt: skip
