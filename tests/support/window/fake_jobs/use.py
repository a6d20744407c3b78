"""Fake jobs of the Use page: predictions of given photos, their steps, and exports."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from fake_jobs.data import fake_answer, fake_export, fake_trace
from fake_jobs.work import FakeWork

from studio.events import Events, ExportStep, PhotosPredicted, PhotoTraced, Progress, Saved, Stage
from studio.events.runs import WeightsChoice
from studio.jobs.protocol import Stop, Work


class FakeUse(FakeWork):
    """Fake commands of the Use page.

    Attributes:
        predicted: Predictions of given photos: run, paths, epoch.
        predict_gate: Event that such a prediction waits for after its first photo.
        export_gate: Event that an export waits for while its file is compared.
    """

    def __init__(self) -> None:
        super().__init__()
        self.predicted: list[tuple[str, tuple[str, ...], WeightsChoice]] = []
        self.predict_gate: threading.Event | None = None
        self.export_gate: threading.Event | None = None

    def predict_given(self, run: str, paths: Sequence[str], which: WeightsChoice) -> Work:
        self.predicted.append((run, tuple(paths), which))
        return self._work("predict_given", self._predict_given, run, tuple(paths))

    def write_given(
        self, run: str, paths: Sequence[str], which: WeightsChoice, table: str, folder: str, links: bool
    ) -> Work:
        return self._work("write_given", self._write_given, table or folder, "answers" if table else "sorted")

    def export_models(self, run: str, folder: str, wanted: Sequence[tuple[str, str]], which: WeightsChoice) -> Work:
        return self._work("export_models", self._export_models, run, folder, wanted)

    def trace_given(self, run: str, path: str, which: WeightsChoice) -> Work:
        return self._work("trace_given", self._trace_given, run, path, which)

    def _predict_given(self, stop: Stop, run: str, paths: tuple[str, ...]) -> Events:
        yield Stage("predict", "Predicting")
        for place, path in enumerate(paths):
            yield PhotosPredicted(run, (fake_answer(path),))
            while place == 0 and self.predict_gate is not None and not self.predict_gate.wait(0.01):
                yield Progress("predict", 1, len(paths))

    def _export_models(self, stop: Stop, run: str, folder: str, wanted: Sequence[tuple[str, str]]) -> Events:
        for name, precision in wanted:
            yield ExportStep(name)
            yield Progress("check", 3, 10)
            while self.export_gate is not None and not self.export_gate.wait(0.01):
                yield Progress("check", 4, 10)
            yield fake_export(run, folder, name, precision)

    def _trace_given(self, stop: Stop, run: str, path: str, which: WeightsChoice) -> Events:
        yield Stage("predict", "Predicting")
        yield PhotoTraced(run, which, fake_trace(path))

    def _write_given(self, stop: Stop, out: str, kind: str) -> Events:
        yield Stage("predict", "Predicting")
        yield Saved(out, kind)
