"""Cells with the paths of several photos."""

from __future__ import annotations

import pytest

from studio.data.journal.exports import csv_table


@pytest.mark.parametrize(
    ("text", "number", "paths"),
    [
        ("a | b", 0, ("a", "b")),
        ("a | b", 1, ("a | b",)),
        ("a | b", 2, ("a", "b")),
        ("a | b | c", 2, ("a", "b | c")),
        ("b | c | a", 2, ("b | c", "a")),
        (" | ".join("b" * 12), 1, (" | ".join("b" * 12),)),
        (" | ".join("b" * 13), 1, tuple("b" * 13)),  # too many ways to try
    ],
)
def test_names_with_the_separator_are_put_together_where_a_photo_has_that_name(text, number, paths) -> None:
    assert csv_table._paths(text, number, {"a", "b | c"}) == paths
