"""Columns of numbers are as wide as their largest number, also after the numbers changed or a scroll bar appeared."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from epochs import class_epoch, number_epoch
from fonts import STRETCHES, font
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QTableView, QWidget
from run_summaries import summary

from studio.events import Figure
from studio.session.evaluation.class_rows import ClassRow
from studio.session.evaluation.slice_rows import SliceRow
from studio.session.photos.source_folders import SourceFolder
from studio.session.runs.run_columns import COLUMNS, RunView
from studio.spec import RunSpec, TrainSpec
from studio.spec.structs import replace
from studio.ui.stations.evaluate.compare.difference_table import TextModel, TextTable
from studio.ui.stations.evaluate.tables.pair_table import PairTable
from studio.ui.stations.evaluate.tables.score_table import ScoreTable
from studio.ui.stations.evaluate.tables.slice_table import SliceTable
from studio.ui.stations.head.epoch_table import EpochTable
from studio.ui.stations.head.run_table import RunTable
from studio.ui.stations.images.class_table import ClassTable
from studio.ui.stations.images.folder_list import FolderList
from studio.ui.theme import theme

Fill = Callable[[int], None]
"""Shows numbers of this order of magnitude."""


def _classes() -> tuple[QTableView, Fill]:
    table = ClassTable()
    counts = SimpleNamespace

    def show(size: int) -> None:
        names = tuple(f"class {number}" for number in range(40))
        rows = {part: [size + number for number in range(40)] for part in ("train", "val", "test")}
        data = counts(classes=names, counts=lambda: rows, split_pending=False)
        table.show_classes(data)  # type: ignore[arg-type]

    return table, show


def _pairs() -> tuple[QTableView, Fill]:
    table = PairTable()
    return table, lambda size: table.show_counts(np.full((3, 3), size), ("a", "b", "c"))


def _scores() -> tuple[QTableView, Fill]:
    table = ScoreTable()
    ends = ((0.88, 0.88),) * 3
    return table, lambda size: table.scores.show([ClassRow("ants", size, 0.888, 0.888, 0.888, "", ends)])


def _slices() -> tuple[QTableView, Fill]:
    table = SliceTable()

    def show(size: int) -> None:
        row = SliceRow("Folder", "Folder ants", size, size, float(size), 0.0, float(size), False, (), True)
        table.show_slices([row], 1.0)

    return table, show


def _folders() -> tuple[QTableView, Fill]:
    part = FolderList()
    return part.table, lambda size: part._model.show((SourceFolder("/photos/ants", "classes", size, ""),))


def _epochs() -> tuple[QTableView, Fill]:
    table = EpochTable()
    shown: list[Any] = []

    def show(size: int) -> None:
        shown.append(class_epoch(len(shown) + 1, size * 1.0, 1.0, size * 1.0, 1.0, 8.0, lr=1e-3))
        table.epochs.show(tuple(shown))

    return table, show


def _numbers() -> tuple[QTableView, Fill]:
    table = EpochTable()
    return table, lambda size: table.epochs.show((number_epoch(1, 1.0, 1.0, 2.0, size * 1.0, size * 1.0),))


def _runs() -> tuple[QTableView, Fill]:
    table = RunTable()

    def show(size: int) -> None:
        run = summary("one", epochs=size, photos=size, classes=size, figure=Figure("mae", size * 1.0, None))
        settings = replace(run.spec, train=TrainSpec(epochs=size, seed=size, batch_size=size))
        assert isinstance(settings, RunSpec)
        table.runs.show((replace(run, spec=settings),), "/nowhere/runs/one")
        table.show_view(RunView(columns=tuple(column.key for column in COLUMNS[1:])))

    return table, show


def _differences() -> tuple[QTableView, Fill]:
    model = TextModel(("Setting", "A", "B"), (1, 2))
    return TextTable("Differences", model, "differences", 1, "Own order"), lambda size: model.show(
        [("seed", f"{size:,}", f"{size:,}")]
    )


TABLES = {
    "classes": _classes,
    "pairs": _pairs,
    "scores": _scores,
    "slices": _slices,
    "folders": _folders,
    "epochs": _epochs,
    "epochs of numbers": _numbers,
    "runs": _runs,
    "differences": _differences,
}


def shortened(table: QTableView) -> Iterator[str]:
    """The cells with numbers that do not fit."""
    model = table.model()
    for column in range(model.columnCount()):
        cells = [model.index(row, column) for row in range(model.rowCount())]
        right = [
            cell
            for cell in cells
            if Qt.AlignmentFlag(cell.data(Qt.ItemDataRole.TextAlignmentRole) or 1) & Qt.AlignmentFlag.AlignRight
        ]
        if table.isColumnHidden(column):
            continue
        for cell in right:
            if (needed := table.sizeHintForIndex(cell).width()) > table.columnWidth(column):
                yield f"“{cell.data()}” in column {column} needs {needed} and has {table.columnWidth(column)}"


@pytest.mark.parametrize("name", TABLES)
def test_no_number_is_shortened(qapp: QApplication, qtbot: Any, name: str) -> None:
    """Under the style sheet, in a narrow table, before and after the numbers grew."""
    _check(qapp, qtbot, name, 100)


@pytest.mark.slow
@pytest.mark.parametrize("stretch", STRETCHES)
@pytest.mark.parametrize("name", TABLES)
def test_no_number_is_shortened_in_other_fonts(qapp: QApplication, qtbot: Any, name: str, stretch: int) -> None:
    _check(qapp, qtbot, name, stretch)


def _check(qapp: QApplication, qtbot: Any, name: str, stretch: int) -> None:
    with font(qapp, stretch):
        theme.apply(qapp, "light")
        table, show = TABLES[name]()
        top: QWidget = table.window()
        theme.style(top)
        qtbot.addWidget(top)
        top.resize(300, 120)
        top.show()
        for size in (8, 88_888_888, 88):
            show(size)
            qapp.processEvents()
            assert not list(shortened(table)), size
        wide = [table.columnWidth(column) for column in range(table.model().columnCount())]
        show(88_888)
        top.resize(260, 90)
        qapp.processEvents()
        assert not list(shortened(table)), wide
