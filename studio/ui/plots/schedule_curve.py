"""Small drawing of the learning rate over a run, computed by the function that the engine uses."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from studio.formatting.language import tr
from studio.planning.schedules import factor
from studio.spec import TrainSpec
from studio.ui.plots.plot_files import PlotFiles, of_widget
from studio.ui.theme import theme

POINTS = 160
"""Number of points: about one per pixel."""

MOST_EPOCHS = 200
"""Number of cycles above which the drawing would be a solid block."""

SHAPES = {
    "constant": tr("the learning rate is constant"),
    "cosine": tr("the learning rate falls to 0 along a half cosine"),
    "one_cycle": tr("the learning rate rises over the first quarter, then falls"),
}


class ScheduleCurve(QWidget):
    """The rate as a share of the highest one, over all epochs of both phases.

    Attributes:
        files: Copies and saves it.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._train: TrainSpec | None = None
        self._points: list[tuple[float, float]] = []
        self._thawed = 0.0
        self.setFixedHeight(48)
        self.setAccessibleName(tr("Learning rate over the training"))
        self.files = PlotFiles(
            self, tr("Learning rate"), of_widget(lambda: self, self.table, self.accessibleDescription)
        )
        self.files.add_context_menu(self)
        theme.when_changed(self.update)

    def show_schedule(self, train: TrainSpec) -> None:
        """Draw the schedule of these settings."""
        if train == self._train:
            return
        self._train = train
        self._points, self._thawed = _points(train)
        text = f"{SHAPES[train.schedule][0].upper()}{SHAPES[train.schedule][1:]}"
        if train.warmup and train.schedule != "one_cycle":
            text += (
                tr(", after a warm-up of {warmup:g} epoch")
                if train.warmup == 1
                else tr(", after a warm-up of {warmup:g} epochs")
            ).format(warmup=train.warmup)
        if train.head_epochs:
            text += tr(", in each of the two phases")
        self.setAccessibleDescription(text)
        self.setToolTip(f"{text}.")
        self.update()

    def points(self) -> list[tuple[float, float]]:
        """The drawn points: share of the training, and of the highest rate."""
        return self._points

    def table(self) -> str:
        """The drawn points as CSV."""
        rows = (f"{place:.6g},{rate:.6g}\n" for place, rate in self._points)
        return "".join(["share_of_training,share_of_highest_rate\n", *rows])

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the curve and the border between the phases."""
        shades = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        room = QRectF(self.rect()).adjusted(1, 6, -1, -6)
        painter.setPen(QPen(QColor(shades.border), 1))
        painter.drawLine(room.bottomLeft(), room.bottomRight())
        if self._thawed:
            painter.setPen(QPen(QColor(shades.warm), 1, Qt.PenStyle.DashLine))
            x = room.left() + self._thawed * room.width()
            painter.drawLine(QPointF(x, room.top() - 4), QPointF(x, room.bottom()))
        painter.setPen(QPen(QColor(shades.accent), 2))
        places = [QPointF(room.left() + x * room.width(), room.bottom() - y * room.height()) for x, y in self._points]
        painter.drawPolyline(QPolygonF(places))
        painter.end()


def _points(train: TrainSpec) -> tuple[list[tuple[float, float]], float]:
    """Points of the curve, and the start of the second phase as a share of the training (0: none)."""
    epochs, head = min(MOST_EPOCHS, train.epochs), min(MOST_EPOCHS, train.head_epochs)
    steps = max(2, math.ceil(POINTS / (epochs + head)))
    shares = [factor(step, steps, head, train, "head") for step in range(head * steps)]
    shares += [factor(step, steps, epochs, train) for step in range(epochs * steps)]
    last = max(1, len(shares) - 1)
    thawed = head * steps / last if head else 0.0
    return [(step / last, share) for step, share in enumerate(shares)], thawed
