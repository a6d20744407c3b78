"""The numbers of the activation microscope as CSV."""

from __future__ import annotations

import numpy as np

from studio.session.inspection.exhibit import Exhibit
from studio.session.inspection.table import as_csv


def test_a_vector_has_a_line_per_feature() -> None:
    bars = Exhibit("number", np.array([[[1.0, -2.5, 3.14159265]]], np.float32), (0,), bars=True)
    assert as_csv(bars) == "feature,value\n0,1\n1,-2.5\n2,3.14159\n"
    assert as_csv(None) == ""


def test_pictures_have_a_line_per_row_with_the_number_of_their_channel() -> None:
    pictures = np.arange(12, dtype=np.float32).reshape(2, 2, 3)
    assert as_csv(Exhibit("channel", pictures, (7, 9))) == (
        "channel,row,0,1,2\n7,0,0,1,2\n7,1,3,4,5\n9,0,6,7,8\n9,1,9,10,11\n"
    )


def test_colored_filters_have_three_values_per_cell() -> None:
    pictures = np.arange(12, dtype=np.float32).reshape(1, 2, 2, 3)
    filters = Exhibit("filter", pictures, (3,))
    assert filters.colors
    assert as_csv(filters) == "filter,row,0r,0g,0b,1r,1g,1b\n3,0,0,1,2,3,4,5\n3,1,6,7,8,9,10,11\n"
