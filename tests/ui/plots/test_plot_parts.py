"""What all plots share: the axes, and the values at the lines' ends."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from PySide6.QtWidgets import QStackedWidget, QWidget
from pytestqt.qtbot import QtBot

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


def test_until_a_plot_is_painted_nothing_of_the_last_page_is_in_its_place(show: Any, qtbot: QtBot) -> None:
    pages = QStackedWidget()
    last, card = QWidget(), QWidget()
    last.setStyleSheet("background: #ff0000")
    plot = plain_plot(card)
    style_axes(plot, "y", "x")
    for page in (last, card):
        pages.addWidget(page)
    show(pages, 300, 200)

    def color() -> str:
        picture = pages.screen().grabWindow(pages.winId()).toImage()
        return "" if picture.isNull() else picture.pixelColor(picture.rect().center()).name()

    qtbot.waitUntil(lambda: color() == "#ff0000")
    card.setUpdatesEnabled(False)
    pages.setCurrentWidget(card)
    qtbot.waitUntil(lambda: color() != "#ff0000")
    card.setUpdatesEnabled(True)
    background = plot.backgroundBrush().color().name()
    qtbot.waitUntil(lambda: color() == background)
