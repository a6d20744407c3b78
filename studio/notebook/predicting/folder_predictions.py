"""Predictions of many photos, into a table or into folders by class."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from studio.commands.predictions import folder
from studio.events import ImageSkipped, PhotosSorted, SortingUndone, TableWritten
from studio.events.runs import WeightsChoice
from studio.notebook.job_runner import ProgressChoice, run_job
from studio.notebook.photo_folder import PathLike
from studio.notebook.predictions import check_epoch
from studio.notebook.tables import Described, Description
from studio.spec import UserError
from studio.system import paths


class FolderPredictions(Described):
    """The table and folders made from the predictions of many photos.

    Attributes:
        out: The table; None if none was requested.
        rows: Number of its rows.
        before: Number of rows that it had before, whose photos were not predicted again.
        skipped: Files without a prediction: `path`, `reason`, `count` and `stray`, as in `Predictions`.
        folders: Number of sorted photos by the name of their folder.
        not_sorted: Path and reason of each photo that could not be linked or copied.
        listing: File that lists all links or copies; None if no photos were sorted.
    """

    def __init__(
        self, written: TableWritten | None, ordered: PhotosSorted | None, skipped: tuple[ImageSkipped, ...]
    ) -> None:
        self.out = Path(written.path) if written is not None else None
        self.rows = written.rows if written is not None else 0
        self.before = written.before if written is not None else 0
        self.skipped = skipped
        self.folders = dict(ordered.counts) if ordered is not None else {}
        self.not_sorted = ordered.failed if ordered is not None else ()
        self.listing = Path(ordered.listing) if ordered is not None else None

    def _describe(self) -> Description:
        lines = []
        if self.out is not None:
            lines.append(f"{self.rows:,} rows in {self.out}, {self.before:,} of them from before")
        if self.listing is not None:
            lines.append(f"{sum(self.folders.values()):,} photos sorted into {self.listing.parent}")
        rows = [["folder", "photos"], *([name, f"{count:,}"] for name, count in self.folders.items())]
        missing = [one for one in self.skipped if not one.stray]
        first = f"No prediction: {len(missing):,}, the first {missing[0].path}: {missing[0].reason}" if missing else ""
        return Description(tuple(lines), rows, frozenset({1}), (first,) if first else ())


def predict_folder(
    source: PathLike,
    images: PathLike | Iterable[PathLike],
    *,
    out: PathLike | None = None,
    sort_into: PathLike | None = None,
    copy: bool = False,
    epoch: WeightsChoice | None = None,
    device: str = "auto",
    progress: ProgressChoice = True,
) -> FolderPredictions:
    """Predict many photos into a table, which the same call continues after a stop, or into folders by class.

    Args:
        source: Folder of a run, an exported head with its card beside it, or the file of a whole model.
        images: A folder (all photos in it), a photo, or several of them.
        out: Table to write, .csv or .parquet.
        sort_into: Folder in which the photos are sorted by predicted class.
        copy: True to sort copies of the photos, False to sort links to them.
        epoch: "best" or "last" of a run; None for its result.
        device: `auto`, `cpu`, `mps` or `cuda:N`.
        progress: True for a progress bar, False for none, or a function that is called with each event.

    Raises:
        UserError: There is no run or head at `source`, or the table or folder is of another model or cannot be written.
        KeyboardInterrupt: It was stopped; what was done so far is complete.
    """
    check_epoch(epoch)
    if out is None and sort_into is None:
        raise UserError("Neither a table nor a folder was given.", "Give out= or sort_into=, or use studio.predict.")
    sources = [os.fspath(images)] if isinstance(images, str | os.PathLike) else [os.fspath(image) for image in images]
    table, place = (paths.expanded(Path(one)) if one is not None else None for one in (out, sort_into))
    outputs = folder.Outputs(table, place, not copy)
    asked = [str(paths.expanded(one)) for one in sources]
    work = folder.predict(paths.expanded(Path(source)), asked, outputs, device, epoch)
    events = run_job(work, progress, (ImageSkipped, TableWritten, PhotosSorted))
    written = next((event for event in events if isinstance(event, TableWritten)), None)
    ordered = next((event for event in events if isinstance(event, PhotosSorted)), None)
    return FolderPredictions(written, ordered, tuple(event for event in events if isinstance(event, ImageSkipped)))


def undo_sorting(folder_of_classes: PathLike, *, progress: ProgressChoice = True) -> dict[str, str]:
    """Remove the links and copies that `predict_folder` made, if they are unchanged.

    Args:
        folder_of_classes: The folder given as `sort_into`.
        progress: As for `predict_folder`.

    Returns:
        Paths of the files that stay, each with the reason: what was changed since, or a copy whose photo is gone.

    Raises:
        UserError: No photos were sorted into the folder, its list is damaged, or it cannot be written.
    """
    work = folder.undo_sorting(paths.expanded(Path(folder_of_classes)))
    return dict(
        next(event.left for event in run_job(work, progress, (SortingUndone,)) if isinstance(event, SortingUndone))
    )
