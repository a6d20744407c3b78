"""What all plots share: the axes."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget

from studio.ui.plots.plot_parts import plain_plot, style_axes


def test_a_name_on_an_axis_is_text_and_never_markup(show: Any) -> None:
    parent = show(QWidget(), 300, 200)
    plot = plain_plot(parent)
    style_axes(plot, "share of <b>bees</b> & ants", "two\nlines", upright_grid=False)
    assert plot.getAxis("left").label.toPlainText().strip() == "share of <b>bees</b> & ants"
    assert plot.getAxis("bottom").label.toPlainText().strip() == "two\\nlines"
