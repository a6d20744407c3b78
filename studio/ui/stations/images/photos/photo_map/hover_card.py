"""Card beside a point of the map: the photo, its name, its class, and the classes of its neighbors."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from studio.ui.theme import theme

PICTURE = 96
GAP = 16


class HoverCard(QFrame):
    """Shown beside a point, inside the map; the pointer passes through it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._map = parent
        self.setObjectName("popup")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._picture = QLabel(self)
        self._picture.setFixedSize(PICTURE, PICTURE)
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.name, self.facts, self.words = (QLabel(self) for _ in range(3))
        for label in (self.name, self.facts, self.words):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setWordWrap(True)
        self.words.setFixedWidth(176)
        theme.set_color_role(self.facts, "muted")
        theme.set_color_role(self.words, "caution")
        texts = QVBoxLayout()
        texts.setSpacing(2)
        for label in (self.name, self.facts, self.words):
            texts.addWidget(label)
        texts.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 8, 8, 8)
        row.setSpacing(8)
        row.addWidget(self._picture)
        row.addLayout(texts)
        self.hide()

    def show_photo(self, place: QPoint, texts: tuple[str, str, str], pixmap: QPixmap | None) -> None:
        """Show a photo beside a position of the map."""
        name, facts, words = texts
        self.name.setText(self.name.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, 176))
        self.facts.setText(self.facts.fontMetrics().elidedText(facts, Qt.TextElideMode.ElideMiddle, 176))
        self.words.setText(words)
        self.words.setVisible(bool(words))
        self.show_picture(pixmap)
        self.adjustSize()
        x, y = place.x() + GAP, place.y() + GAP
        if x + self.width() > self._map.width():
            x = max(0, place.x() - GAP - self.width())
        if y + self.height() > self._map.height():
            y = max(0, place.y() - GAP - self.height())
        self.move(x, y)
        self.show()
        self.raise_()

    def show_picture(self, pixmap: QPixmap | None) -> None:
        """Show the thumbnail once it is decoded."""
        if pixmap is None or pixmap.isNull():
            self._picture.setText("…" if pixmap is None else "?")
            return
        smooth = Qt.TransformationMode.SmoothTransformation
        self._picture.setPixmap(pixmap.scaled(PICTURE, PICTURE, Qt.AspectRatioMode.KeepAspectRatio, smooth))
