"""Lines of a targets file."""

from __future__ import annotations

import pytest

from studio.data.tables import targets
from studio.data.tables.photo_lines import Line


@pytest.mark.parametrize("row", [["a.png"], ["a.png", ""], ["a.png", "  ", "7"]])
def test_a_line_without_a_second_cell_has_no_number(row: list[str]) -> None:
    assert targets._line(row, 3, ",", has_split=False) == Line("a.png", 0.0, None, 3, "has no number")


@pytest.mark.parametrize(
    ("row", "line"),
    [
        (["a.png", " 7 "], Line("a.png", 7.0, None, 3, "")),
        (["a.png", "7", "val"], Line("a.png", 7.0, "val", 3, "")),
        (["a.png", "x", "val"], Line("a.png", 0.0, "val", 3, "“x” is not a number")),
        (["a.png", "2e30", "val"], Line("a.png", 0.0, "val", 3, "“2e30” is too large")),
    ],
)
def test_a_faulty_line_has_no_number(row: list[str], line: Line[float]) -> None:
    assert targets._line(row, 3, ",", has_split=len(row) > 2) == line
