"""A run on disk as an object of the library.

The file has over 300 lines because a run is one class, with a property for each of its results.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from numpy.typing import NDArray

from studio.commands import results, training
from studio.commands import runs as commands
from studio.evaluate.epochs.best_epoch import result_words
from studio.evaluate.metrics import find, in_report, task_of
from studio.events import (
    AdapterChange,
    Certificate,
    CertifiedFile,
    ClassScore,
    DatasetScanned,
    Epoch,
    Evaluated,
    Event,
    LayerChange,
    LayersChanged,
    ModelExported,
    PredictedNumbers,
    PredictedProbabilities,
    Report,
    RunOpened,
    RunReplayed,
    RunsListed,
    RunStarted,
    RunSummary,
    Saved,
    TrainingFinished,
    Warned,
)
from studio.events.runs import STATE_WORDS, WeightsChoice
from studio.formatting import run_code, run_names
from studio.notebook.automation.exported import exported
from studio.notebook.automation.replay import replay
from studio.notebook.evaluation import Evaluation, evaluate
from studio.notebook.job_runner import ProgressChoice, run_job
from studio.notebook.photo_folder import PathLike
from studio.notebook.predicting.camera import SeenFrame, watch_camera
from studio.notebook.predicting.folder_predictions import FolderPredictions, predict_folder
from studio.notebook.predicting.label_next import LabelChoice, label_next
from studio.notebook.predicting.trace import Trace, trace
from studio.notebook.predictions import Prediction, Predictions, check_epoch, predict, ranked
from studio.notebook.reports import write_report
from studio.notebook.run_description import DescribedRun
from studio.notebook.tables import Described, Description
from studio.runs import index
from studio.runs.files.record import unknown_words
from studio.runs.layer_changes import sentence, summarize
from studio.spec import RunSpec, UserError
from studio.spec.network_file import title_of
from studio.system import paths

if TYPE_CHECKING:
    from studio.engine.export.model.model_format import Precision

Kind = TypeVar("Kind")


class Run(DescribedRun, Described):
    """A run on disk: settings, epochs, evaluation, weights.

    Metrics are those of its *result*: the best epoch, or the one that `TrainSpec.result` selects. They are read when
    the run is opened; `studio.open_run(run.path)` reads them again.

    Attributes:
        summary: State and main metrics.
        epochs: One object per epoch: `train_loss`, `val_loss`, `val("accuracy")` (0…1) or `val("mae")`, `seconds`, ….
        report: Evaluation on the validation photos; None if the run ended before the first one.
        layers: Change of each layer: the proof of freezing.
        adapters: Change of weights by each adapter (LoRA); the weights themselves are unchanged.
        frozen_unchanged: True if the hash of every frozen layer is unchanged; None before the end.
        warnings: Warnings of the run, in sentences.
        missing_photos: Number of validation photos that no longer exist at their path.
    """

    def __init__(self, events: Iterable[Event]) -> None:
        """Create a run from its events; use `open_run` to open one.

        Args:
            events: Events of the job that opened it.
        """
        history = list(events)
        opened = _last(history, RunOpened)
        assert opened is not None
        evaluated = _last(history, Evaluated)
        moved, trained, started = (
            _last(history, LayersChanged),
            _last(history, TrainingFinished),
            _last(history, RunStarted),
        )
        self.summary: RunSummary = opened.summary
        self.epochs: tuple[Epoch, ...] = tuple(event for event in history if isinstance(event, Epoch))
        self.report: Report | None = evaluated.report if evaluated is not None else None
        self.layers: tuple[LayerChange, ...] = moved.layers if moved is not None else ()
        self.adapters: tuple[AdapterChange, ...] = moved.adapters if moved is not None else ()
        self.frozen_unchanged: bool | None = trained.frozen_unchanged if trained is not None else None
        self.warnings = tuple(f"{event.title} {event.hint}".rstrip() for event in history if isinstance(event, Warned))
        self.missing_photos: int = opened.missing
        self._judged_epoch: int = evaluated.epoch if evaluated is not None else 0
        self._frozen = bool(started and started.frozen_layers)
        self._dataset = _last(history, DatasetScanned)
        self._predicted = _last(history, PredictedProbabilities) or _last(history, PredictedNumbers)

    @property
    def path(self) -> Path:
        """The run's folder, absolute."""
        return Path(self.summary.path)

    @property
    def state(self) -> str:
        """“done”, “stopped”, “failed”, “interrupted” or “running”."""
        return STATE_WORDS[self.summary.state]

    @property
    def spec(self) -> RunSpec:
        """Settings of the run."""
        return self.summary.spec

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in the order of `confusion`; for regression only the name of the target."""
        return self._dataset.dataset.classes if self._dataset is not None else ()

    @property
    def accuracy(self) -> float | None:
        """Share of validation photos predicted correctly, 0…1; None before the first epoch, and for regression."""
        return self.summary.value("accuracy")

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 % interval of `accuracy` (Wilson's), or of `mae` (bootstrap)."""
        return self.summary.figure.interval if self.summary.figure is not None else None

    @property
    def mae(self) -> float | None:
        """Mean absolute error on the validation photos, in the unit of the targets; None for classification."""
        return self.summary.value("mae")

    @property
    def confusion(self) -> NDArray[Any] | None:
        """(K, K) int64, rows true, columns predicted, in the order of `classes`; None for regression."""
        return self.report.confusion if self.report is not None else None

    @property
    def class_scores(self) -> tuple[ClassScore, ...]:
        """Rows per class: `name`, `images`, `precision`, `recall`, `f1` (0…1), `recall_interval`; () for regression."""
        return self.report.classes if self.report is not None else ()

    @property
    def best_epoch(self) -> int:
        """The best epoch by the criterion of the run, from 1; 0 before the first."""
        return self.summary.best_epoch

    @functools.cached_property
    def validation(self) -> Predictions:
        """Predictions on the validation photos, with the true classes or numbers; empty before the first epoch."""
        if self._dataset is None or self._predicted is None:
            return Predictions(())
        dataset, predicted = self._dataset.dataset, self._predicted
        photos = [dataset.photos[place] for place in predicted.photos]
        if isinstance(predicted, PredictedNumbers):
            numbers = zip(photos, predicted.numbers, strict=True)
            rows = [Prediction(photo.path, "", {}, float(number), photo.target) for photo, number in numbers]
            return Predictions(rows, epoch=predicted.epoch)
        rows = []
        for photo, shares in zip(photos, predicted.probabilities, strict=True):
            shown = ranked(dataset.classes, shares.tolist())
            rows.append(Prediction(photo.path, next(iter(shown)), shown, None, dataset.classes[photo.label]))
        return Predictions(rows, epoch=predicted.epoch)

    def predict(
        self,
        images: PathLike | Iterable[PathLike],
        *,
        epoch: WeightsChoice | None = None,
        device: str = "auto",
        progress: ProgressChoice = True,
    ) -> Predictions:
        """Classes and probabilities (or numbers) of photos; see `studio.predict`."""
        return predict(self.path, images, epoch=epoch, device=device, progress=progress)

    def predict_folder(self, images: PathLike | Iterable[PathLike], **options: Any) -> FolderPredictions:
        """Predict many photos into a table or into folders; see `studio.predict_folder`."""
        return predict_folder(self.path, images, **options)

    def label_next(self, images: PathLike | Iterable[PathLike], number: int = 20, **options: Any) -> LabelChoice:
        """Choose which photos to label next; see `studio.label_next`."""
        return label_next(self.path, images, number, **options)

    def watch_camera(self, camera: int | PathLike = 0, **options: Any) -> Iterator[SeenFrame]:
        """Predict what a camera sees; see `studio.watch_camera`."""
        return watch_camera(self.path, camera, **options)

    def trace(self, image: PathLike, **options: Any) -> Trace:
        """The steps from a photo to its prediction; see `studio.trace`."""
        return trace(self.path, image, **options)

    def evaluate(self, part: str = "val", epoch: str | int | None = None, **options: Any) -> Evaluation:
        """Judge the run on its "val", "test" or "train" photos; see `studio.notebook.evaluation.evaluate`."""
        return evaluate(self.path, part, epoch, **options)

    def write_report(
        self,
        out: PathLike,
        other: PathLike | None = None,
        *,
        part: str = "val",
        photos: bool = True,
        progress: ProgressChoice = True,
        **options: Any,
    ) -> Path:
        """Write a report of the run to one HTML file; see `studio.notebook.reports.write_report`."""
        return write_report(self.path, out, other, part=part, photos=photos, progress=progress, **options)

    @overload
    def export(self, out: PathLike, *, epoch: WeightsChoice | None = None, progress: ProgressChoice = True) -> Path: ...

    @overload
    def export(
        self,
        out: PathLike,
        *,
        format: str,
        precision: Precision | None = None,
        epoch: str | int | None = None,
        data: PathLike = "",
        progress: ProgressChoice = True,
    ) -> Certificate: ...

    def export(
        self,
        out: PathLike,
        *,
        format: str = "",
        precision: Precision | None = None,
        epoch: Any = None,
        data: PathLike = "",
        progress: ProgressChoice = True,
    ) -> Path | Certificate:
        """Write the trained head, or the whole model, to a file.

        A whole model is verified: its file is loaded without the studio and compared with the run's own predictions on
        the validation photos.

        Args:
            out: Path with the suffix of the format; of a head, `.safetensors` or `.pt`.
            format: "" for the head; of a whole model, “model”, “pt2”, “onnx”, … as `thaw export --format` lists them.
            precision: Number type of a whole model's weights; None for float32.
            epoch: "best", "last", the number of one of them (whole models), or None for the result of the run.
            data: Current folder of the run's photos; "" if they were not moved.
            progress: True for a progress bar, False for none, or a function that is called with each event.

        Returns:
            The file of a head, absolute; of a whole model its certificate, whose `passed` says whether it is verified.

        Raises:
            UserError: The file cannot be written, or the run has no such weights.
        """
        if format:
            place = str(paths.expanded(Path(data))) if data else ""
            work = results.export_model(self.path, paths.expanded(Path(out)), format, precision, epoch, place)
            exported = _last(run_job(work, progress), ModelExported)
            assert exported is not None
            return exported.certificate
        check_epoch(epoch)
        events = run_job(results.export(self.path, paths.expanded(Path(out)), epoch), progress)
        saved, proved = _last(events, Saved), _last(events, ModelExported)
        assert saved is not None
        return Path(proved.file if proved is not None else saved.path).absolute()

    def exports(self, *folders: PathLike) -> tuple[CertifiedFile, ...]:
        """Find the exported files with their certificates, the oldest first.

        Args:
            folders: Folders to search in addition to those that files of this run were exported to.

        Returns:
            Each with `file`, `certificate`, and `state`: “same”, “changed” since the certificate, or “gone”.
        """
        return exported(self.path, folders)

    def resume(
        self, epochs: int | None = None, *, data: PathLike | None = None, progress: ProgressChoice = True
    ) -> Run:
        """Resume or extend the run; see `studio.resume`."""
        return resume(self.path, epochs, data=data, progress=progress)

    def replay(self, out: PathLike | None = None, **options: Any) -> RunReplayed:
        """Train the run again from its record; see `studio.replay`."""
        return replay(self.path, out, **options)

    def as_command(self, form: Literal["command", "gpus", "computers"] = "command") -> str:
        """A line for the terminal that trains with the settings of the run: `thaw train …`.

        With "gpus" or "computers" it starts with `torchrun`, which trains on all GPUs of one or of several computers.
        """
        return run_code.command(self._known_spec(), form)

    def as_script(self) -> str:
        """A Python script that trains with the settings of the run."""
        return run_code.script(self._known_spec())

    def _known_spec(self) -> RunSpec:
        if self.summary.unknown:
            raise UserError(*unknown_words(self.summary.unknown), self.path)
        return self.spec

    def _describe(self) -> Description:
        summary = self.summary
        plan = f"{title_of(summary.spec.backbone.name)}, {run_names.training(summary.spec)}"
        epochs = f"{len(self.epochs)} of {summary.spec.train.all_epochs} epochs"
        lines = [f"Run {self.path.name}: {self.state}, {epochs}, {plan}"]
        lines += [f"It failed: {summary.failure}"] if summary.failure else []
        lines += [words] if (words := self._score_words()) else []
        if self.report is not None:
            lines.append(f"{self.report.verdict}. {self.report.advice}")
        rows = [["class", "photos", "precision", "recall", "F1"], *map(_score_row, self.class_scores)]
        proof = sentence(summarize(self.layers, summary.spec.freeze.batch_norm == "update"), self.adapters)
        notes = [f"Layers: {proof}"] if proof else []
        if self._frozen and self.frozen_unchanged is False:
            notes.append("Frozen layers CHANGED: this is a defect, please report it")
        if summary.resumable:
            notes.append("It can be resumed: .resume()")
        return Description(tuple(lines), rows, frozenset({1, 2, 3, 4}), (*notes, f"Folder: {self.path}"))

    def _score_words(self) -> str:
        """“accuracy 96.1 % (95 % interval 91.7 % to 98.2 %) on 153 validation photos, epoch 4 of 5”; "" before any."""
        figure, spec = self.summary.figure, self.summary.spec
        if figure is None:
            return ""
        metric = find(figure.key)
        target = f"{self._dataset.dataset.target}: " if self._dataset and self._dataset.dataset.target else ""
        words = f"{target}{metric.name} {metric.plain_text(figure.value)}"
        if figure.interval is not None:
            words += f" (95 % interval {' to '.join(map(metric.plain_text, figure.interval))})"
        if self.report is not None:
            others = in_report(self.report)[1:]
            words += "".join(f", {row.short_name} {row.plain_text(other.value)}" for row, other in others)
            words += f", on {self.report.photos:,} validation photos"
        result, task = self.summary.result_epoch, task_of(spec.dataset.targets)
        return f"{words}, {result_words(result, len(self.epochs), spec.train.result, task)}"


def open_run(path: PathLike) -> Run:
    """Open a run of this version or an earlier one, without loading the network or torch.

    Args:
        path: Its folder.

    Raises:
        UserError: There is no run, or it cannot be read.
    """
    return Run(run_job(commands.open_run(paths.expanded(Path(path))), progress=False))


def list_runs(folder: PathLike | None = None) -> list[RunSummary]:
    """List the runs of a folder, newest first: `path`, `state`, `accuracy`, `spec`, ….

    Args:
        folder: Folder of runs; None for the user's own.

    Raises:
        UserError: There is no such folder.
    """
    place = paths.expanded(Path(folder)) if folder is not None else None
    listing = _last(run_job(commands.list_runs(place), progress=False), RunsListed)
    return list(listing.runs) if listing is not None else []


def resume(
    path: PathLike, epochs: int | None = None, *, data: PathLike | None = None, progress: ProgressChoice = True
) -> Run:
    """Resume a run that was stopped, failed or was interrupted, or extend a finished one.

    Args:
        path: Folder of the run.
        epochs: New total of epochs; None for the planned one.
        data: Current folder of the photos, if they were moved; they must be the same photos.
        progress: True for a progress bar, False for none, or a function that is called with each event.

    Raises:
        UserError: There is no run, it already has all its epochs, or the photos differ.
        KeyboardInterrupt: It was stopped; it can be resumed again.
    """
    run = paths.expanded(Path(path))
    folder = Path(data) if data is not None else None
    run_job(training.resume(run, epochs, folder, index.IN_PYTHON), progress)
    return open_run(run)


def _score_row(score: ClassScore) -> list[str]:
    shares = (score.precision, score.recall, score.f1)
    return [score.name, f"{score.images:,}", *(f"{share:.3f}" for share in shares)]


def _last(events: list[Event], kind: type[Kind]) -> Kind | None:
    return next((event for event in reversed(events) if isinstance(event, kind)), None)
