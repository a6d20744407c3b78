"""Base class of the stations' pages: a page shows a state and emits the user's commands as signals."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from studio.session.settings import Settings
from studio.session.state import AppState


class Page(QWidget):
    """The page of a station. A page emits only the signals that it has a control for.

    Signals:
        folder_requested: Open the folder of photos at this path.
        browse_requested: Let the user choose a folder of photos.
        sample_requested: Open the sample photos.
        targets_requested: Let the user choose a CSV file with a number for each photo.
        classes_requested: Use the folders' classes as the target.
        names_requested: Let the user choose a pattern that finds the classes in file names.
        labels_requested: Let the user choose a table with the class of each photo.
        spec_changed: The settings after a change by the user, a `RunSpec`.
        photo_chosen: Path of the photo that the other pages should show.
        preview_requested: Path of a photo to preprocess.
        outputs_requested: Compute a layer's output: path of the layer, path of the photo, whose weights ("run", "start"
            or "both", see `Looking.outputs`), True to use again the weights of the run that were used last,
            and which of the layer's calls.
        export_requested: Export the head of the run shown.
        report_requested: Write a report of the run shown, or of the comparison.
        comparison_requested: Compare two runs: their folders A and B, and the split; "" for those that fit best.
        comparison_closed: End the comparison.
        cache_requested: Show the cache of computed features.
        download_requested: Download the weights of the chosen backbone.
        train_requested: Train with the chosen settings.
        file_requested: Let the user choose a weights file.
        run_requested: Show the results of the run in this folder.
        part_requested: Judge this part of the data set.
        rule_tried: A `DecisionRule` by which results are shown; None for the stored one.
        weights_requested: Judge the weights of the `best` or `last` epoch.
        table_requested: Slice the judged photos by the columns of this CSV file; "" for none.
        judgment_requested: Judge the chosen part now.
        judgment_stop_requested: Stop judging it.
        proposal_requested: Set up what the verdict proposes, by its name.
        station_requested: Show a station.
        undo_requested: Undo the last choice about photos.
        redo_requested: Redo the choice that was undone last.
        change_dismissed: Remove the line about the last choice.
        job_requested: Start a job without a signal of its own: its name and the arguments of its command.
    """

    folder_requested = Signal(str)
    browse_requested = Signal()
    sample_requested = Signal()
    targets_requested = Signal()
    classes_requested = Signal()
    names_requested = Signal()
    labels_requested = Signal()
    spec_changed = Signal(object)
    photo_chosen = Signal(str)
    preview_requested = Signal(str)
    outputs_requested = Signal(str, str, str, bool, int)
    export_requested = Signal()
    report_requested = Signal()
    comparison_requested = Signal(str, str, str)
    comparison_closed = Signal()
    cache_requested = Signal()
    download_requested = Signal()
    train_requested = Signal()
    file_requested = Signal()
    run_requested = Signal(str)
    part_requested = Signal(str)
    weights_requested = Signal(str)
    rule_tried = Signal(object)
    table_requested = Signal(str)
    judgment_requested = Signal()
    judgment_stop_requested = Signal()
    proposal_requested = Signal(str)
    station_requested = Signal(str)
    undo_requested = Signal()
    redo_requested = Signal()
    change_dismissed = Signal()
    job_requested = Signal(str, tuple)

    def show_state(self, state: AppState) -> None:
        """Draw the state."""
        raise NotImplementedError

    def show_recent(self, folders: Sequence[str]) -> None:
        """Show the recent folders, on a page that offers them."""

    def restore_layout(self, settings: Settings) -> None:
        """Apply the saved layout of parts that only this page has; the window restores splitters and tables."""

    def save_layout(self, settings: Settings) -> None:
        """Store the current layout of parts that only this page has in the settings."""

    def choose_photo(self, path: str) -> None:
        """Show another photo, on a page that shows one."""

    def prepare(self) -> None:
        """Build in advance what the first results need, on a page that is slow to show them; once, after start-up."""

    def shut_down(self) -> None:
        """End threads and timers, on a page that has any."""
