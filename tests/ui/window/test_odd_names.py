"""Names of folders, classes and photos may contain line breaks and control codes; no text shows them unescaped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import states
from PySide6.QtCore import QAbstractTableModel, QModelIndex, Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QComboBox, QLabel, QLineEdit, QWidget

from studio.events import PhotoNote, Problem, Skipped
from studio.session.state import AppState
from studio.spec.structs import replace
from studio.ui.stations.evaluate.page import EvaluatePage
from studio.ui.stations.images.page import ImagesPage

FIRST, SECOND = "a\nb", "\u202ecb\x1b[31m<b>&'\":bug:"
RAW = ("a\nb", "\u202e", "\x1b")


def texts(page: QWidget) -> Iterator[tuple[str, str]]:
    """Each visible or spoken text of a page, with the widget it belongs to."""
    for part in page.findChildren(QWidget):
        kind = type(part).__name__
        for text in (part.accessibleName(), part.accessibleDescription(), part.toolTip(), part.windowTitle()):
            yield kind, text
        if isinstance(part, QLabel | QAbstractButton | QLineEdit):
            yield kind, part.text()
        if isinstance(part, QComboBox):
            yield from ((kind, part.itemText(place)) for place in range(part.count()))
        if isinstance(part, QAbstractItemView) and part.model() is not None:
            model = part.model()
            for row in range(model.rowCount(QModelIndex())):
                for column in range(model.columnCount() if isinstance(model, QAbstractTableModel) else 1):
                    index = model.index(row, column)
                    for role in (
                        Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole,
                    ):  # fmt: skip
                        yield kind, str(index.data(role) or "")


@pytest.fixture
def odd(tmp_path: Path) -> AppState:
    folder = tmp_path / "f\x1b[31m a\nb"
    folder.mkdir()
    data = states.on_disk(states.dataset(str(folder), (FIRST, SECOND), each=4))
    data = replace(
        data,
        skipped=(Skipped("a\nb/x.jpg", "empty file"),),
        notes=(PhotoNote("a\nb/y.tif", "first of 5 pages used"),),
        problems=(Problem("The class “a\nb” has only one photo.", "Put photos of “a\nb” into a folder."),),
    )
    spec = states.spec(data.folder)
    run = states.run(spec, data, wrong={0: 0.9, 3: 0.8})
    assert run.report is not None
    advice = "Only 1 of 4 photos of “a\nb” are found."
    state = replace(states.state(), spec=spec, dataset=data)
    return state.showing(replace(run, reports={"val": replace(run.report, advice=advice)}))


@pytest.mark.parametrize("kind", [ImagesPage, EvaluatePage])
def test_no_page_shows_a_name_that_breaks_or_turns_a_line(show_page: Any, odd: AppState, kind: type[QWidget]) -> None:
    page = show_page(kind())
    page.show_state(odd)
    said = list(texts(page))
    assert not [(where, text) for where, text in said if any(raw in text for raw in RAW)]
    assert any(r"a\nb" in text.replace("\u200b", "") for _, text in said), "the names are there"
