"""Copies the rows of any table, list or tree to the clipboard, as tab-separated text for a spreadsheet.

A view gets it by one call of `make_copyable`. The text of a cell is the displayed one, so that what is pasted equals
what is seen; a model with a longer or more exact one returns it for `COPY_ROLE`. A model whose rows are something other
than their cells implements `CopiesRows`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Protocol, runtime_checkable

from PySide6.QtCore import QAbstractItemModel, QAbstractProxyModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QTreeView

from studio.formatting import typography
from studio.formatting.language import tr

COPY_ROLE = Qt.ItemDataRole.UserRole + 400
"""Role of a cell's content for the clipboard, where it is not the displayed text: a number or a text."""

KEY_OF_ALL = "Ctrl+Shift+C"

COPY_KEYS = tr("Ctrl+C copies the selected rows, Ctrl+Shift+C all rows.")
"""Description for screen readers of a table that has no other keys."""

_GROUPED = re.compile(r"[−+-]?\d{1,3}(,\d{3})+(\.\d+)?( \D+)?")
_SPACES = re.compile("[\u00a0\u2007\u2009\u202f]")

Index = QModelIndex | QPersistentModelIndex
Rows = list[Sequence[object]]


@runtime_checkable
class CopiesRows(Protocol):
    """A model whose copied rows are not those of its cells: two lines of text, for instance."""

    def copied_headings(self) -> Sequence[str]:
        """Headings of the copied columns."""

    def copied_row(self, index: Index) -> Sequence[object]:
        """The copied cells of a row."""


class TableCopy(QObject):
    """The copy actions of a view: Ctrl+C copies the selected rows (all where none is), Ctrl+Shift+C all rows.

    Attributes:
        actions: The two actions, for a context menu.

    Args:
        view: The view.
        left_out: Returns the columns that are not copied.
    """

    def __init__(self, view: QAbstractItemView, left_out: Callable[[], Collection[int]] = tuple) -> None:
        super().__init__(view)
        self._view = view
        self._left_out = left_out
        self.actions = (
            self._action(tr("Copy rows"), QKeySequence.StandardKey.Copy, self.copy_selected),
            self._action(tr("Copy table"), KEY_OF_ALL, self.copy_all),
        )

    def copy_selected(self) -> None:
        """Copy the selected rows, or all rows where none is selected."""
        if self._view.model() is None:
            return
        chosen = {index.siblingAtColumn(0) for index in self._view.selectionModel().selectedIndexes()}
        rows = [row for row in _all_rows(self._view) if row in chosen] if chosen else None
        _copy(text_of(self._view, rows, self._left_out()))

    def copy_all(self) -> None:
        """Copy all rows."""
        if self._view.model() is not None:
            _copy(text_of(self._view, None, self._left_out()))

    def copy_csv(self) -> None:
        """Copy all rows as CSV."""
        _copy(csv_text(rows_of(self._view, None, self._left_out())))

    def copy_markdown(self) -> None:
        """Copy all rows as a table in Markdown."""
        _copy(markdown(rows_of(self._view, None, self._left_out())))

    def add_to(self, menu: QMenu) -> None:
        """Add the actions to the end of a view's own context menu."""
        if menu.actions():
            menu.addSeparator()
        menu.addActions(list(self.actions))

    def _action(self, words: str, key: QKeySequence.StandardKey | str, slot: object) -> QAction:
        action = QAction(words, self._view)
        action.setShortcut(QKeySequence(key))
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.triggered.connect(slot)
        self._view.addAction(action)
        return action


def make_copyable(view: QAbstractItemView, left_out: Callable[[], Collection[int]] = tuple) -> TableCopy:
    """Let the user copy a view's rows by key, and by context menu where it has none of its own; see `TableCopy`."""
    if view.contextMenuPolicy() == Qt.ContextMenuPolicy.DefaultContextMenu:
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
    return TableCopy(view, left_out)


def text_of(view: QAbstractItemView, rows: Iterable[QModelIndex] | None = None, left_out: Collection[int] = ()) -> str:
    """Rows as tab-separated text under a line of headings; see `rows_of`."""
    return tsv(rows_of(view, rows, left_out))


def rows_of(view: QAbstractItemView, rows: Iterable[QModelIndex] | None = None, left_out: Collection[int] = ()) -> Rows:
    """Headings, where there are any, and the cells of rows.

    Args:
        view: Columns are in the order shown; hidden ones are copied, too, because a narrow window hides them.
        rows: Indexes of the rows (column 0); None for all, in the order shown, those of closed branches included.
        left_out: Columns that are not copied.
    """
    model = view.model()
    chosen = list(_all_rows(view) if rows is None else rows)
    source = _source(model)
    if isinstance(source, CopiesRows):
        cells = [source.copied_row(_mapped(row)) for row in chosen]
        return [source.copied_headings(), *cells]
    columns = [column for column in _columns(view, model) if column not in left_out]
    headings = [_heading(model, column) for column in columns]
    lines: Rows = [[_cell(row.siblingAtColumn(column)) for column in columns] for row in chosen]
    return [headings, *lines] if any(headings) else lines


def tsv(rows: Iterable[Sequence[object]]) -> str:
    """Rows of cells as tab-separated text; each cell is plain text on one line."""
    return "".join("\t".join(map(plain, row)) + "\n" for row in rows)


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Rows of cells as comma-separated values."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([plain(cell) for cell in row] for row in rows)
    return text.getvalue()


def markdown(rows: Sequence[Sequence[object]]) -> str:
    """Rows of cells as a table in Markdown; the first row are the headings, columns of numbers are right-aligned."""
    cells = [[plain(cell).replace("\\", "\\\\").replace("|", "\\|") for cell in row] for row in rows]
    if not cells:
        return ""
    columns = range(len(cells[0]))
    numeric = [any(_is_number(row[place]) for row in rows[1:]) for place in columns]
    rule = ["---:" if numeric[place] else "---" for place in columns]
    return "".join(f"| {' | '.join(row)} |\n" for row in (cells[0], rule, *cells[1:]))


def _is_number(cell: object) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def plain(value: object) -> str:
    """A cell as a spreadsheet reads it: no typographic spaces or minus signs, and "" for an unknown value."""
    if value is None:
        return ""
    if isinstance(value, float):
        return "" if value != value else f"{value:.9g}"
    text = typography.one_line(_SPACES.sub(" ", str(value)).replace("\n", ", ").replace("\t", " "))
    if _GROUPED.fullmatch(text):  # in some locales, a spreadsheet would read the comma as a decimal point
        text = text.replace(",", "")
    text = re.sub("\u2212(?=\\d)", "-", text).replace("\u200b", "").strip()
    return "" if text == "–" else text


def _copy(text: str) -> None:
    QGuiApplication.clipboard().setText(text)


def _cell(index: QModelIndex) -> object:
    for role in (COPY_ROLE, Qt.ItemDataRole.DisplayRole):
        value = index.data(role)
        if value is not None:
            return value
    return None


def _heading(model: QAbstractItemModel, column: int) -> object:
    for role in (COPY_ROLE, Qt.ItemDataRole.DisplayRole):
        value = model.headerData(column, Qt.Orientation.Horizontal, role)
        if isinstance(value, str):
            return value
    return ""


def _columns(view: QAbstractItemView, model: QAbstractItemModel) -> list[int]:
    """Columns from left to right."""
    header: QHeaderView | None = None
    if isinstance(view, QTableView):
        header = view.horizontalHeader()
    elif isinstance(view, QTreeView):
        header = view.header()
    if header is None:
        return [0]
    return [header.logicalIndex(place) for place in range(model.columnCount())]


def _all_rows(view: QAbstractItemView) -> Iterator[QModelIndex]:
    """Column 0 of each row, from top to bottom; of a tree those of all branches."""
    model = view.model()
    waiting = [model.index(row, 0) for row in reversed(range(model.rowCount()))]
    while waiting:
        index = waiting.pop()
        yield index
        if isinstance(view, QTreeView):
            waiting += [model.index(row, 0, index) for row in reversed(range(model.rowCount(index)))]


def _source(model: QAbstractItemModel) -> QAbstractItemModel:
    """The model below all proxies, which the rows come from."""
    while isinstance(model, QAbstractProxyModel):
        model = model.sourceModel()
    return model


def _mapped(index: QModelIndex) -> QModelIndex:
    """The index of the model below all proxies."""
    model = index.model()
    while isinstance(model, QAbstractProxyModel):
        index = model.mapToSource(index)
        model = index.model()
    return index
