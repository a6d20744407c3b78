"""Parallel coordinates of runs: lines, the pointer, the chosen run."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from run_summaries import summary

from studio.events import Figure
from studio.session.runs.settings_axes import comparison
from studio.spec import DatasetSpec, HeadSpec, RunSpec, TrainSpec
from studio.spec.structs import replace
from studio.ui.plots.parallel_plot import ParallelPlot


def runs(count: int):
    return [
        replace(
            summary(f"r{number}"),
            spec=RunSpec(
                DatasetSpec("/nowhere/photos"),
                head=HeadSpec(kind="mlp" if number % 2 else "linear"),
                train=TrainSpec(lr=1e-4 * (1 + number), epochs=3),
            ),
            figure=Figure("accuracy", 0.5 + number / (2 * count)),
        )
        for number in range(count)
    ]


@pytest.fixture
def plot(qtbot):
    widget = ParallelPlot()
    qtbot.addWidget(widget)
    widget.resize(700, 320)
    widget.show_comparison(comparison(runs(5)))
    widget.show()
    return widget


def pixel(plot: ParallelPlot, run: int, x: float) -> tuple[int, int]:
    """The point of a run's line at `x`, counted in axes."""
    places = plot._places[run]
    y = float(np.interp(x, np.arange(len(places)), places))
    point = plot.plot.mapFromScene(plot._box.mapViewToScene(QPointF(x, y)))
    return point.x(), point.y()


def test_the_line_under_the_pointer_is_found_and_clicked(plot, qtbot):
    for run in range(5):
        assert plot.run_at(*pixel(plot, run, 1.75)) == run
    between = [pixel(plot, run, 1.95) for run in (0, 1)]
    assert plot.run_at(between[0][0], (between[0][1] + between[1][1]) // 2) == -1
    pair = [replace(one, figure=Figure("accuracy", share)) for one, share in zip(runs(4)[::2], (0.9, 0.5), strict=True)]
    plot.show_comparison(comparison(pair))  # two lines that cross: distances are measured perpendicular to a line
    place = QPoint(*pixel(plot, 0, 0.25))
    assert (plot.run_at(place.x(), place.y() + 10), plot.run_at(place.x(), place.y() + 13)) == (0, -1)
    plot.show_comparison(comparison(runs(5)))
    pointed: list[int] = []
    plot.pointed.connect(pointed.append)
    QTest.mouseMove(plot.plot.viewport(), QPoint(*pixel(plot, 3, 1.75)))
    qtbot.waitUntil(lambda: pointed == [3])
    with qtbot.waitSignal(plot.clicked) as clicked:
        QTest.mouseClick(plot.plot.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(*pixel(plot, 2, 1.75)))
    assert clicked.args == [2]


@pytest.mark.slow
def test_every_run_is_drawn_once_and_the_chosen_one_stands_out(plot):
    drawn = 0
    for item in plot._lines:
        _, y = item.getData()
        drawn += 0 if y is None else int(np.isnan(y).sum())
    assert drawn == 5
    plot.choose(1)
    assert plot._choice.getData()[1].tolist() == plot._places[1].tolist()
    assert plot._choice.isVisible()
    plot.choose(-1)
    assert not plot._choice.isVisible()
    assert "5 runs over Kind of head, Head learning rate, Validation accuracy" in plot.accessibleDescription()
