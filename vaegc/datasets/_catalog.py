"""Catalog of the named data sets: sizes, sources and licences, without loading anything."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from vaegc.datasets import images, toy
from vaegc.errors import BadInput

BUILT_IN = ("digits", "mnist", "fashion-mnist", "usps", "svhn", "stl10", "cifar10", "har", "r8")
TOYS = tuple(toy.SHAPES)
DOWNLOADED = images.NAMES  # the others are shipped, generated, or to be brought along


@dataclass(frozen=True, slots=True)
class Description:
    """Description of a named data set, for people."""

    name: str  # what `load_dataset` takes
    title: str
    n: int  # points; of a toy shape the default
    d: int  # features
    classes: int
    about: str  # what a point is
    source: str  # one sentence
    licence: str  # one sentence
    n_train: int | None = None  # points of the official training part
    image_shape: tuple[int, ...] | None = None  # (height, width) or (height, width, 3)
    generated: bool = False  # n is free

    def to_dict(self) -> dict[str, object]:
        """Return the description as plain JSON-ready data."""
        return asdict(self)


_UCI = "CC BY 4.0."
_NOT_STATED = "None stated; take it as for research only."
_GENERATED = "Generated here; nobody's data."

_SETS = (
    Description(
        "digits", "Handwritten digits", 1797, 64, 10, "Scanned digits of 8x8 pixels.",
        "Test part of the UCI set Optical Recognition of Handwritten Digits (Alpaydin and Kaynak, 1998), shipped with scikit-learn.",
        _UCI, image_shape=(8, 8),
    ),
    Description(
        "mnist", "MNIST", 70_000, 784, 10, "Handwritten digits of 28x28 pixels.",
        "LeCun, Cortes and Burges, from NIST's special databases 1 and 3.", "Commonly given as CC BY-SA 3.0.", 60_000, (28, 28),
    ),
    Description(
        "fashion-mnist", "Fashion-MNIST", 70_000, 784, 10, "Pictures of clothes of 28x28 pixels.",
        "Xiao, Rasul and Vollgraf (2017), from Zalando's articles.", "MIT.", 60_000, (28, 28),
    ),
    Description(
        "usps", "USPS", 9298, 256, 10, "Digits from envelopes of 16x16 pixels.",
        "Hull (1994), from the U.S. Postal Service.", _NOT_STATED, 7291, (16, 16),
    ),
    Description(
        "svhn", "SVHN", 99_289, 3072, 10, "House numbers, cut to one digit, of 32x32 pixels in colour.",
        "Netzer and others (2011), from Google Street View; the training and test parts, without the extra one.",
        "For non-commercial use only.", 73_257, (32, 32, 3),
    ),
    Description(
        "stl10", "STL-10", 13_000, 27_648, 10, "Photographs of animals and vehicles of 96x96 pixels in colour.",
        "Coates, Lee and Ng (2011), from ImageNet; the pictures without a class are left out.", _NOT_STATED, 5000, (96, 96, 3),
    ),
    Description(
        "cifar10", "CIFAR-10", 60_000, 3072, 10, "Photographs of animals and vehicles of 32x32 pixels in colour.",
        "Krizhevsky (2009), from 80 Million Tiny Images.", _NOT_STATED, 50_000, (32, 32, 3),
    ),
    Description(
        "har", "UCI HAR", 10_299, 561, 6, "Features of 2.56 s of motion of a phone on somebody's waist.",
        "Anguita and others (2013), Human Activity Recognition Using Smartphones; VaDE calls it HHAR.", _UCI, 7352,
    ),
    Description(
        "r8", "Reuters R8", 7674, 2000, 8, "Newswire stories as tf-idf of their 2,000 most frequent words.",
        "The eight largest single-topic classes of Reuters-21578 (1987); not the Reuters-10k of DEC and VaDE.", _NOT_STATED, 5485,
    ),
    *(
        Description(
            name, f"{name.capitalize()} (2-D toy)", 1000, 2, classes, (shape.__doc__ or "").split("\n")[0],
            "Generated from a seed.", _GENERATED, generated=True,
        )
        for (name, shape), classes in zip(toy.SHAPES.items(), (8, 2, 3, 3, 2, 4, 5), strict=True)
    ),
)  # fmt: skip
_BY_NAME = {one.name: one for one in _SETS}


def catalog() -> tuple[Description, ...]:
    """Return the descriptions of all named sets: the built-in ones, then the toy shapes."""
    return _SETS


def describe(name: str) -> Description:
    """Return the description of a named set.

    Raises
    ------
    BadInput
        There is no set of this name.

    Examples
    --------
    >>> from vaegc.datasets import describe
    >>> describe("usps").n
    9298
    """
    if isinstance(name, str) and name in _BY_NAME:
        return _BY_NAME[name]
    raise BadInput(f"There is no data set called {str(name)!r}; known are {', '.join(_BY_NAME)}.")
