"""Counts agree with their nouns and verbs; shares are percentages without exponents."""

from __future__ import annotations

import pytest

from vaegc.wording import cluster_size, counted, counted_of, percent


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


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ((1.0, 2), "100 %"),
        ((1.0,), "100 %"),
        ((0.996, 2), "100 %"),
        ((0.12, 2), "12 %"),
        ((0.0996, 2), "10 %"),
        ((0.04, 2), "4 %"),
        ((0.005,), "0.5 %"),
        ((0.1234,), "12.3 %"),
        ((0.0004,), "0.04 %"),
        ((0.0,), "0 %"),
        ((25.0, 2), "2500 %"),
    ],
)
def test_shares_are_percentages(given, words):
    assert percent(*given) == words


def test_the_verb_of_a_part_agrees_with_the_part():
    assert counted_of(1, 20, "row", "are") == "1 of 20 rows is"
    assert counted_of(3, 1200, "row", "hold") == "3 of 1,200 rows hold"
    assert counted_of(1, 1, "row", "hold") == "1 of 1 row holds"


def test_the_smallest_size_of_a_cluster_is_a_count_or_a_share():
    assert (cluster_size(1), cluster_size(12, "core point")) == ("1 point", "12 core points")
    assert (cluster_size(0.01), cluster_size(0.125, whole="them")) == ("1 % of the points", "12.5 % of them")
