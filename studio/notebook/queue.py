"""The queue of the terminal from a notebook or a script."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from studio.commands.backbones import available
from studio.commands.batches.queue import train_queued
from studio.events import RunStarted
from studio.formatting import run_names
from studio.notebook.job_runner import ProgressChoice, run_job
from studio.notebook.photo_folder import PathLike, PhotoFolder
from studio.notebook.run import Run, open_run
from studio.notebook.tables import Described, Description
from studio.notebook.training import settings_of
from studio.runs.batches import queue_view
from studio.runs.batches.run_queue import QueuedRun, RunQueue
from studio.session.runs import run_differences
from studio.spec import BUNDLED_BACKBONE, BackboneSpec, DatasetSpec, RunSpec, UserError
from studio.spec.validation import check
from studio.system import paths


class Queue(Described):
    """The queued runs, as `thaw queue` and the window see them; other processes change them, too."""

    def __init__(self, queue: RunQueue | None = None) -> None:
        self._queue = queue or RunQueue()

    @property
    def runs(self) -> tuple[QueuedRun, ...]:
        """The runs, the next one first: `number`, `spec`, `added`, `out`, `run` and `failure` of each.

        Raises:
            UserError: The file of the queue cannot be read.
        """
        return self._queue.read().runs

    def add(
        self,
        photos: PhotoFolder | DatasetSpec | PathLike,
        backbone: str | BackboneSpec = BUNDLED_BACKBONE,
        *,
        out: PathLike | None = None,
        progress: ProgressChoice = True,
        **settings: Any,
    ) -> int:
        """Add a run at the end; the arguments are those of `studio.train`.

        Returns:
            Its number.

        Raises:
            UserError: The photos, the backbone or a setting cannot be used.
            TypeError: There is no setting of this name.
        """
        spec = settings_of(photos, backbone, progress=progress, **settings)
        check(spec)
        available(spec.backbone)
        if not Path(spec.dataset.folder).is_dir():
            raise UserError(f"There is no folder {spec.dataset.folder}.", "Check the path.", spec.dataset.folder)
        return self._queue.add(spec, paths.expanded(Path(out)) if out is not None else None).number

    def move(self, number: int, place: int | Literal["first", "last"]) -> None:
        """Move a run to a position: 1 (the next one), 2, …, "first" or "last". A run in progress goes on.

        Raises:
            UserError: There is no such run or position.
        """
        runs = self._known(number)
        if place not in ("first", "last") and (not isinstance(place, int) or place < 1):
            raise UserError(f"{place!r} is not a position in the queue.", 'Use 1, 2, …, "first" or "last".')
        target = 0 if place == "first" else len(runs) - 1 if place == "last" else int(place) - 1
        self._queue.move(number, target)

    def remove(self, *numbers: int) -> None:
        """Remove runs from the queue; the folder of one that has begun stays and can be resumed.

        Raises:
            UserError: There is no run with a number.
        """
        for number in numbers:
            self._known(number)
        self._queue.remove(set(numbers))

    def start(self, progress: ProgressChoice = True) -> list[Run]:
        """Train the queued runs in order, and those added meanwhile; one that fails stays, with its `failure`.

        Args:
            progress: True for a progress bar, False for none, or a function that is called with each event.

        Returns:
            The runs that were trained or resumed.

        Raises:
            UserError: Another process trains them already.
            KeyboardInterrupt: It was stopped; the same call continues.
        """
        events = run_job(train_queued(self._queue), progress)
        runs = dict.fromkeys(event.run for event in events if isinstance(event, RunStarted))
        return [open_run(run) for run in runs if Path(run).is_dir()]

    def stop(self) -> bool:
        """Ask the process that trains them to stop after a checkpoint; returns False if there is none."""
        if not self._queue.is_running:
            return False
        self._queue.request_stop(True)
        return True

    def _known(self, number: int) -> tuple[QueuedRun, ...]:
        runs = self.runs
        if all(one.number != number for one in runs):
            known = ", ".join(str(one.number) for one in runs)
            raise UserError(f"There is no run {number} in the queue.", f"It has {known}." if known else "It is empty.")
        return runs

    def _describe(self) -> Description:
        rows = [["", "run", "photos", "state"]]
        waiting = self.runs
        differences = run_differences.of_queue([one.spec for one in waiting], _line)
        for one in waiting:
            words = ", ".join(filter(None, (_line(one.spec), differences[one.spec])))
            rows.append([str(one.number), words, one.spec.dataset.folder, one.failure or queue_view.state(one)])
        count = len(rows) - 1
        running = f"trained by {self._queue.worker or 'another process'}" if self._queue.is_running else "not running"
        return Description((f"Queue of {count} run{'' if count == 1 else 's'}, {running}",), rows if count else [])


def _line(spec: RunSpec) -> str:
    return f"{run_names.name(spec)}, {spec.train.planned} epochs, seed {spec.train.seed}"


def queue() -> Queue:
    """The queued runs, in a file that terminals, windows and scripts share; see `Queue`.

    Example:
        waiting = studio.queue()
        waiting.add("photos", thaw="blocks.6")
        waiting.move(waiting.add("photos", epochs=20), "first")
        runs = waiting.start()
    """
    return Queue()
