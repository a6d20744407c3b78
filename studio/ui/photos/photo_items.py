"""Photos of a grid and their captions, and the model that holds them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, overload

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QWidget

from studio.formatting import typography
from studio.ui.widgets.tables.distinct_names import DistinctNames

AnyIndex = QModelIndex | QPersistentModelIndex
LEAST_NAME = "nnnnn"
"""Text as wide as a name needs at least; where the words after the name leave less, they are omitted."""


class Line(NamedTuple):
    """A line below a picture.

    Attributes:
        text: Text, elided where it does not fit.
        value: A number after the text; never elided.
        color_role: Color of both: `text`, `muted`, `good`, `bad`, `caution`, `ice`, `warm`.
        name: Part of `text` that may be shortened, in its middle: "bees" of "predicted bees"; "" for all of it.
    """

    text: str
    value: str = ""
    color_role: str = "text"
    name: str = ""

    def fitted(self, metrics: QFontMetrics, room: int, names: DistinctNames) -> tuple[str, str]:
        """Text and value for a line `room` pixels wide; names of the group `names` stay distinguishable."""
        text = typography.one_line(self.text)
        left = room - (metrics.horizontalAdvance(f"  {self.value}") if self.value else 0)
        fits = metrics.horizontalAdvance(text) <= left
        if fits or not self.name:
            return text if fits else metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, left), self.value
        name = typography.one_line(self.name)
        before, _, after = text.rpartition(name)
        left -= metrics.horizontalAdvance(before)
        if left - metrics.horizontalAdvance(after) >= metrics.horizontalAdvance(LEAST_NAME):
            left -= metrics.horizontalAdvance(after)
        else:
            after = ""
        return before + names.shortened(name, left, metrics) + after, self.value

    def description(self) -> str:
        """The full line, for screen reader and tooltip."""
        return typography.one_line(f"{self.text} {self.value}".strip())


class PhotoItem(NamedTuple):
    """One photo of the grid.

    Attributes:
        path: Absolute, or relative to the grid's root.
        title: First line below the picture.
        note: Second line.
        name: Part of the note that may be shortened; "" for all of it.
        badges: Icons on the picture, by name.
        faded: True for a photo that is not used.
        remarks: More lines of the tooltip.
        color_role: Color of the second line: `muted`, `good`, `bad`, `caution`, `ice`, `warm`; "" is muted.
        lines: Replacement for title and note, with as many lines as the grid has.
    """

    path: str
    title: str
    note: str = ""
    color_role: str = ""
    lines: tuple[Line, ...] = ()
    name: str = ""
    badges: tuple[str, ...] = ()
    faded: bool = False
    remarks: tuple[str, ...] = ()

    def below(self) -> tuple[Line, ...]:
        """The lines below the picture."""
        return self.lines or (Line(self.title), Line(self.note, color_role=self.color_role or "muted", name=self.name))

    def description(self) -> str:
        """All lines in one, for the screen reader."""
        return ", ".join(filter(None, (*(line.description() for line in self.below()), *self.remarks)))


class Selected(Sequence[str]):
    """Some of many paths in another order, looked up on access: a list of 50,000 would block the window.

    Args:
        paths: All paths.
        rows: Index of each path of the sequence.
    """

    def __init__(self, paths: Sequence[str], rows: NDArray[Any]) -> None:
        self._paths, self._rows = paths, rows

    @overload
    def __getitem__(self, row: int) -> str: ...

    @overload
    def __getitem__(self, row: slice) -> Sequence[str]: ...

    def __getitem__(self, row: int | slice) -> str | Sequence[str]:
        if isinstance(row, slice):
            return Selected(self._paths, self._rows[row])
        return self._paths[int(self._rows[row])]

    def __iter__(self) -> Iterator[str]:
        return map(self._paths.__getitem__, self._rows.tolist())

    def __len__(self) -> int:
        return len(self._rows)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Selected):
            return NotImplemented
        same = self._paths is other._paths or self._paths == other._paths
        return same and np.array_equal(self._rows, other._rows)

    __hash__ = None  # type: ignore[assignment]


class PhotoItems(Sequence[PhotoItem]):
    """Items created on access, because only a few of 50,000 are visible.

    Args:
        number: Number of items.
        make: Returns the item of a row.
        place: Returns the row of a path as written in the items; -1 where it is not among them.
        keys: The path of each row, by which a photo stays selected under another filter or order.
    """

    def __init__(
        self,
        number: int,
        make: Callable[[int], PhotoItem],
        place: Callable[[str], int],
        keys: Sequence[str] = (),
    ) -> None:
        self._number, self._make = number, make
        self.place = place
        self.keys = keys

    @overload
    def __getitem__(self, row: int) -> PhotoItem: ...

    @overload
    def __getitem__(self, row: slice) -> list[PhotoItem]: ...

    def __getitem__(self, row: int | slice) -> PhotoItem | list[PhotoItem]:
        if isinstance(row, slice):
            return [self._make(one) for one in range(*row.indices(self._number))]
        return self._make(range(self._number)[row])

    def __len__(self) -> int:
        return self._number


class PhotoModel(QAbstractListModel):
    """The photos in order."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.root = self._start = ""
        self.items: Sequence[PhotoItem] = ()

    def show(self, root: str, items: Sequence[PhotoItem]) -> None:
        """Replace all photos."""
        self.beginResetModel()
        self.root, self.items = root, items
        # The paths of photos in a folder are relative and plain.
        self._start = f"{Path(root)}/" if isinstance(items, PhotoItems) and root and os.sep == "/" else ""
        self.endResetModel()

    def renew(self, items: Sequence[PhotoItem]) -> None:
        """Replace the captions of the same photos; selection and scroll position stay."""
        self.items = items
        if items:
            self.dataChanged.emit(self.index(0), self.index(len(items) - 1))

    def path(self, row: int) -> str:
        """Absolute path of a photo."""
        return self.full_path(self.items[row])

    def full_path(self, item: PhotoItem) -> str:
        """Absolute path of an item."""
        # Painting asks for it in each cell, and `Path` takes 50 times as long.
        return f"{self._start}{item.path}" if self._start and item.path[:1] != "/" else str(Path(self.root, item.path))

    def place(self, path: str) -> int:
        """Row of an absolute path; -1 where it is not shown."""
        if isinstance(self.items, PhotoItems):
            inside = Path(path).is_relative_to(self.root)
            return self.items.place(Path(path).relative_to(self.root).as_posix()) if inside else -1
        ends = (row for row, item in enumerate(self.items) if path.endswith(item.path))
        return next((row for row in ends if self.path(row) == path), -1)

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Number of photos."""
        return 0 if parent.isValid() else len(self.items)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Texts for screen, screen reader and tooltip; the delegate paints the picture."""
        if not index.isValid() or index.row() >= len(self.items):
            return None
        item = self.items[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return item.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return item.description()
        if role == Qt.ItemDataRole.ToolTipRole:
            captions = [line.description() for line in item.lines] if item.lines else [item.note]
            return typography.tip(
                "\n".join(typography.one_line(line) for line in (item.path, *captions, *item.remarks) if line)
            )
        return None
