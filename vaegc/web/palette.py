"""Colours of clusters and noise.

Ten colours for each theme, found by maximising the smallest OKLab distance between any two of them, the noise grey and the
background, as seen with normal vision and with each of the three colour-vision deficiencies (tests/test_palette.py measures it).
"""

from __future__ import annotations

LIGHT = ("#1441bb", "#fc7f13", "#05b789", "#d13473", "#9260e9", "#217ea1", "#8c0208", "#9b5e0b", "#ea80fc", "#70217a")
DARK = ("#2ecafe", "#fad817", "#1ab382", "#fd8ac4", "#a186fe", "#ce3316", "#1673d9", "#be8b1d", "#18fdc6", "#a9509b")
NOISE_LIGHT = "#b9c0cb"
NOISE_DARK = "#4a5261"
