"""The base of every station's page: it shows a state and emits the user's commands as signals."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from studio.session.state import AppState


class Page(QWidget):
    """The page of a station. Each emits those of the signals that it has a control for.

    Signals:
        folder_wanted: Path of a folder of photos to open.
        browse_wanted: Choose a folder of photos.
        sample_wanted: Open the sample.
        targets_wanted: Choose a CSV file of numbers to learn.
        classes_wanted: Use the classes of the folders as the target.
        spec_changed: The settings as the user wants them, a `RunSpec`.
        photo_chosen: Path of the photo that the other pages should show.
        preview_wanted: Path of a photo to preprocess.
        outputs_wanted: Path of a photo, and of the layer whose output to compute.
        export_wanted: Export the head of the run shown.
        cache_wanted: Show the cache of computed features.
        download_wanted: Download the weights of the chosen backbone.
        train_wanted: Train with the chosen settings.
        file_wanted: Choose a file of weights.
        job_wanted: Start a job that has no signal of its own: its name and the arguments of its command.
    """

    folder_wanted = Signal(str)
    browse_wanted = Signal()
    sample_wanted = Signal()
    targets_wanted = Signal()
    classes_wanted = Signal()
    spec_changed = Signal(object)
    photo_chosen = Signal(str)
    preview_wanted = Signal(str)
    outputs_wanted = Signal(str, str)
    export_wanted = Signal()
    cache_wanted = Signal()
    download_wanted = Signal()
    train_wanted = Signal()
    file_wanted = Signal()
    job_wanted = Signal(str, tuple)

    def show_state(self, state: AppState) -> None:
        """Draw the state."""
        raise NotImplementedError

    def show_recent(self, folders: Sequence[str]) -> None:
        """Show the recent folders, on a page that offers them."""

    def choose_photo(self, path: str) -> None:
        """Look at another photo, on a page that shows one."""

    def shut_down(self) -> None:
        """End threads and timers, on a page that has some."""
