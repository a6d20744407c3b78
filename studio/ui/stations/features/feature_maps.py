"""Feature maps of a layer for one photo: one small picture per channel, or bars for a vector."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QBuffer, QByteArray, QEvent, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QImage, QImageWriter, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from studio.events import LayerOutput
from studio.ui.plots.plot_files import PlotFiles, of_widget
from studio.ui.theme import colormap, theme

GAP = 4
SIDE = 36
"""Least width of one picture, in device-independent pixels."""
LEAST_COLUMNS = 3
ENLARGED = 224
"""Longest side of the picture in a tooltip, in pixels."""
BARS_HEIGHT = 96


class FeatureMaps(QWidget):
    """Draws one `LayerOutput`; empty without one.

    Attributes:
        output: The output.
        files: Copies and saves the drawing.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.output: LayerOutput | None = None
        self._pictures: list[QImage] = []
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName("Layer outputs")
        self.files = PlotFiles(self, "Layer outputs", of_widget(lambda: self, self.table, self._description))
        self.files.add_context_menu(self)
        theme.when_changed(self.update)

    def show_output(self, output: LayerOutput | None) -> None:
        """Draw another output."""
        if output is self.output:
            return
        self.output = output
        self._pictures = [] if output is None or self._is_vector() else [_picture(channel) for channel in output.maps]
        self.setAccessibleDescription(self._description())
        self.updateGeometry()
        self.update()

    def table(self) -> str:
        """The numbers as CSV: one per feature, or a row of a map per line."""
        if self.output is None:
            return ""
        if self._is_vector():
            values = self.output.maps.reshape(-1).tolist()
            return "".join(["feature,value\n", *(f"{place},{value:.6g}\n" for place, value in enumerate(values))])
        lines = [f"channel,row{''.join(f',{column}' for column in range(self.output.maps.shape[2]))}\n"]
        for channel, picture in zip(self.output.channels, self.output.maps, strict=True):
            for row, values in enumerate(picture.tolist()):
                lines.append(f"{channel},{row},{','.join(f'{value:.6g}' for value in values)}\n")
        return "".join(lines)

    def _is_vector(self) -> bool:
        return self.output is not None and self.output.maps.shape[1] == 1

    def _description(self) -> str:
        if self.output is None:
            return ""
        if self._is_vector():
            return f"{self.output.maps.size} numbers of {self.output.layer} as bars"
        return f"{len(self._pictures)} feature maps of {self.output.layer}, the most varied first"

    def _columns(self, width: int) -> int:
        """As many as there are rows, so that a wider card has larger pictures; fewer where it is narrow."""
        square = max(LEAST_COLUMNS, math.ceil(math.sqrt(len(self._pictures))))
        return max(1, min(square, (width + GAP) // (SIDE + GAP)))

    def _cell(self, number: int) -> QRect:
        columns = self._columns(self.width())
        side = (self.width() + GAP) // columns - GAP
        return QRect(number % columns * (side + GAP), number // columns * (side + GAP), side, side)

    def _draw_bars(self, painter: QPainter) -> None:
        assert self.output is not None
        shades, values = theme.current(), self.output.maps.reshape(-1)
        columns = np.array_split(values, max(1, min(self.width(), len(values))))
        highest = np.array([np.nanmax(part) for part in columns])
        lowest = np.array([np.nanmin(part) for part in columns])
        top, bottom = max(float(np.nanmax(values)), 0.0), min(float(np.nanmin(values)), 0.0)
        span = (top - bottom) or 1.0
        area = QRectF(0, 4, self.width(), BARS_HEIGHT - 8)
        zero = area.top() + top / span * area.height()
        wide = area.width() / len(columns)
        for place, (high, low) in enumerate(zip(highest, lowest, strict=True)):
            upper, lower = max(high, 0.0), min(low, 0.0)
            box = QRectF(place * wide, zero - upper / span * area.height(), max(wide * 0.8, 1.0), 0)
            box.setBottom(zero - lower / span * area.height())
            painter.fillRect(box, QColor(shades.accent))
        painter.setPen(QColor(shades.muted))
        painter.drawLine(0, round(zero), self.width(), round(zero))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the pictures or bars. Pixels are not smoothed: each is one number of the output."""
        if self.output is None:
            return
        painter = QPainter(self)
        if self._is_vector():
            self._draw_bars(painter)
        for number, picture in enumerate(self._pictures):
            cell = self._cell(number)
            size = picture.size().scaled(cell.size(), Qt.AspectRatioMode.KeepAspectRatio)
            box = QRect(cell.topLeft(), size)
            box.moveCenter(cell.center())
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, picture.width() > cell.width())
            painter.drawImage(box, picture)
        painter.end()

    def hasHeightForWidth(self) -> bool:
        """True: pictures wrap."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Height of all rows of pictures."""
        if self.output is None:
            return 0
        if self._is_vector():
            return BARS_HEIGHT
        columns = self._columns(width)
        side = (width + GAP) // columns - GAP
        return -(-len(self._pictures) // columns) * (side + GAP) - GAP

    def sizeHint(self) -> QSize:
        """Width of six small pictures."""
        return QSize(6 * (SIDE + GAP) - GAP, self.heightForWidth(6 * (SIDE + GAP) - GAP))

    def event(self, event: QEvent) -> bool:
        """Show the channel under the pointer enlarged in the tooltip."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and self.output is not None:
            cells = [number for number in range(len(self._pictures)) if self._cell(number).contains(event.pos())]
            QToolTip.showText(event.globalPos(), self.enlarged(cells[0]) if cells else "", self)
            return True
        return super().event(event)

    def enlarged(self, number: int) -> str:
        """Tooltip of a picture: the picture enlarged, its channel, and the range of its values."""
        assert self.output is not None
        picture, values = self._pictures[number], self.output.maps[number]
        squares = Qt.TransformationMode.FastTransformation  # each square is one value
        large = picture.scaled(QSize(ENLARGED, ENLARGED), Qt.AspectRatioMode.KeepAspectRatio, squares)
        file = QBuffer()
        file.open(QBuffer.OpenModeFlag.WriteOnly)
        QImageWriter(file, QByteArray(b"PNG")).write(large)
        data = bytes(file.data().toBase64().data()).decode()
        finite = values[np.isfinite(values)]
        about = (
            f" · {finite.min():.3g} to {finite.max():.3g} · mean {finite.mean():.3g}"
            if finite.size
            else " · no numbers"
        )
        words = f"Channel {self.output.channels[number]}{about.replace('-', '−')}"
        return f'<img src="data:image/png;base64,{data}"><br>{words}'


def _picture(values: np.ndarray) -> QImage:
    colors = np.ascontiguousarray(colormap.colored(values))
    height, width = colors.shape[:2]
    return QImage(colors.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
