"""A photo of the list, enlarged, with the others to step through."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from studio.events import ValueRanges
from studio.session.photo_rows import PhotoRows
from studio.session.using import words
from studio.ui.photos.photo_details import ViewedPhoto
from studio.ui.photos.photo_viewer import PhotoViewer


def open_photo(parent: QWidget, rows: PhotoRows, paths: Sequence[str], path: str, ranges: ValueRanges) -> PhotoViewer:
    """Show a photo enlarged.

    Args:
        parent: Owner of the dialog.
        rows: The photos with their answers.
        paths: Their paths in the order to step through.
        path: The photo shown first.
        ranges: Value ranges of photos of more than 8 bits.
    """

    def viewed(number: int) -> ViewedPhoto:
        photo = rows[rows.place(paths[number])]
        said = words.answer(photo)
        text = ", ".join(filter(None, (said.text, said.value if said.value != "–" else "")))
        return ViewedPhoto(photo.path, "", photo.top, text, said.color_role)

    viewer = PhotoViewer(len(paths), viewed, paths.index(path), parent, ranges)
    viewer.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    viewer.open()
    return viewer
