from __future__ import annotations

import pytest

from studio.system import failures


@pytest.mark.parametrize(
    ("words", "line"),
    [("cut off", "cut off"), ("\n cut off.\nat byte 7", "cut off"), ("wrong type:", "wrong type"), ("", "ValueError")],
)
def test_the_first_line_of_an_error_has_no_final_period(words: str, line: str) -> None:
    assert failures.first_line(ValueError(words)) == line
