"""Dialog with one enlarged photo and the probability of every class; keys and buttons step through the photos."""

from __future__ import annotations

import functools
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from studio.data.bit_depth.reading import Reading
from studio.data.formats import pages
from studio.data.images import decode, descriptions, measuring
from studio.events import ValueRanges
from studio.formatting import numbers, typography
from studio.formatting.language import tr, translated
from studio.jobs import timeouts
from studio.jobs.workers import DaemonPool
from studio.ui.photos.photo_details import PhotoDetails, ViewedPhoto
from studio.ui.photos.photo_grid import PhotoGrid
from studio.ui.photos.zoomed_picture import ZoomedPicture
from studio.ui.theme import theme
from studio.ui.widgets.dialog_size import resize_dialog
from studio.ui.widgets.enabling import allow

SIDE = 1400
"""Longer side that a photo is decoded to."""
SHARP = 6000
"""Longer side that an enlarged photo is decoded to: about 100 MB at most."""
PATIENCE = 1.5
"""Seconds that the window waits for a photo: far longer than decoding takes on a disk that answers."""
POLL_MS = 20
"""Time between two checks whether the photo has been decoded at its full size."""


class PhotoViewer(QDialog):
    """The dialog.

    Signals:
        photo_shown: Absolute path of the photo that is shown after a step.
    """

    photo_shown = Signal(str)

    def __init__(
        self,
        photos: int,
        photo_at: Callable[[int], ViewedPhoto],
        number: int,
        parent: QWidget | None = None,
        ranges: ValueRanges | None = None,
    ) -> None:
        """Make the dialog.

        Args:
            photos: Number of photos to step through.
            photo_at: Returns a photo by its index; called when it is shown.
            number: Index of the first photo shown.
            parent: Owner.
            ranges: Value ranges of photos of more than 8 bits, where they are known.
        """
        super().__init__(parent)
        self._reading = measuring.reading_of(ranges or ValueRanges())
        self._photos = photos
        self._photo_at = photo_at
        self._number = number
        self.setSizeGripEnabled(True)
        resize_dialog(self, 1040, 680)
        self.picture = ZoomedPicture(self)
        self.picture.zoomed.connect(self._zoomed)
        self._sharp = ""
        self._decoded: Future[NDArray[np.uint8]] | None = None
        # A timer, because a signal emitted in the decoding thread could reach the viewer while it is being destroyed.
        self._poll = QTimer(self)
        self._poll.setInterval(POLL_MS)
        self._poll.timeout.connect(self._show_sharper)
        self.finished.connect(self._poll.stop)
        self.details = PhotoDetails(self)
        self.previous = self._button(tr("Previous"), tr("Previous photo"), "chevron-left", tr("Previous photo (←)"))
        self.next = self._button(tr("Next"), tr("Next photo"), "chevron-right", tr("Next photo (→)"))
        self.previous.clicked.connect(self._step_back)
        self.next.clicked.connect(self._step_on)
        self.place = QLabel(self)
        self.place.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.place.setToolTip(tr("Home shows the first photo, End the last"))
        theme.set_color_role(self.place, "muted")
        # Shortcuts, not key events, because the focused widget may handle these keys itself.
        for key, slot in (
            (Qt.Key.Key_Left, self._step_back),
            (Qt.Key.Key_Right, self._step_on),
            (Qt.Key.Key_Home, self._go_first),
            (Qt.Key.Key_End, self._go_last),
            (Qt.Key.Key_Plus, self._larger),
            (Qt.Key.Key_Equal, self._larger),
            (Qt.Key.Key_Minus, self._smaller),
            (Qt.Key.Key_0, self.picture.fit),
            (Qt.Key.Key_1, self.picture.full_size),
        ):
            QShortcut(QKeySequence(key), self, slot)
        side = QVBoxLayout()
        side.setSpacing(8)
        side.addWidget(self.details, 1)
        steps = QHBoxLayout()
        steps.setSpacing(8)
        steps.addWidget(self.previous)
        steps.addWidget(self.place, 1)
        steps.addWidget(self.next)
        side.addLayout(steps)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 16, 16, 16)
        row.setSpacing(16)
        row.addWidget(self.picture, 1)
        holder = QWidget(self)
        holder.setFixedWidth(theme.enlarged(280))
        holder.setLayout(side)
        side.setContentsMargins(0, 0, 0, 0)
        row.addWidget(holder)
        self.next.setFocus()
        self.draw()

    def photo(self) -> ViewedPhoto:
        """The photo shown."""
        return self._photo_at(self._number)

    def is_last(self) -> bool:
        """True for the last photo, after which the first one comes again."""
        return self._number == self._photos - 1

    def step(self, by: int) -> None:
        """Move by a number of photos; after the last one comes the first."""
        self._go((self._number + by) % self._photos)

    def _go(self, number: int) -> None:
        if number != self._number:
            self._number = number
            self.draw()
            self.photo_shown.emit(self.photo().path)

    def _step_back(self) -> None:
        self.step(-1)

    def _step_on(self) -> None:
        self.step(1)

    def _go_first(self) -> None:
        self._go(0)

    def _go_last(self) -> None:
        self._go(self._photos - 1)

    def _button(self, text: str, name: str, sign: str, tip: str) -> QPushButton:
        button = QPushButton(theme.icon(sign), text, self)
        button.setIconSize(theme.ICON)
        button.setAccessibleName(name)
        allow(button, "" if self._photos > 1 else tr("This is the only photo shown."), tip)
        return button

    def draw(self) -> None:
        """Draw the photo shown, and the facts about it."""
        photo = self.photo()
        self.setWindowTitle(typography.one_line(Path(photo.path).name))
        self.details.show_photo(photo)
        self.place.setText(
            tr("{number} of {total}").format(number=numbers.exact(self._number + 1), total=numbers.exact(self._photos))
        )
        note = ""
        rows: tuple[tuple[str, str], ...] = ()
        self._sharp = ""
        try:
            pixels, note, rows = timeouts.within(PATIENCE, functools.partial(_read, reading=self._reading), photo.path)
            self.picture.show_photo(pixels)
        except (OSError, ValueError) as error:  # the file may have been deleted since the run
            self.picture.show_photo(None)
            self.details.show_fault(tr("The photo cannot be read: {error}").format(error=translated(str(error))))
        self.details.show_file(note, dict(rows))

    def _larger(self) -> None:
        self.picture.enlarge(2)

    def _smaller(self) -> None:
        self.picture.enlarge(-2)

    def _zoomed(self, scale: float) -> None:
        """Decode the photo at its full size as soon as it is enlarged beyond what was decoded."""
        path = self.photo().path
        if scale > 1 and self._sharp != path:
            self._sharp = path
            pool = DaemonPool(functools.partial(decode.thumbnail, side=SHARP, reading=self._reading), 1)
            self._decoded = pool.submit(path)
            pool.close()
            self._poll.start()

    def _show_sharper(self) -> None:
        if self._decoded is None or not self._decoded.done():
            return
        self._poll.stop()
        decoded, self._decoded = self._decoded, None
        if self._sharp == self.photo().path and decoded.exception() is None:
            self.picture.show_sharper(decoded.result())

    def sizeHint(self) -> QSize:
        """Large, but within a small screen."""
        return QSize(1040, 680)


def _read(path: str, reading: Reading) -> tuple[NDArray[np.uint8], str, tuple[tuple[str, str], ...]]:
    """Pixels of a photo for the screen, a note on its file, and the facts in it."""
    pixels = decode.thumbnail(path, SIDE, reading)
    data = decode.contents(path)
    return pixels, pages.note(data), descriptions.describe(data, reading)


def open_viewer(grid: PhotoGrid, photos: int, photo_at: Callable[[int], ViewedPhoto], number: int) -> PhotoViewer:
    """Show a photo of a grid enlarged; the grid's current photo follows the steps.

    Args:
        grid: Grid in which the photo was opened.
        photos: Number of photos to step through.
        photo_at: Returns a photo by its index.
        number: Index of the first photo shown.
    """
    viewer = PhotoViewer(photos, photo_at, number, grid, grid.ranges)
    viewer.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    viewer.photo_shown.connect(grid.show_choice)
    viewer.open()
    return viewer
