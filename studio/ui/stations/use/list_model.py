"""Model of the photos that were given, in the order that the user chose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from studio.events import GivenPhoto
from studio.formatting import typography
from studio.session.photo_rows import PhotoRows
from studio.session.using import words

AnyIndex = QModelIndex | QPersistentModelIndex

ADDED, NAME, ANSWER, DOUBT, SURE = "added", "name", "answer", "doubt", "sure"


def _name(photo: GivenPhoto) -> tuple[object, ...]:
    return Path(photo.path).name.casefold(), photo.path


def _answer(photo: GivenPhoto) -> tuple[object, ...]:
    return words.answer(photo).color_role != "good", words.answer(photo).text.casefold(), -_highest(photo), photo.path


def _highest(photo: GivenPhoto) -> float:
    return photo.number if photo.number is not None else photo.top[0][1] if photo.top else 0.0


def _doubt(photo: GivenPhoto) -> tuple[object, ...]:
    return bool(photo.why), _highest(photo), photo.path


def _sure(photo: GivenPhoto) -> tuple[object, ...]:
    return bool(photo.why), -_highest(photo), photo.path


KEYS: dict[str, Callable[[GivenPhoto], tuple[object, ...]]] = {
    NAME: _name,
    ANSWER: _answer,
    DOUBT: _doubt,
    SURE: _sure,
}
"""Sort key of each order; an order without one is that in which the photos were added."""


class GivenModel(QAbstractListModel):
    """The photos. In the order of adding, rows are only inserted; any other change resets the model.

    Attributes:
        rows: The photos as they were added.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows = PhotoRows()
        self._order: list[int] = []
        self._keys: list[tuple[object, ...]] = []
        self._sort = ADDED

    def show(self, rows: PhotoRows, sort: str) -> bool:
        """Show photos; True where the positions of those shown before may have changed."""
        before, is_same_sort = self.rows, sort == self._sort
        if rows is before and is_same_sort:
            return False
        grows = is_same_sort and len(rows) > len(before) and (not before or rows[0] is before[0])
        grows = grows and (not before or rows[len(before) - 1] is before[-1])
        key = KEYS.get(sort)
        if grows and key is None:
            self.beginInsertRows(QModelIndex(), len(before), len(rows) - 1)
            self.rows = rows
            self._order.extend(range(len(before), len(rows)))
            self.endInsertRows()
            return False
        self.beginResetModel()
        self.rows, self._sort = rows, sort
        start = len(before) if grows else 0
        if not grows:
            self._order, self._keys = [], []
        self._order.extend(range(start, len(rows)))
        if key is not None:
            self._keys.extend(key(photo) for photo in rows[start:])
            self._order.sort(key=self._keys.__getitem__)  # nearly sorted after the first time, which is fast
        self.endResetModel()
        return True

    def photo(self, row: int) -> GivenPhoto:
        """The photo of a row."""
        return self.rows[self._order[row]]

    def row_of(self, path: str) -> int:
        """The row of a photo; -1 where it is not there."""
        place = self.rows.place(path)
        if place < 0:
            return -1
        return place if self._sort == ADDED else self._order.index(place)

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        """Number of photos."""
        return 0 if parent.isValid() else len(self._order)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Name and answer as text, for tooltip and screen reader."""
        if not index.isValid():
            return None
        photo = self.photo(index.row())
        if role == Qt.ItemDataRole.DisplayRole:
            return typography.one_line(Path(photo.path).name)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return words.spoken(photo)
        if role == Qt.ItemDataRole.ToolTipRole:
            return typography.tip(f"{photo.path}\n{words.spoken(photo)}")
        return None

    def copied_headings(self) -> Sequence[str]:
        """Headings of the copied columns."""
        return ("photo", "answer", "probability", "path")

    def copied_row(self, index: AnyIndex) -> Sequence[object]:
        """Name, answer, probability or number, and path."""
        photo = self.photo(index.row())
        said = words.answer(photo)
        shares = dict(photo.top)
        value = photo.number if photo.number is not None else shares.get(photo.answer, "")
        return Path(photo.path).name, said.text, value, photo.path
