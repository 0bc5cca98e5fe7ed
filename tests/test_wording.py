"""Counts agree with their nouns and verbs."""

from __future__ import annotations

import pytest

from vaegc.wording import counted


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ((1, "cluster", "persist"), "1 cluster persists"),
        ((0, "cluster", "persist"), "0 clusters persist"),
        ((1, "dimension"), "1 dimension"),
        ((1234, "point", "are"), "1,234 points are"),
        ((1, "number of clusters", "have"), "1 number of clusters has"),
        ((2, "number of clusters"), "2 numbers of clusters"),
        ((3, "class"), "3 classes"),
        ((2, "category"), "2 categories"),
        ((2, "day"), "2 days"),
    ],
)
def test_counts_agree(given, words):
    assert counted(*given) == words
