"""Fake jobs of the Use page: predictions of given photos, their steps, and exports."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence, Set

import numpy as np
from fake_jobs.data import fake_answer, fake_export, fake_trace
from fake_jobs.work import FakeWork

from studio.events import (
    CameraSeen,
    CertificatesFound,
    CertifiedFile,
    Events,
    ExportStep,
    PhotosPredicted,
    PhotosToLabel,
    PhotoToLabel,
    PhotoTraced,
    Progress,
    Saved,
    SortingUndone,
    Stage,
)
from studio.events.runs import WeightsChoice
from studio.jobs.protocol import Stop, Work
from studio.spec import UserError


class FakeUse(FakeWork):
    """Fake commands of the Use page.

    Attributes:
        predicted: Predictions of given photos: run, paths, epoch.
        known: The photos that the newest of them left out.
        watched: Cameras that were watched: run, number, epoch; only those below 2 are there.
        predict_gate: Event that such a prediction waits for after its first photo.
        certified: Files that are found beside their certificates.
        searched: Searches for them: run, folder.
        export_gate: Event that an export waits for while its file is compared.
    """

    def __init__(self) -> None:
        super().__init__()
        self.predicted: list[tuple[str, tuple[str, ...], WeightsChoice]] = []
        self.known: Set[str] = frozenset()
        self.watched: list[tuple[str, int, WeightsChoice]] = []
        self.certified: tuple[CertifiedFile, ...] = ()
        self.searched: list[tuple[str, str]] = []
        self.predict_gate: threading.Event | None = None
        self.export_gate: threading.Event | None = None

    def predict_given(
        self, run: str, paths: Sequence[str], which: WeightsChoice, known: Set[str] = frozenset()
    ) -> Work:
        self.predicted.append((run, tuple(paths), which))
        self.known = known
        return self._work("predict_given", self._predict_given, run, tuple(paths))

    def label_given(self, run: str, paths: Sequence[str], number: int, which: WeightsChoice) -> Work:
        return self._work("label_given", self._label_given, tuple(paths), number)

    def watch_camera(self, run: str, camera: int, which: WeightsChoice) -> Work:
        self.watched.append((run, camera, which))
        return self._work("watch_camera", self._watch_camera, run, camera)

    def write_given(
        self, run: str, paths: Sequence[str], which: WeightsChoice, table: str, folder: str, links: bool
    ) -> Work:
        return self._work("write_given", self._write_given, table or folder, "answers" if table else "sorted")

    def unsort(self, folder: str) -> Work:
        return self._work("unsort", self._unsort, folder)

    def export_models(self, run: str, folder: str, wanted: Sequence[tuple[str, str]], which: WeightsChoice) -> Work:
        return self._work("export_models", self._export_models, run, folder, wanted)

    def find_exports(self, run: str, folder: str) -> Work:
        self.searched.append((run, folder))
        return self._work("find_exports", self._find_exports, run)

    def trace_given(self, run: str, path: str, which: WeightsChoice) -> Work:
        return self._work("trace_given", self._trace_given, run, path, which)

    def _predict_given(self, stop: Stop, run: str, paths: tuple[str, ...]) -> Events:
        yield Stage("predict", "Predicting")
        for place, path in enumerate(paths):
            yield PhotosPredicted(run, (fake_answer(path),))
            while place == 0 and self.predict_gate is not None and not self.predict_gate.wait(0.01):
                yield Progress("predict", 1, len(paths))

    def _label_given(self, stop: Stop, paths: tuple[str, ...], number: int) -> Events:
        yield Stage("choose", "Choosing photos to label")
        chosen = tuple(PhotoToLabel(path, 0.75, "ants 0.57, bees 0.43", "ants") for path in paths[:number])
        yield PhotosToLabel(chosen, len(paths), len(paths), 2)

    def _watch_camera(self, stop: Stop, run: str, camera: int) -> Events:
        yield Stage("predict", "Watching")
        if camera > 1:
            raise UserError(
                f"There is no camera {camera}, or another program uses it.",
                "Connect it, or close that program.",
            )
        yield CameraSeen(run, np.full((12, 16, 3), 90, np.uint8), fake_answer(f"camera {camera}"))
        while not stop():
            time.sleep(0.01)
            yield Progress("predict", 1, 0)

    def _export_models(self, stop: Stop, run: str, folder: str, wanted: Sequence[tuple[str, str]]) -> Events:
        for name, precision in wanted:
            yield ExportStep(name)
            yield Progress("check", 3, 10)
            while self.export_gate is not None and not self.export_gate.wait(0.01):
                yield Progress("check", 4, 10)
            yield fake_export(run, folder, name, precision)

    def _find_exports(self, stop: Stop, run: str) -> Events:
        yield CertificatesFound(run, self.certified)

    def _trace_given(self, stop: Stop, run: str, path: str, which: WeightsChoice) -> Events:
        yield Stage("predict", "Predicting")
        yield PhotoTraced(run, which, fake_trace(path))

    def _unsort(self, stop: Stop, folder: str) -> Events:
        yield Stage("undo", "Removing the sorted files")
        yield SortingUndone(folder, 2, ((f"{folder}/ants/a.jpg", "it differs from its photo now"),))
        yield Saved(folder, "unsorted")

    def _write_given(self, stop: Stop, out: str, kind: str) -> Events:
        yield Stage("predict", "Predicting")
        while self.predict_gate is not None and not self.predict_gate.wait(0.01):
            yield Progress("predict", 1, 10)
        yield Saved(out, kind)
