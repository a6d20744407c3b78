"""The card on which photos are dropped, with buttons to choose them instead."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from studio.formatting.language import tr
from studio.session.state import AppState
from studio.session.using import words
from studio.ui.theme import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.enabling import allow
from studio.ui.widgets.wrapped_label import WrappedLabel

INVITATION, PASTE = tr("Drop photos or a folder here"), tr("or paste them (Ctrl+V)")
SIGN = 24


class DropArea(QWidget):
    """A dashed frame with an invitation; the page handles what is dropped on it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_over = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(f"{INVITATION}, {PASTE}")
        theme.when_changed(self._apply_theme)

    def show_over(self, is_over: bool) -> None:
        """Mark the frame while photos are dragged over the window."""
        if is_over != self._is_over:
            self._is_over = is_over
            self.update()

    def _apply_theme(self) -> None:
        self.update()

    def sizeHint(self) -> QSize:
        """Icon and two lines."""
        return QSize(200, 2 * self.fontMetrics().height() + SIGN + 40)

    def minimumSizeHint(self) -> QSize:
        """The height of the hint, at any width that fits the words."""
        return QSize(self.fontMetrics().horizontalAdvance(INVITATION) + 16, self.sizeHint().height())

    def changeEvent(self, event: QEvent) -> None:
        """Update the size in another font."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the frame, the icon and the words."""
        shades, painter = theme.current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(QColor(shades.accent if self._is_over else shades.muted), 2 if self._is_over else 1)
        pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(QColor(shades.accent_soft if self._is_over else shades.raised))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)
        line = self.fontMetrics().height()
        top = (self.height() - 2 * line - SIGN - 8) // 2
        place = self.rect().adjusted(0, top, 0, 0)
        sign = theme.icon("image-plus-outline", shades.muted).pixmap(QSize(SIGN, SIGN))
        painter.drawPixmap(place.center().x() - SIGN // 2, top, sign)
        center = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
        painter.setPen(QColor(shades.text))
        painter.drawText(self.rect().adjusted(4, top + SIGN + 8, -4, 0), center, INVITATION)
        painter.setPen(QColor(shades.muted))
        painter.drawText(self.rect().adjusted(4, top + SIGN + 8 + line, -4, 0), center, PASTE)
        painter.end()


class DropCard(Card):
    """The area and the buttons.

    Signals:
        given: Paths of photos and folders.
        camera_requested: Show what the camera sees.
    """

    given = Signal(object)
    camera_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Photos"), parent)
        self.area = DropArea(self)
        self.photos = self._button(tr("Photos…"), tr("Choose photos to predict (Ctrl+Shift+P)"), self.choose_photos)
        self.folder = self._button(tr("Folder…"), tr("Choose a folder whose photos are predicted"), self.choose_folder)
        self.camera = self._button(tr("Camera"), tr("Predict what a camera sees"), self.camera_requested)
        self._obstacle = ""
        self.message = WrappedLabel(self)
        self.message.hide()
        row = QHBoxLayout()
        row.setSpacing(8)
        for button in (self.photos, self.folder, self.camera):
            row.addWidget(button)
        row.addStretch(1)
        self.body.addWidget(self.area)
        self.body.addLayout(row)
        self.body.addWidget(self.message)

    def show_state(self, state: AppState) -> None:
        """Enable the buttons where photos can be predicted, and say why where they cannot."""
        why = words.obstacle(state)
        for button in (self.photos, self.folder, self.camera):
            allow(button, why)
        if self._obstacle and why != self._obstacle:
            self.say("")  # the run that was missing is chosen now

    def say(self, text: str) -> None:
        """Show a sentence below the buttons; "" removes it."""
        self._obstacle = ""
        theme.set_color_role(self.message, "bad")
        self.message.show_text(text)
        self.message.setVisible(bool(text))

    def refuse(self, obstacle: str) -> None:
        """Show why nothing can be predicted, until that changes."""
        self.say(obstacle)
        self._obstacle = obstacle

    def choose_photos(self) -> None:
        """Let the user choose photos."""
        self._choose(tr("Photos to predict"), QFileDialog.FileMode.ExistingFiles)

    def choose_folder(self) -> None:
        """Let the user choose a folder."""
        self._choose(tr("Folder of photos to predict"), QFileDialog.FileMode.Directory)

    def _choose(self, title: str, mode: QFileDialog.FileMode) -> None:
        if self.findChild(QFileDialog) is not None or not self.photos.isEnabled():
            return
        dialog = QFileDialog(self, title)
        dialog.setFileMode(mode)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(lambda files: self.given.emit(tuple(files)))
        dialog.open()

    def _button(self, text: str, tip: str, slot: object) -> QPushButton:
        button = QPushButton(text, self)
        button.setToolTip(tip)
        button.clicked.connect(slot)
        return button
