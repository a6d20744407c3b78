"""“Unlike anything seen?”: the distance to the training photos on a scale with its limit, and the nearest of them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.events import NearPhoto, PredictionTrace, ValueRanges
from studio.formatting import typography
from studio.formatting.language import tr
from studio.session.using import trace_words
from studio.ui.photos.photo_details import ViewedPhoto
from studio.ui.photos.photo_grid import PhotoGrid
from studio.ui.photos.photo_items import Line, PhotoItem
from studio.ui.photos.photo_viewer import open_viewer
from studio.ui.theme import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.elided_label import ElidedLabel
from studio.ui.widgets.wrapped_label import WrappedLabel

PICTURE = 64


class DistanceStrip(QWidget):
    """A line from 0 to beyond the limit, with a mark at the photo's distance."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._distance, self._limit = 0.0, 1.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Distance to the training photos"))
        theme.when_changed(self._apply_theme)

    def show_distance(self, distance: float, limit: float) -> None:
        """Show a distance and the limit from which on a photo is unlike the training photos."""
        self._distance, self._limit = distance, limit
        self.setAccessibleDescription(tr("{distance:.3g}, limit {limit:.3g}").format(distance=distance, limit=limit))
        self.setToolTip(
            tr("Distance {distance:.3g}; beyond {limit:.3g} a photo counts as unlike").format(
                distance=distance, limit=limit
            )
        )
        self.update()

    def _apply_theme(self) -> None:
        self.update()

    def sizeHint(self) -> QSize:
        """The line with its numbers."""
        return QSize(200, 22 + self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        """Narrow."""
        return QSize(120, self.sizeHint().height())

    def changeEvent(self, event: QEvent) -> None:
        """Update the size in another font."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the strip."""
        shades, painter = theme.current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        end = max(2 * self._limit, 1.1 * self._distance) or 1.0
        wide, y = self.width() - 16, 10
        limit, here = 8 + wide * self._limit / end, 8 + wide * self._distance / end
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(shades.good_soft))
        painter.drawRect(QRectF(8, y - 4, limit - 8, 8))
        painter.setBrush(QColor(shades.caution_soft))
        painter.drawRect(QRectF(limit, y - 4, 8 + wide - limit, 8))
        painter.setPen(QPen(QColor(shades.text), 2))
        painter.drawLine(round(limit), y - 7, round(limit), y + 7)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(shades.accent if self._distance <= self._limit else shades.caution))
        painter.drawEllipse(QRectF(here - 6, y - 6, 12, 12))
        painter.setPen(QColor(shades.muted))
        metrics, line = painter.fontMetrics(), painter.fontMetrics().height()
        below = QRect(0, 20, self.width(), line)
        number = f"{self._limit:.2g}"
        half = metrics.horizontalAdvance(number) // 2
        painter.drawText(QRect(round(limit) - half - 4, 20, 2 * half + 8, line), Qt.AlignmentFlag.AlignHCenter, number)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, "0")
        if limit + half + metrics.horizontalAdvance(tr("unlike →")) + 12 < self.width():
            painter.drawText(below, Qt.AlignmentFlag.AlignRight, tr("unlike →"))
        painter.end()


class DistanceCard(Card):
    """The strip, and the nearest training photos; Enter opens one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Unlike anything seen?"), parent)
        self._trace: PredictionTrace | None = None
        self.strip = DistanceStrip(self)
        self.words = WrappedLabel(self)
        theme.set_color_role(self.words, "muted")
        self.title = ElidedLabel(self, sentence=True)
        self.near = PhotoGrid(self, lines=1)
        self.near.set_picture_height(PICTURE)
        self.near.setAccessibleName(tr("Nearest training photos"))
        self.near.setMinimumHeight(self.near.least_height())
        self.near.photo_opened.connect(self._open)
        self.body.setSpacing(4)  # low, so that the page fits into 1280 × 800
        for part in (self.strip, self.words, self.title):
            self.body.addWidget(part)
        self.body.addWidget(self.near, 1)

    def show_trace(self, trace: PredictionTrace | None, ranges: ValueRanges) -> None:
        """Show the distance and the nearest photos; None shows nothing yet."""
        if trace is self._trace and trace is not None:
            return
        self._trace = trace
        known = trace is not None and trace.distance is not None and trace.limit is not None
        self.strip.setVisible(known)
        self.near.set_ranges(ranges)
        if trace is None:
            self.words.show_text("")
            self.title.show_text("")
            self.near.show_photos("", [])
            return
        if trace.distance is not None and trace.limit is not None:
            self.strip.show_distance(trace.distance, trace.limit)
        self.words.show_text(typography.unbroken(trace_words.distance_words(trace)))
        same = trace_words.near_title(trace)
        near_note = trace_words.sentence(trace.near_note) if trace.distance is not None else ""
        self.title.show_text(
            tr("Nearest training photos{value}").format(value=f": {same}" if same else "") if trace.near else near_note
        )
        self.near.show_photos("", [self._item(near.path, near.name, near.distance) for near in trace.near])

    def shut_down(self) -> None:
        """End the threads that decode photos."""
        self.near.shut_down()

    def _item(self, path: str, name: str, distance: float) -> PhotoItem:
        line = Line(typography.one_line(name or Path(path).name), f"{distance:.2f}")
        return PhotoItem(path, Path(path).name, lines=(line,), remarks=(typography.one_line(path),))

    def _open(self, path: str) -> None:
        if self._trace is not None:
            photos = self._trace.near
            number = next((place for place, near in enumerate(photos) if near.path == path), 0)
            open_viewer(self.near, len(photos), lambda place: _viewed(photos[place]), number)


def _viewed(near: NearPhoto) -> ViewedPhoto:
    return ViewedPhoto(
        near.path,
        near.name,
        (),
        tr("{name}, distance {distance:.3f}").format(name=near.name, distance=near.distance).removeprefix(", "),
    )
