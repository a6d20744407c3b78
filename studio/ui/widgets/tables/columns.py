"""Column widths of a table: computed from texts and font, changed by the user, saved by the window."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHeaderView, QMenu, QTableView

from studio.formatting.language import tr

SHOWN = "shown "
"""Prefix of the keys that say whether a column is shown, among the saved widths."""

PADDING = 20
"""Margin around a cell's text."""


class Columns(QObject):
    """Sets the column widths of a table and stores those changed by the user.

    Attributes:
        on_spread: Called before widths are distributed; may hide and show columns.

    Args:
        table: Its borders can be dragged; a double click on one restores the default width.
        name: Key of the saved widths.
        fill: Column that takes the remaining space.
        samples: Longest typical text of a column, where it is longer than the header.
        longest: Returns the longest text that a column shows now, "" for columns that may be elided. Columns of numbers
            are as wide as their texts, because a shortened number is another number.
    """

    def __init__(
        self,
        table: QTableView,
        name: str,
        fill: int,
        samples: Mapping[int, str],
        longest: Callable[[int], str] | None = None,
    ) -> None:
        super().__init__(table)
        self.setObjectName(name)
        self._table, self._fill, self._samples = table, fill, dict(samples)
        self._by_hand: dict[int, int] = {}
        self._chosen: dict[int, bool] = {}
        """By column: True where the user shows it, False where the user hides it."""

        self._preferred: dict[int, int] = {}
        self._was_shown = False
        self._longest, self._measured = longest, dict[int, int]()
        self._menu: QMenu | None = None
        self._width = -1
        self._busy = False
        self.on_spread: Callable[[], None] | None = None
        header = self._header = table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(32)
        header.sectionResized.connect(self._resized)
        header.sectionHandleDoubleClicked.connect(self._forget)
        table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        table.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        table.viewport().installEventFilter(self)
        header.sortIndicatorChanged.connect(self._sorted)
        if table.model() is not None:
            table.model().headerDataChanged.connect(self._preferred.clear)
            table.model().modelReset.connect(self._reset)
            if longest is not None:
                table.model().dataChanged.connect(self._numbers_changed)
                table.model().rowsInserted.connect(self._numbers_changed)

    def sample(self, column: int, text: str) -> None:
        """Change the longest typical text of a column."""
        self._samples[column] = text
        self._preferred.pop(column, None)

    def preferred_width(self, column: int) -> int:
        """Width at which no typical text, and no number, is elided."""
        if column not in self._preferred:  # measuring texts takes milliseconds, and tables are laid out often
            self._preferred[column] = self._measured_width(column)
        if column not in self._measured:
            self._measured[column] = self._text_width(self._longest(column)) if self._longest is not None else 0
        return max(self._preferred[column], self._measured[column])

    def _measured_width(self, column: int) -> int:
        self._header.ensurePolished()  # before it is shown, its headings would be measured without the style's margins
        return max(self._header.sectionSizeHint(column), self._text_width(self._samples.get(column, "")))

    def _text_width(self, text: str) -> int:
        """Width of a column for a text of one or more lines, the same for all digits."""
        if not text:
            return 0
        metrics = self._table.fontMetrics()
        widest = max("0123456789", key=metrics.horizontalAdvance)
        lines = re.sub(r"\d", widest, text).split("\n")
        return max(map(metrics.horizontalAdvance, lines)) + PADDING

    def others(self) -> int:
        """Width of all visible columns except the one that takes the remaining space."""
        return sum(
            self._by_hand.get(column, self.preferred_width(column))
            for column in range(self._header.count())
            if column != self._fill and not self._header.isSectionHidden(column)
        )

    def spread(self) -> None:
        """Distribute the width; where the columns do not fit, the table scrolls."""
        if self._busy or not self._header.count():
            return
        self._busy = True
        try:
            if self.on_spread is not None:
                self.on_spread()
            for column, is_shown in self._chosen.items():
                self._header.setSectionHidden(column, not is_shown)
            for column in range(self._header.count()):
                if column != self._fill and not self._header.isSectionHidden(column):
                    self._header.resizeSection(column, self._by_hand.get(column, self.preferred_width(column)))
            left = self._table.viewport().width() - self.others()
            self._header.resizeSection(
                self._fill, self._by_hand.get(self._fill, max(self.preferred_width(self._fill), left))
            )
        finally:
            self._busy = False

    def state(self) -> dict[str, int]:
        """Widths set by the user, by column, and the columns that the user shows (1) or hides (0)."""
        widths = {str(column): width for column, width in self._by_hand.items()}
        return widths | {f"{SHOWN}{column}": int(is_shown) for column, is_shown in self._chosen.items()}

    def restore(self, widths: Mapping[str, int]) -> None:
        """Apply saved widths; those of columns that no longer exist are ignored."""
        self._by_hand = {int(column): width for column, width in widths.items() if column.isdigit() and width > 0}
        names = {key.removeprefix(SHOWN): value for key, value in widths.items() if key.startswith(SHOWN)}
        columns = {int(name): bool(value) for name, value in names.items() if name.isdigit()}
        self._chosen = {
            column: is_shown for column, is_shown in columns.items() if self._menu is not None and column != self._fill
        }
        self.spread()

    def let_choose(self) -> None:
        """Let the user show and hide columns, from the menus of the header and of the table."""
        self._menu = QMenu(tr("Columns"), self._table)
        self._menu.aboutToShow.connect(self._fill_menu)
        self._table.addAction(self._menu.menuAction())
        self._header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._header.customContextMenuRequested.connect(self._open_menu)

    def choose(self, column: int, is_shown: bool) -> None:
        """Show or hide a column, as the user chose."""
        self._chosen[column] = is_shown
        self.spread()

    def _open_menu(self, point: QPoint) -> None:
        if self._menu is not None:
            self._menu.popup(self._header.mapToGlobal(point))

    def _fill_menu(self) -> None:
        assert self._menu is not None
        self._menu.clear()
        for place in range(self._header.count()):
            column = self._header.logicalIndex(place)
            title = self._table.model().headerData(column, Qt.Orientation.Horizontal)
            if column == self._fill or not title:
                continue
            action = self._menu.addAction(str(title))
            action.setCheckable(True)
            action.setChecked(not self._header.isSectionHidden(column))
            action.toggled.connect(partial(self.choose, column))
        if self._chosen:
            self._menu.addSeparator()
            self._menu.addAction(tr("By the room there is"), self._forget_choice)

    def _forget_choice(self) -> None:
        for column in self._chosen:
            self._header.setSectionHidden(column, False)
        self._chosen.clear()
        self.spread()

    def take(self, column: int, width: int) -> None:
        """Store the width of a column that the user dragged."""
        self._by_hand[column] = width
        self.spread()

    def _resized(self, column: int, _old: int, new: int) -> None:
        if not self._busy and QGuiApplication.mouseButtons() & Qt.MouseButton.LeftButton:
            self.take(column, new)

    def _forget(self, column: int) -> None:
        self._by_hand.pop(column, None)
        self.spread()

    def _sorted(self) -> None:
        """Make room for the arrow of the order."""
        self._preferred.clear()
        self.spread()

    def _numbers_changed(self) -> None:
        """Widen columns for new numbers, or make them narrower."""
        before, self._measured = self._measured, {}
        if any(self.preferred_width(column) and self._measured[column] != width for column, width in before.items()):
            self.spread()

    def _reset(self) -> None:
        self._preferred.clear()
        self._measured.clear()
        self.spread()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Distribute the widths again when the table is first shown, and after a change of its width or font."""
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._reset()
        elif event.type() == QEvent.Type.Show and not self._was_shown:
            self._was_shown = True
            if not self._table.model().rowCount():  # its headings were measured before the window had its style
                self._reset()
        elif event.type() == QEvent.Type.Resize and self._table.viewport().width() != self._width:
            self._width = self._table.viewport().width()
            self.spread()
        return super().eventFilter(watched, event)
