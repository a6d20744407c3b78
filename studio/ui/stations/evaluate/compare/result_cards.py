"""The result of a comparison: the verdict in words, and the numbers of A, B and their difference."""

from __future__ import annotations

import html

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from studio.evaluate.compare.comparison_words import Words
from studio.formatting import typography
from studio.formatting.language import tr, translated
from studio.session.runs.comparison_view import Tile
from studio.ui.theme import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.wrapped_label import WrappedLabel


class Whisker(QWidget):
    """A value with its interval on a scale.

    Args:
        color_role: Field of the palette.
        parent: Owner.
    """

    def __init__(self, color_role: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._color_role = color_role
        self._tile: Tile | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.when_changed(self.update)

    def sizeHint(self) -> QSize:
        """A low strip."""
        return QSize(80, 16)

    def show_tile(self, tile: Tile) -> None:
        """Show the interval of a tile."""
        self._tile = tile
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the scale, the interval, the value and the mark."""
        tile = self._tile
        if tile is None or tile.reach is None:
            return
        painter, shades = QPainter(self), theme.current()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        low, high = tile.scale
        middle, width = self.height() / 2, self.width() - 2

        def x(value: float) -> float:
            return 1 + width * min(max((value - low) / ((high - low) or 1.0), 0.0), 1.0)

        painter.setPen(QPen(QColor(shades.border), 1))
        painter.drawLine(1, round(middle), 1 + width, round(middle))
        color = QColor(getattr(shades, self._color_role))
        left, value, right = map(x, tile.reach)
        painter.setPen(Qt.PenStyle.NoPen)
        soft = QColor(color)
        soft.setAlpha(110)
        painter.setBrush(soft)
        painter.drawRoundedRect(QRectF(left, middle - 2, max(right - left, 1.0), 4), 2, 2)
        painter.setBrush(color)
        painter.drawRoundedRect(QRectF(value - 1.5, middle - 6, 3, 12), 1, 1)
        if tile.mark is not None:
            painter.setPen(QPen(QColor(shades.text), 1))
            painter.drawLine(round(x(tile.mark)), round(middle) - 8, round(x(tile.mark)), round(middle) + 8)
        painter.end()


class TileCard(Card):
    """A large number, its interval, and a note."""

    def __init__(self, color_role: str, parent: QWidget | None = None) -> None:
        super().__init__(" ", parent)
        self.value = QLabel(self)
        self.value.setFont(theme.scaled(1.7, bold=True))
        self.whisker = Whisker(color_role, self)
        self.note = WrappedLabel(self)
        self.note.setWordWrap(True)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        theme.set_color_role(self.note, "muted")
        self.body.setSpacing(4)
        for part in (self.value, self.whisker, self.note):
            self.body.addWidget(part)
        self.body.addStretch(1)

    def show_tile(self, tile: Tile) -> None:
        """Show a tile."""
        self.set_title(tile.title)
        self.value.setText(tile.value)
        self.note.setText(typography.unbroken(tile.note))
        self.note.hold()
        self.whisker.show_tile(tile)
        self.setAccessibleDescription(f"{tile.value}, {tile.note}")


class ResultCards(QWidget):
    """The verdict and the three tiles, side by side."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words: Words | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        self.verdict = Card("", self)  # no title: it would repeat the first words
        self.text = WrappedLabel(self.verdict)
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.RichText)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.text.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.verdict.body.addWidget(self.text)
        self.verdict.body.addStretch(1)
        row.addWidget(self.verdict, 9)
        self.tiles = tuple(TileCard(role, self) for role in ("muted", "accent", "text"))
        for tile in self.tiles:
            row.addWidget(tile, 4)
        theme.when_changed(self._paint)

    def show_result(self, words: Words, tiles: tuple[Tile, ...]) -> None:
        """Show a result; without tiles, which need a common photo, only the words."""
        self._words = words
        self._paint()
        for card in self.tiles:
            card.setVisible(bool(tiles))
        for card, tile in zip(self.tiles, tiles, strict=False):
            card.show_tile(tile)

    def _paint(self) -> None:
        if self._words is None:
            return
        words, color = self._words, getattr(theme.current(), self._words.tone)
        badge, headline, *rest = (
            html.escape(typography.unbroken(line), quote=False)
            for line in map(translated, (words.badge, words.headline, words.meaning, words.advice))
        )
        first = f'<b style="color:{color}">{badge}.</b> <b>{headline}</b>'
        self.text.setText("<br>".join(line for line in (first, *rest) if line))
        self.text.hold()
        spoken = tuple(map(translated, (f"{words.badge}.", words.headline, words.meaning, words.advice)))
        self.verdict.setAccessibleName(tr("Verdict"))
        self.verdict.setAccessibleDescription(" ".join(filter(None, spoken)))
