"""The pinned pictures below the tiles."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QToolButton, QWidget

from studio.formatting import typography
from studio.formatting.language import tr
from studio.session.inspection.pins import Pin, pinned
from studio.ui.stations.features.microscope import pictures
from studio.ui.theme import theme

SIDE = 52
WIDTH = 110
"""Largest width of a pin."""


class PinTool(QToolButton):
    """The button that pins the picture shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setIconSize(theme.ICON)
        self.setToolTip(tr("Pin the picture, to compare it with others (P)"))
        self.setAccessibleName(tr("Pin the picture"))
        self._recolor()
        theme.when_changed(self._recolor)

    def _recolor(self) -> None:
        self.setIcon(theme.icon("pin-outline"))


class PinButton(QToolButton):
    """One pin: a click shows it again, Delete removes it.

    Signals:
        removed: Delete was pressed.
    """

    removed = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Remove the pin with Delete."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit()
            return
        super().keyPressEvent(event)


class PinRow(QWidget):
    """At most four pins side by side; hidden without any.

    Signals:
        pin_requested: The `Pin` to show again.
        changed: A pin was added or removed.

    Attributes:
        pins: The pins, oldest first.
        buttons: Their buttons.
    """

    pin_requested = Signal(object)
    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pins: tuple[Pin, ...] = ()
        self.buttons: list[PinButton] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(4)
        self._row.addStretch(1)
        self.hide()
        theme.when_changed(self._recolor)

    def pin(self, new: Pin) -> None:
        """Pin a picture; a fifth replaces the oldest."""
        self._show(pinned(self.pins, new))

    def clear(self) -> None:
        """Remove all pins."""
        self._show(())

    def remove(self, pin: Pin) -> None:
        """Remove a pin."""
        self._show(tuple(one for one in self.pins if one is not pin))

    def _show(self, pins: Sequence[Pin]) -> None:
        self.pins = tuple(pins)
        for button in self.buttons:
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = [self._button(pin) for pin in self.pins]
        for place, button in enumerate(self.buttons):
            self._row.insertWidget(place, button, 1)
        self.setVisible(bool(self.pins))
        self.changed.emit()

    def _button(self, pin: Pin) -> PinButton:
        button = PinButton(self)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setIcon(_icon(pin))
        button.setIconSize(QSize(SIDE, SIDE))
        lines = [typography.one_line(line) for line in pin.lines]
        button.setToolTip(typography.tip("\n".join([*lines, tr("Click to show it again, Delete removes it")])))
        button.setAccessibleName(tr("Pinned: {lines}").format(lines=", ".join(lines)))
        button.setFont(theme.scaled(0.85))
        elide = button.fontMetrics().elidedText
        short = [elide(line, Qt.TextElideMode.ElideLeft, WIDTH - 12) for line in (pin.place, pin.whose)]
        button.setText("\n".join(typography.one_line(line).replace("&", "&&") for line in short))
        button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        button.setMaximumWidth(WIDTH)
        button.clicked.connect(lambda: self.pin_requested.emit(pin))
        button.removed.connect(lambda: self.remove(pin))
        button.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        button.customContextMenuRequested.connect(lambda place: self._open_menu(button, pin, place))
        return button

    def _open_menu(self, button: QWidget, pin: Pin, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(tr("Show again"), lambda: self.pin_requested.emit(pin))
        menu.addAction(tr("Remove\tDel"), lambda: self.remove(pin))
        menu.addAction(tr("Remove all"), self.clear)
        menu.popup(button.mapToGlobal(place))

    def _recolor(self) -> None:
        for pin, button in zip(self.pins, self.buttons, strict=True):
            button.setIcon(_icon(pin))


def _icon(pin: Pin) -> QIcon:
    one = pin.exhibit
    picture = pictures.vector_picture(one, SIDE) if one.bars else pictures.picture(one, 0)
    squares = Qt.TransformationMode.FastTransformation  # each square is one value
    large = picture.scaled(SIDE, SIDE, Qt.AspectRatioMode.IgnoreAspectRatio, squares)
    return QIcon(QPixmap.fromImage(large))
