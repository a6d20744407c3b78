"""Slider for a threshold, between two rugs: every photo is a tick at its probability, wrong ones in red."""

from __future__ import annotations

from typing import overload

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractSlider, QSizePolicy, QWidget

from studio.formatting import typography
from studio.formatting.language import tr
from studio.session.evaluation.threshold_view import Rugs
from studio.ui.theme import theme

STEPS = 1000
"""Positions of the slider from 0 to 1."""

EDGE = 8
"""Space at both ends, so that the handle is never cut off."""

Flag = Qt.AlignmentFlag


class RugSlider(QAbstractSlider):
    """The threshold of a class; arrows move it by 0.01, with Shift by 0.1.

    Signals:
        valueChanged: Position of the handle, from 0 to `STEPS`.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rugs: Rugs | None = None
        self._names = ("", "")
        self._hollow = False
        self.setRange(0, STEPS)
        self.setSingleStep(STEPS // 100)
        self.setPageStep(STEPS // 10)
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(tr("Every tick is a photo at its probability, red where it is wrong. Arrows 0.01, Shift 0.10"))
        theme.when_changed(self.update)

    def show_rugs(self, rugs: Rugs, name: str, others: str) -> None:
        """Draw other photos.

        Args:
            rugs: Probabilities of the photos of the class and of the others.
            name: Name of the class.
            others: Name of the other classes together.
        """
        self._rugs, self._names = rugs, (typography.one_line(name), typography.one_line(others))
        self.setAccessibleName(tr("Threshold of {names}").format(names=self._names[0]))
        self.update()

    def show_threshold(self, value: float, hollow: bool) -> None:
        """Move the handle without a signal; hollow where there is no threshold."""
        self._hollow = hollow
        before = self.blockSignals(True)
        self.setValue(round(value * STEPS))
        self.blockSignals(before)
        self.setAccessibleDescription(tr("no threshold") if hollow else tr("from {value:.2f}").format(value=value))
        self.update()

    def sizeHint(self) -> QSize:
        """Two lines of words, two rugs and the slider."""
        return QSize(300, self._row() * 4 + 14)

    def minimumSizeHint(self) -> QSize:
        """As high as its hint."""
        return QSize(160, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint words, rugs, groove and handle."""
        painter, shades, row = QPainter(self), theme.current(), self._row()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.scaled(0.85))
        middle = self.height() / 2
        left, right = self._place(0.0), self._place(1.0)
        painter.setPen(QColor(shades.muted))
        width = self.width() // 2 - 4
        elided = [painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, width) for name in self._names]
        top, bottom = QRectF(0, 0, self.width(), row), QRectF(0, self.height() - row, self.width(), row)
        painter.drawText(top, Flag.AlignLeft | Flag.AlignVCenter, elided[1])
        painter.drawText(top, Flag.AlignRight | Flag.AlignVCenter, tr("every tick is a photo, red = wrong"))
        painter.drawText(bottom, Flag.AlignLeft | Flag.AlignVCenter, elided[0])
        painter.drawText(bottom, Flag.AlignRight | Flag.AlignVCenter, tr("← finds more · fewer false alarms →"))
        if self._rugs is not None:
            rugs = self._rugs
            self._draw_rug(painter, rugs.others, rugs.others_wrong, row, middle - 8)
            self._draw_rug(painter, rugs.own, rugs.own_wrong, middle + 8, self.height() - row)
        here = self._place(self.value() / STEPS)
        painter.setPen(QPen(QColor(shades.border), 4, c=Qt.PenCapStyle.RoundCap))
        painter.drawLine(QPointF(left, middle), QPointF(right, middle))
        color = QColor(shades.accent if self.isEnabled() else shades.faint)
        if not self._hollow:
            painter.setPen(QPen(color, 4, c=Qt.PenCapStyle.RoundCap))
            painter.drawLine(QPointF(left, middle), QPointF(here, middle))
            painter.setPen(QPen(QColor(shades.text), 1, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(here, row), QPointF(here, self.height() - row))
        painter.setPen(QPen(color, 2.5 if self.hasFocus() else 1.5))
        painter.setBrush(QColor(shades.card))
        painter.drawEllipse(QPointF(here, middle), 6.5, 6.5)
        painter.end()

    def _draw_rug(
        self, painter: QPainter, shares: NDArray[np.float64], wrong: NDArray[np.bool_], top: float, bottom: float
    ) -> None:
        shades = theme.current()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)  # whole pixels are drawn many times as fast
        for chosen, role in ((~wrong, shades.muted), (wrong, shades.bad)):
            color = QColor(role)
            color.setAlphaF(0.55 if role == shades.muted else 0.9)
            painter.setPen(QPen(color, 1))
            places = np.unique(np.floor(self._place(shares[chosen]))) + 0.5
            painter.drawLines([QLineF(place, top + 1, place, bottom - 1) for place in places.tolist()])
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def _row(self) -> int:
        return self.fontMetrics().height() + 2

    @overload
    def _place(self, share: float) -> float: ...

    @overload
    def _place(self, share: NDArray[np.float64]) -> NDArray[np.float64]: ...

    def _place(self, share: float | NDArray[np.float64]) -> float | NDArray[np.float64]:
        return EDGE + share * (self.width() - 2 * EDGE)

    def _move_to(self, x: float) -> None:
        share = (x - EDGE) / max(1, self.width() - 2 * EDGE)
        self._hollow = False
        place = round(min(max(share, 0.0), 1.0) * STEPS)
        if place != self.value():
            self.setValue(place)
        else:
            self.valueChanged.emit(place)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Move the handle to the pointer."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self._move_to(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the handle."""
        if self.isSliderDown():
            self._move_to(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002
        """Release the handle."""
        self.setSliderDown(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows with Shift move by 0.1."""
        signs = {Qt.Key.Key_Left: -1, Qt.Key.Key_Down: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: 1}
        sign = signs.get(Qt.Key(event.key()))
        if sign is not None and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.setValue(self.value() + sign * self.pageStep())
        else:
            super().keyPressEvent(event)
