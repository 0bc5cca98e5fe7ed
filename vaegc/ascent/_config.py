"""Settings of an ascent: density, kind of step, number of steps."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral
from typing import ClassVar

from vaegc import neighbors
from vaegc.checks import Config, check_choice, check_int, check_number
from vaegc.errors import BadInput, NotSupported

DENSITIES = ("kernel", "aggregated", "mixture", "marginal", "bound")
DATA_DENSITIES = ("marginal", "bound")  # climb in the data; what is swept is the encoding
METHODS = ("fixed-point", "gradient", "blurring")
BLURRING_DENSITIES = ("kernel", "aggregated")  # whose centres are the points themselves
MAX_ASCENT_STEPS = 10_000


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class AscentConfig(Config):
    """Settings of an ascent, as data.

    Raises
    ------
    BadInput
        A value that cannot be used, with what would be accepted.
    NotSupported
        Blurring of a density without centres that are points.
    """

    GROUP: ClassVar[str] = "ascent"

    density: str = "kernel"  # what is climbed
    neighbors: float | None = None  # k of the per-point bandwidth: an int, a share of N, or None for the default
    bandwidth: float | None = None  # one bandwidth for all points, instead of `neighbors`
    method: str = "fixed-point"  # kind of step
    steps: int = 30  # number of steps
    alpha: float = 1.0  # step length, 0 < alpha < 2; 1 is the mean-shift fixed point
    tol: float = 0.0  # a point rests when its move is below tol times its own start bandwidth
    keep_every: int = 1  # keep every n-th frame, and always the first and last
    surrogate_variance: float | None = None  # of a Gaussian in place of a Bernoulli likelihood, for "marginal" and "bound"

    def __post_init__(self) -> None:
        check_choice(self.density, "density", DENSITIES)
        check_choice(self.method, "method", METHODS)
        if self.method == "blurring" and self.density not in BLURRING_DENSITIES:
            raise NotSupported(f"Blurring moves the centres with the points; {self.density!r} has no centres that are points.")
        if self.bandwidth is not None:
            low = 0 if self.density == "aggregated" and self.bandwidth == 0 else neighbors.SMALLEST_BANDWIDTH
            self._set_field("bandwidth", check_number(self.bandwidth, "bandwidth", low, 1 / neighbors.SMALLEST_BANDWIDTH))
        if self.neighbors is not None:
            if self.bandwidth is not None:
                raise BadInput("neighbors and bandwidth both say how wide the kernel is; give one of them.")
            neighbors.check(self.neighbors)
            self._set_field("neighbors", (int if isinstance(self.neighbors, Integral) else float)(self.neighbors))
        if self.surrogate_variance is not None:
            self._set_field("surrogate_variance", check_number(self.surrogate_variance, "surrogate_variance", 0, open_low=True))
            if self.density not in DATA_DENSITIES:
                raise BadInput(f"surrogate_variance belongs to {' and '.join(DATA_DENSITIES)}; this climbs {self.density!r}.")
        check_steps(self.steps, self.alpha, self.tol, self.keep_every)
        check_tol(self.tol, self.method)
        for name, kind in (("steps", int), ("alpha", float), ("tol", float), ("keep_every", int)):
            self._set_field(name, kind(getattr(self, name)))


def check_steps(steps: int, alpha: float, tol: float, keep_every: int) -> None:
    """Raise `BadInput` for numbers with which one cannot climb."""
    check_int(steps, "steps", 0, MAX_ASCENT_STEPS)
    check_number(alpha, "alpha", 0, open_low=True)
    if alpha >= 2:
        raise BadInput(f"alpha must be below 2, where the ascent is no longer an ascent; got {alpha!r}.")
    check_number(tol, "tol", 0)
    check_int(keep_every, "keep_every", 1, MAX_ASCENT_STEPS)


def check_tol(tol: float, method: str) -> None:
    """Raise `BadInput` where points would come to rest in a field that goes on."""
    if method == "blurring" and tol > 0:
        raise BadInput(f"Blurring moves the field with the points, so none may rest: tol must be 0; got {tol!r}.")
