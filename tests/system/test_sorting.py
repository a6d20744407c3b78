"""Sorting in parts."""

from __future__ import annotations

import random

import pytest

from studio.system import sorting


@pytest.mark.parametrize("number", [0, 1, 9, 10, 11, 95])
def test_values_are_sorted_in_parts_as_by_sorted(monkeypatch, number):
    monkeypatch.setattr(sorting, "PART", 10)
    values = [(random.Random(number + place).randrange(20), str(place % 3)) for place in range(number)]
    assert sorting.sorted_in_parts(iter(values)) == sorted(values)
