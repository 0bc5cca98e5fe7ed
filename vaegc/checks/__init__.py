"""The boundary: what comes in is checked here once, and trusted from there on.

Points and labels of any kind become arrays (`as_points`, `as_classes`, `encode_labels`), single values are held against their limits
(`check_...`), settings share one base (`Config`), and what holds arrays shows and compares itself in one way (`Shown`). Every message
names the value that was wrong and what would be accepted. No heavy library is loaded before it is needed.
"""

from vaegc.checks._config import Config
from vaegc.checks._labels import LONGEST_NAME, MOST_CLASSES, as_classes, check_classes, encode_labels
from vaegc.checks._points import as_points, check_spread
from vaegc.checks._shown import Shown
from vaegc.checks._values import (
    check_choice,
    check_count,
    check_int,
    check_number,
    check_seed,
)

__all__ = [
    "LONGEST_NAME", "MOST_CLASSES", "Config", "Shown", "as_classes", "as_points", "check_choice", "check_classes", "check_count",
    "check_int", "check_number", "check_seed", "check_spread", "encode_labels",
]  # fmt: skip
