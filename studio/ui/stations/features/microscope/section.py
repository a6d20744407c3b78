"""The section of a square picture that is shown, all of it or an enlarged part."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF

LARGEST = 16.0
STEP = 1.25
"""Factor of one step of the wheel."""


@dataclass(frozen=True)
class Section:
    """A square section; positions are shares of the picture's width and height, from the top left corner.

    Attributes:
        zoom: Enlargement, from 1 for the whole picture.
        left, top: Position of its top left corner.
    """

    zoom: float = 1.0
    left: float = 0.0
    top: float = 0.0

    def zoomed(self, steps: float, x: float, y: float) -> Section:
        """The section after steps of the wheel; the position (`x`, `y`) of the picture stays where it is seen."""
        zoom = min(max(1.0, self.zoom * STEP**steps), LARGEST)
        ratio = self.zoom / zoom
        return _inside(zoom, x - (x - self.left) * ratio, y - (y - self.top) * ratio)

    def showing(self, left: float, top: float, right: float, bottom: float) -> Section:
        """The section moved as little as needed to show a part of the picture; a larger part then fills the section."""
        side = 1 / self.zoom
        (least_x, most_x), (least_y, most_y) = sorted((right - side, left)), sorted((bottom - side, top))
        return _inside(self.zoom, min(max(self.left, least_x), most_x), min(max(self.top, least_y), most_y))

    def whole(self, box: QRectF) -> QRectF:
        """Rectangle of the whole picture where the section fills `box`."""
        width, height = box.width() * self.zoom, box.height() * self.zoom
        return QRectF(box.left() - self.left * width, box.top() - self.top * height, width, height)


def _inside(zoom: float, left: float, top: float) -> Section:
    most = 1 - 1 / zoom
    return Section(zoom, min(max(0.0, left), most), min(max(0.0, top), most))
