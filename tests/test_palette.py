"""Ten colours, the noise grey and the background stay apart, also for eyes that lack one kind of cone."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from vaegc.web import palette

# Machado, Oliveira and Fernandes 2009, severity 1, for linear RGB
VISION = {
    "normal": np.eye(3),
    "protan": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
    "deutan": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]),
    "tritan": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]),
}
# Ottosson 2020
TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
APART = 0.09


def oklab(colours: tuple[str, ...], vision: str) -> np.ndarray:
    coded = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in colours]) / 255
    linear = np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ VISION[vision].T, 0, 1)
    return np.cbrt(seen @ TO_LMS.T) @ TO_LAB.T


THEMES = {"light": (*palette.LIGHT, palette.NOISE_LIGHT, "#ffffff"), "dark": (*palette.DARK, palette.NOISE_DARK, "#10141c")}


def test_the_measure_is_oklab():
    np.testing.assert_allclose(oklab(("#ffffff", "#000000"), "normal"), [[1, 0, 0], [0, 0, 0]], atol=1e-6)
    np.testing.assert_allclose(oklab(("#ff0000",), "normal"), [[0.62796, 0.22486, 0.12585]], atol=1e-4)


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("theme", THEMES)
def test_any_two_colours_noise_and_background_are_apart(theme, vision):
    lab = oklab(THEMES[theme], vision)
    names = (*range(10), "noise", "background")
    distance = {(names[i], names[j]): float(np.linalg.norm(lab[i] - lab[j])) for i, j in combinations(range(12), 2)}
    closest = min(distance, key=distance.__getitem__)
    assert distance[closest] >= APART, f"{closest} differ by {distance[closest]:.3f}"


def test_both_themes_have_ten_colours_each_once():
    assert len(set(palette.LIGHT)) == len(set(palette.DARK)) == 10
