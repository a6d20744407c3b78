"""Pictures of an exhibit in the colors of the theme."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
from PySide6.QtGui import QImage, QImageWriter

from studio.session.inspection.exhibit import Exhibit, span
from studio.ui.theme import colormap, theme


def table(exhibit: Exhibit) -> NDArray[np.uint8]:
    """The (256, 3) colors of an exhibit's numbers."""
    if not exhibit.signed:
        return colormap.TABLE
    shades = theme.current()
    return colormap.signed_table(shades.ice, shades.card, shades.warm)


def picture(exhibit: Exhibit, place: int, common: bool = False) -> QImage:
    """One picture of an exhibit, a pixel for each cell.

    Args:
        exhibit: The exhibit.
        place: Position of the picture.
        common: True for the color scale of all pictures, False for that of its own values.
    """
    values = exhibit.pictures[place]
    if exhibit.colors:
        low, high = exhibit.span if common else span(values)
        if low < 0 < high:  # no weight is gray
            low, high = -max(-low, high), max(-low, high)
        shares = (values - low) / (high - low) if high > low else np.full(values.shape, 0.5)
        return colormap.image((np.nan_to_num(shares).clip(0, 1) * 255).round().astype(np.uint8))
    low, high = exhibit.span_of(place, common)
    return colormap.image(colormap.colored_between(values, low, high, table(exhibit)))


def as_url(image: QImage, side: int) -> str:
    """A picture as the address of an HTML image, scaled to a longer side in pixels; its cells stay squares."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image.scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio))
    return f"data:image/png;base64,{bytes(buffer.data().toBase64().data()).decode()}"


def vector_picture(exhibit: Exhibit, side: int) -> QImage:
    """The numbers of a vector as rows of cells of one square, a pixel for each where they fit."""
    values = exhibit.pictures[0].reshape(-1)[: side * side]
    columns = int(np.ceil(np.sqrt(len(values))))
    square = np.full(columns * columns, np.nan, np.float32)
    square[: len(values)] = values
    low, high = exhibit.span_of(0)
    return colormap.image(colormap.colored_between(square.reshape(columns, columns), low, high, table(exhibit)))
