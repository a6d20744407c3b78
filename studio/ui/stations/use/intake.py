"""Photos that the user drops or pastes: files, folders, or the image itself."""

from __future__ import annotations

import datetime
from concurrent.futures import Future
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, Qt, Signal
from PySide6.QtGui import QDropEvent, QImage

from studio.formatting.language import tr
from studio.system import paths
from studio.system.files import atomic_files
from studio.ui.system.background_call import BackgroundCall

MOST_LINES = 1000
"""Most lines of pasted text that are read as paths."""


def dropped(data: QMimeData) -> tuple[str, ...]:
    """Paths of the dragged or copied files and folders on this computer."""
    return tuple(url.toLocalFile() for url in data.urls() if url.isLocalFile())


def can_take(data: QMimeData) -> bool:
    """True where dragged data has files or an image."""
    return bool(dropped(data)) or data.hasImage()


def accept(event: QDropEvent) -> None:
    """Accept dragged files as a copy, whatever the source proposes: one that moves them could delete them then."""
    if event.possibleActions() & Qt.DropAction.CopyAction:
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
    else:
        event.acceptProposedAction()


def pasted(data: QMimeData) -> tuple[str, ...]:
    """Paths in copied data: of files, or of lines of text that name existing files or folders."""
    found = dropped(data)
    if found or data.hasImage() or not data.hasText():
        return found
    lines = (line.strip().strip("'\"") for line in data.text().splitlines()[:MOST_LINES])
    return tuple(str(paths.expanded(line)) for line in lines if line and paths.expanded(line).is_absolute())


class ImageSaver(BackgroundCall[tuple[QImage, str], str]):
    """Writes a pasted image, or a picture of a camera, as a file, in a thread of its own.

    Signals:
        saved: Path of the file.
        failed: Why it could not be written.
    """

    saved = Signal(str)
    failed = Signal(str)

    def __init__(self, image: QImage, parent: QObject, name: str = "pasted") -> None:
        super().__init__(_save, (image, name), parent)

    def _ended(self, answer: Future[str]) -> None:
        error = answer.exception()
        if error is None:
            self.saved.emit(answer.result())
        else:
            self.failed.emit(tr("The image cannot be written: {error}").format(error=error))
        self.deleteLater()


def _save(named: tuple[QImage, str]) -> str:
    """Write an image as PNG with a name of its own; returns the path.

    Raises:
        OSError: It cannot be written.
    """
    image, name = named
    folder = paths.pasted_folder()
    folder.mkdir(parents=True, exist_ok=True)
    stamp = f"{datetime.datetime.now():%Y-%m-%d %H-%M-%S}"
    file, number = folder / f"{name} {stamp}.png", 1
    while file.exists():
        number += 1
        file = folder / f"{name} {stamp} {number}.png"
    with atomic_files.atomic_write(file) as temporary:
        if not image.save(str(temporary), "PNG"):  # type: ignore[call-overload]
            raise OSError(f"{file} is not writable, or the disk is full")
    return str(Path(file))
