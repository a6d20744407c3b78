"""What all plots share: the axes, and the values at the lines' ends."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from PySide6.QtWidgets import QWidget

from studio.ui.plots.plot_parts import plain_plot, spread_out, style_axes


def test_a_name_on_an_axis_is_text_and_never_markup(show: Any) -> None:
    parent = show(QWidget(), 300, 200)
    plot = plain_plot(parent)
    style_axes(plot, "share of <b>bees</b> & ants", "two\nlines", upright_grid=False)
    assert plot.getAxis("left").label.toPlainText().strip() == "share of <b>bees</b> & ants"
    assert plot.getAxis("bottom").label.toPlainText().strip() == "two\\nlines"


def test_values_at_the_ends_of_lines_do_not_overlap() -> None:
    places = spread_out([0.005, 0.117, 0.164, 24.467], 1.5, -5.0, 30.0)
    assert all(upper - lower >= 1.5 - 1e-9 for lower, upper in itertools.pairwise(places))
    assert places[3] == 24.467, "what has room stays"
    assert sum(places[:3]) / 3 == pytest.approx((0.005 + 0.117 + 0.164) / 3), "moved as little as possible"


def test_values_at_the_ends_stay_inside_where_all_fit() -> None:
    places = spread_out([0.0, 0.0, 0.0], 1.0, 0.0, 10.0)
    assert places == pytest.approx([0.5, 1.5, 2.5])
    assert spread_out([0.0, 6.0, 10.0], 1.0, 0.0, 10.0) == [0.5, 6.0, 9.5], "the ends move, and nothing else"
    assert spread_out([0.1, 9.0, 9.9], 1.0, 0.0, 10.0) == pytest.approx([0.5, 8.5, 9.5])
    assert spread_out([], 1.0, 0.0, 1.0) == []
