"""Plots painted without pyqtgraph are copied and saved like the others: the files are read back."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QFileDialog, QMessageBox, QToolButton, QWidget

from studio.events import Failed
from studio.session.runs.comparison_view import Cell
from studio.spec import TrainSpec
from studio.ui.plots.histogram import Histogram
from studio.ui.plots.schedule_curve import ScheduleCurve
from studio.ui.stations.evaluate.compare.difference_matrix import MatrixOfChanges
from studio.ui.theme import theme


@pytest.fixture
def histogram(show: Any) -> Histogram:
    shown = show(Histogram("Errors", zero=True), 240, 100)
    shown.show_numbers(np.linspace(-1, 3, 50))
    return shown


def colors(image: QImage) -> set[str]:
    return {image.pixelColor(x, y).name() for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)}


def test_the_files_hold_what_is_shown(histogram: Histogram, tmp_path: Path) -> None:
    for kind in ("png", "svg", "csv"):
        histogram.files.save(str(tmp_path / f"errors.{kind}"))
    accent = theme.current().accent
    picture = QImage(str(tmp_path / "errors.png"))
    assert (picture.width(), picture.height()) == (480, 200), "twice as sharp as the screen"
    assert accent in colors(picture)
    assert ElementTree.parse(tmp_path / "errors.svg").getroot().tag.endswith("svg")
    drawing = QSvgRenderer(str(tmp_path / "errors.svg"))
    assert (drawing.viewBoxF().width(), drawing.viewBoxF().height()) == (240, 100)
    redrawn = QImage(240, 100, QImage.Format.Format_RGB32)
    redrawn.fill(QColor("white"))
    painter = QPainter(redrawn)
    drawing.render(painter)
    painter.end()
    assert accent in colors(redrawn)
    rows = list(csv.DictReader((tmp_path / "errors.csv").read_text(encoding="utf-8").splitlines()))
    assert sum(int(row["photos"]) for row in rows) == 50
    assert (float(rows[0]["low"]), float(rows[-1]["high"])) == (-1, 3)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["errors.csv", "errors.png", "errors.svg"]


def test_plots_are_offered_to_be_saved_where_reports_are(
    histogram: Histogram, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered: list[str] = []

    def chosen(_parent: QWidget, _title: str, start: str, _kinds: str) -> tuple[str, str]:
        offered.append(start)
        return str(tmp_path / "mine"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", chosen)
    monkeypatch.chdir(tmp_path)
    histogram.files._save_csv()
    assert offered == [str(Path.home() / "errors.csv")], "not in the folder that the program was started in"
    assert (tmp_path / "mine.csv").exists()


def test_a_file_that_cannot_be_written_is_reported_and_leaves_the_old_one(
    histogram: Histogram, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "errors.png"
    file.write_text("old")
    monkeypatch.setattr(QImage, "save", lambda *_: False)
    histogram.files.save(str(file))
    box = histogram.findChild(QMessageBox)
    assert box is not None, "nothing else shows the failure"
    assert str(file) in box.text() + box.informativeText()
    box.close()
    assert file.read_text() == "old"
    faults: list[Failed] = []
    histogram.files.failed.connect(faults.append)
    histogram.files.save(str(tmp_path / "no" / "errors.csv"))
    assert "errors.csv" in faults[0].title + faults[0].hint


def test_menu_button_and_clipboard(histogram: Histogram, qtbot: Any) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    button = histogram.files.button(parent)
    assert isinstance(button, QToolButton)
    assert button.accessibleName() == "Copy or save the errors plot"
    menu = histogram.files.menu()
    words = [action.text() for action in menu.actions() if action.text()]
    assert words == ["Copy picture", "Copy numbers", "Save as PNG…", "Save as SVG…", "Save as CSV…"]
    menu.actions()[0].trigger()
    assert theme.current().accent in colors(QGuiApplication.clipboard().image())
    menu.actions()[1].trigger()
    assert QGuiApplication.clipboard().text().startswith("low,high,photos\n")


def test_the_schedule_is_a_plot_too(show: Any, tmp_path: Path) -> None:
    curve = show(ScheduleCurve(), 200, 48)
    curve.show_schedule(TrainSpec(schedule="cosine"))
    curve.files.save(str(tmp_path / "rate.csv"))
    rows = list(csv.reader((tmp_path / "rate.csv").read_text(encoding="utf-8").splitlines()))
    assert rows[0] == ["share_of_training", "share_of_highest_rate"]
    assert len(rows) == len(curve.points()) + 1


def test_the_difference_matrix_is_a_plot_too(show: Any, tmp_path: Path) -> None:
    matrix = show(MatrixOfChanges(), 300, 260)
    matrix.show_cells(("ants", "bees"), [[Cell(3, 4, True), Cell(1, 0, True)], [Cell(0, 0, False), Cell(4, 4, False)]])
    matrix.files.save(str(tmp_path / "difference.csv"))
    rows = list(csv.reader((tmp_path / "difference.csv").read_text(encoding="utf-8").splitlines()))
    assert rows[:3] == [["true", "predicted", "a", "b"], ["ants", "ants", "3", "4"], ["ants", "bees", "1", "0"]]
    matrix.files.save(str(tmp_path / "difference.svg"))
    assert "ants" in (tmp_path / "difference.svg").read_text(encoding="utf-8")
