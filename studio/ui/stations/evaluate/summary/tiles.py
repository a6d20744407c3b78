"""The row of metrics at the top of the Evaluate page: numbers with a whisker for the interval and a reference tick."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from studio.formatting import typography
from studio.session.evaluation.metric_tiles import Tile
from studio.ui.theme import theme
from studio.ui.widgets.elided_label import ElidedLabel

MARGIN = 10

SPARE_MS = 20
"""Time between two cards that are built in advance."""

LEAST_WIDTH = 104
"""Width of a tile in which a number in large type fits."""


class Whisker(QWidget):
    """The interval as a bar, the value in it, and the reference as a tick, on one axis."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tile: Tile | None = None
        self.setFixedHeight(14)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_tile(self, tile: Tile) -> None:
        """Draw another metric."""
        self._tile = tile
        self.update()

    def place(self, value: float) -> float:
        """Position of a value in pixels."""
        assert self._tile is not None
        low, high = self._tile.axis
        share = (value - low) / max(high - low, 1e-12)
        return 2 + min(max(share, 0.0), 1.0) * (self.width() - 4)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint axis, interval, reference and value."""
        tile = self._tile
        if tile is None or tile.value is None:
            return
        colors, middle = theme.current(), self.height() / 2
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colors.border), 2))
        painter.drawLine(QPointF(0, middle), QPointF(self.width(), middle))
        accent = QColor(colors.accent)
        painter.setPen(Qt.PenStyle.NoPen)
        if tile.low is not None and tile.high is not None:
            soft = QColor(accent)
            soft.setAlphaF(0.45)
            left, right = self.place(tile.low), self.place(tile.high)
            painter.setBrush(soft)
            painter.drawRoundedRect(QRectF(left, middle - 2.5, max(right - left, 3), 5), 2, 2)
        if tile.reference is not None:
            painter.fillRect(QRectF(self.place(tile.reference) - 0.75, 1, 1.5, self.height() - 2), QColor(colors.text))
        painter.setBrush(accent)
        painter.drawRoundedRect(QRectF(self.place(tile.value) - 2.5, middle - 5, 5, 10), 2, 2)
        painter.end()


class TileCard(QFrame):
    """One metric."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.setMinimumWidth(LEAST_WIDTH)
        self._note = self._titles = ("", "")
        self.title = ElidedLabel(self, sentence=True)
        self.title.setObjectName("card_title")
        self.value = QLabel(self)
        self.value.setFont(theme.scaled(1.6, bold=True))
        self.whisker = Whisker(self)
        self.note = ElidedLabel(self, sentence=True)
        theme.set_color_role(self.note, "muted")
        self.note.setFont(theme.scaled(0.9))
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, 8, MARGIN, 8)
        column.setSpacing(2)
        for part in (self.title, self.value, self.whisker, self.note):
            column.addWidget(part)
        column.addStretch(1)

    def show_tile(self, tile: Tile) -> None:
        """Show a metric."""
        self._titles = (tile.title, tile.short_title or tile.title)
        self.value.setText(tile.text)
        self.whisker.show_tile(tile)
        self._note = (typography.one_line(tile.note), typography.one_line(tile.short))
        self._fit()
        tip = typography.tip("\n".join(map(typography.one_line, tile.tip.split("\n"))))
        for part in (self, self.title, self.value, self.whisker, self.note):
            part.setToolTip(tip)
        self.setAccessibleName(tile.title)
        self.setAccessibleDescription(typography.one_line(tile.spoken()))

    def _fit(self) -> None:
        long, short = self._note
        room = self.contentsRect().width() - 2 * MARGIN - 1  # of contents: without the border of the style sheet
        fits = self.note.fontMetrics().horizontalAdvance(long) <= room
        self.note.setText(long if fits else short)
        title, short_title = self._titles
        fits = self.title.fontMetrics().horizontalAdvance(title) <= room
        self.title.setText(title if fits else short_title)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shorten the note where it does not fit."""
        super().resizeEvent(event)
        self._fit()

    def sizeHint(self) -> QSize:
        """As narrow as possible: all tiles share the row."""
        return QSize(LEAST_WIDTH, super().sizeHint().height())


class Tiles(QWidget):
    """The row of metrics.

    Attributes:
        cards: By the key of their metric.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drawn: Sequence[Tile] = ()
        self._spare: list[TileCard] = []
        self._wanted = 0
        self._build_later = QTimer(self, singleShot=True, interval=SPARE_MS)
        self._build_later.timeout.connect(self._build_one)
        self._shown = QWidget(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._shown)
        self._row = QHBoxLayout(self._shown)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(12)
        self.cards: dict[str, TileCard] = {}
        theme.when_changed(self.update)

    def build_spare(self, number: int) -> None:
        """Build cards for the first results in advance, one every `SPARE_MS`: all at once would block for 0.02 s."""
        self._wanted = number
        self._build_later.start()

    def _build_one(self) -> None:
        if len(self._spare) + len(self.cards) < self._wanted:
            card = TileCard(self._shown)
            card.hide()
            card.ensurePolished()
            self._spare.append(card)
            self._build_later.start()

    def show_tiles(self, tiles: Sequence[Tile]) -> None:
        """Show these metrics."""
        if tiles == self._drawn:
            return
        self._drawn = tiles
        shown = {tile.key for tile in tiles}
        others = shown != {key for key, card in self.cards.items() if not card.isHidden()}
        if others:
            self._shown.hide()  # Qt would lay out the whole page again for each card that is shown
        for place, tile in enumerate(tiles):
            if tile.key not in self.cards:
                card = self.cards[tile.key] = self._spare.pop() if self._spare else TileCard(self._shown)
                self._row.insertWidget(place, card, 1)
            self.cards[tile.key].show_tile(tile)
        for key, card in self.cards.items():
            card.setVisible(key in shown)
        if others:
            self._shown.show()
