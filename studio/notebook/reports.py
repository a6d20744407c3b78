"""Reports of runs in one HTML file."""

from __future__ import annotations

from pathlib import Path

from studio.commands.evaluation import report as commands
from studio.events import Saved
from studio.notebook.evaluation import check_epoch_of_evaluation, check_part
from studio.notebook.job_runner import ProgressChoice, run_job
from studio.notebook.photo_folder import PathLike
from studio.system import paths


def write_report(
    run: PathLike,
    out: PathLike,
    other: PathLike | None = None,
    *,
    part: str = "val",
    epoch: str | int | None = None,
    data: PathLike | None = None,
    quick: bool = False,
    photos: bool = True,
    device: str = "auto",
    progress: ProgressChoice = True,
) -> Path:
    """Write a report of a run, or of the comparison of two runs, to one HTML file that opens without a network.

    Args:
        run: Folder of the run.
        out: The file, which ends in `.html`; an old one is replaced.
        other: Folder of a second run to compare it with; then `epoch`, `data` and `quick` are not used.
        part: "val", "test" or "train".
        epoch: "best", "last" or the number of one of them; None for the result of the run.
        data: Current folder of the photos, if they were moved.
        quick: True to leave out the quick probe, and slices by size, brightness, sharpness and camera.
        photos: False to leave out photos and their paths.
        device: `auto`, `cpu`, `mps` or `cuda:N`, where the predictions are not stored.
        progress: True for a progress bar, False for none, or a function that is called with each event.

    Returns:
        The file, absolute.

    Raises:
        UserError: There is no run, or the file cannot be written.
        KeyboardInterrupt: It was stopped.
    """
    split, file = check_part(part), paths.expanded(Path(out))
    if other is not None:
        work = commands.report_comparison(Path(run), Path(other), file, split, device, photos)
    else:
        which = check_epoch_of_evaluation(epoch)
        folder = Path(data) if data is not None else None
        work = commands.report(Path(run), file, split, which, folder, device, quick, with_photos=photos)
    return Path(next(event for event in run_job(work, progress) if isinstance(event, Saved)).path)
