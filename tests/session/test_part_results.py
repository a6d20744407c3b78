"""Results of a part as the window shows them."""

from __future__ import annotations

import numpy as np
import pytest

from studio.session.part_results import finite


def test_probabilities_that_are_not_numbers_are_shown_at_the_ends_of_the_axis() -> None:
    found = finite(np.array([[np.nan, np.inf, -np.inf, 0.25]]))
    assert found.tolist() == [pytest.approx([0.0, 1.0, 0.0, 0.25])]
    same = np.array([[0.25, 0.75]])
    assert finite(same) is same
