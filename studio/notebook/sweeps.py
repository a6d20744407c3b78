"""Sweeps from a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from studio.commands.batches.sweep import sweep as job
from studio.evaluate.compare import sweep_ranking
from studio.events import SweepFinished, SweepRun
from studio.formatting.numbers import plain
from studio.notebook.job_runner import ProgressChoice, run_job
from studio.notebook.photo_folder import PathLike, PhotoFolder
from studio.notebook.run import Run, open_run
from studio.notebook.tables import Described, Description
from studio.notebook.training import settings_of
from studio.planning.sweeps import space as spaces
from studio.spec import BUNDLED_BACKBONE, BackboneSpec, DatasetSpec
from studio.system import paths


class Sweep(Described):
    """The runs of a sweep, best first.

    Attributes:
        runs: One object per run: `settings`, `value` (of the criterion), `run` (state, epochs, figure), `failure`.
        criterion: What they are ranked by, in words.
        caution: What the winner's figure is worth.
        test: Metrics of the winner on the test photos, by key; None without test photos.
        folder: Folder of the sweep's record.
    """

    def __init__(self, result: SweepFinished) -> None:
        self.runs, self.criterion, self.caution = result.runs, result.criterion, result.caution
        self.test, self.folder = result.test, result.folder
        self._best = result.best

    @property
    def best(self) -> Run | None:
        """The winner; None if no run is complete."""
        run = self.runs[self._best].run if self._best is not None else None
        return open_run(run.path) if run is not None else None

    def _describe(self) -> Description:
        names = list(dict.fromkeys(name for run in self.runs for name in run.settings))
        rows = [["", *names, self.criterion, "epochs", "run"]]
        rows += [
            ["→" if place == self._best else "", *(run.settings.get(name, "–") for name in names), *_result(run)]
            for place, run in enumerate(self.runs)
        ]
        notes = [self.caution] if self.caution else []
        if self.test is not None:
            notes.append(sweep_ranking.test_words(self.test))
        return Description((f"Sweep of {len(self.runs)} runs",), rows, notes=tuple(notes))


def sweep(
    photos: PhotoFolder | DatasetSpec | PathLike,
    space: PathLike | Mapping[str, Any],
    backbone: str | BackboneSpec = BUNDLED_BACKBONE,
    *,
    out: PathLike | None = None,
    progress: ProgressChoice = True,
    **settings: Any,
) -> Sweep:
    """Train a grid or a random choice of settings, and rank the runs.

    Called again with the same space, it continues: complete runs are not trained again.

    Args:
        photos: Result of `scan`, or a folder.
        space: What to vary: the path of a JSON file, or its content, for instance `{"settings": {"lr": [1e-3, 1e-2]}}`;
            `docs/sweeps.md` describes it.
        backbone: As in `train`, unless it is varied.
        out: Folder of the sweep and its runs; None for the user's own folders.
        progress: True for a progress bar, False for none, or a function that is called with each event.
        settings: Other arguments of `train`, the same for all runs.

    Raises:
        UserError: The space, the photos or a setting cannot be used, or no run could be trained.
        KeyboardInterrupt: It was stopped; the same call continues.
    """
    if isinstance(space, Mapping):
        chosen, key = spaces.of_document(dict(space)), ""
    else:
        file = paths.expanded(Path(space)).absolute()
        chosen, key = spaces.read(file), str(file)
    spec = settings_of(photos, backbone, progress=progress, **settings)
    place = paths.expanded(Path(out)) if out is not None else None
    events = run_job(job(spec, chosen, key, place), progress)
    return Sweep(next(event for event in events if isinstance(event, SweepFinished)))


def _result(run: SweepRun) -> list[str]:
    if run.run is None:
        return ["–", "–", run.failure or "–"]
    value = "–" if run.value is None else f"{run.value:.4g}"
    return [value, plain(f"{run.run.epochs} of {run.run.spec.train.all_epochs}"), Path(run.run.path).name]
