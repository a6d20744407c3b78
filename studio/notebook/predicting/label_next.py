"""Which photos to label next."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import overload

from studio.commands import results
from studio.events import PhotosToLabel, PhotoToLabel
from studio.events.runs import WeightsChoice
from studio.notebook.job_runner import ProgressChoice, run_job
from studio.notebook.photo_folder import PathLike
from studio.notebook.predictions import check_epoch
from studio.notebook.tables import Described, Description
from studio.session.using import label_words
from studio.system import paths


class LabelChoice(Described, Sequence[PhotoToLabel]):
    """The photos to label, in the order of the choice: `path`, `doubt` (0…1), `why` and `predicted` of each.

    Attributes:
        predicted: Number of photos that were predicted.
        doubtful: Number of the most doubtful ones, among which the choice was made.
        duplicates: Number of doubtful photos that were left out because the run knows them.
    """

    def __init__(self, found: PhotosToLabel) -> None:
        self.predicted, self.doubtful, self.duplicates = found.predicted, found.doubtful, found.duplicates
        self._photos = found.photos
        self._known = label_words.nothing_new(found)

    @overload
    def __getitem__(self, place: int) -> PhotoToLabel: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[PhotoToLabel]: ...
    def __getitem__(self, place: int | slice) -> PhotoToLabel | Sequence[PhotoToLabel]:
        return self._photos[place]

    def __len__(self) -> int:
        return len(self._photos)

    def _describe(self) -> Description:
        rows = [["photo", "doubt", "why"], *([one.path, f"{one.doubt:.2f}", one.why] for one in self)]
        if self._known:
            return Description((self._known,), [], frozenset())
        line = f"{len(self):,} of {self.predicted:,} photos to label; the run knows {self.duplicates:,} doubtful ones"
        return Description((line,), rows, frozenset({1}))


def label_next(
    source: PathLike,
    images: PathLike | Iterable[PathLike],
    number: int = 20,
    *,
    epoch: WeightsChoice | None = None,
    device: str = "auto",
    progress: ProgressChoice = True,
) -> LabelChoice:
    """Choose which photos to label next: doubtful ones that differ from each other.

    Args:
        source: Folder of a run, or an exported head with its card beside it.
        images: A folder (all photos in it), a photo, or several of them.
        number: Number of photos to choose.
        epoch: "best" or "last" of a run; None for its result.
        device: `auto`, `cpu`, `mps` or `cuda:N`.
        progress: True for a progress bar, False for none, or a function that is called with each event.

    Raises:
        UserError: There is no run or head at `source`, or its backbone's weights are missing.
        KeyboardInterrupt: It was stopped.
    """
    check_epoch(epoch)
    sources = [os.fspath(images)] if isinstance(images, str | os.PathLike) else [os.fspath(image) for image in images]
    asked = [str(paths.expanded(one)) for one in sources]
    work = results.label_next(paths.expanded(Path(source)), asked, number, device, epoch)
    (found,) = (event for event in run_job(work, progress, (PhotosToLabel,)) if isinstance(event, PhotosToLabel))
    return LabelChoice(found)
