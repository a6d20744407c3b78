"""The recorder of a run: folds its events into a `RunRecord` and decides when to write it.

`run.json` is replaced at the start, when data set and value ranges are known, at every epoch and checkpoint, and at the
end. The evaluation (report, confusion matrix, `predictions.csv`) can be large; so before the end, writing it may take
at most a twentieth of the time.
"""

from __future__ import annotations

import time
from pathlib import Path

from studio.evaluate.epochs.best_epoch import best_epoch, criterion, result_epoch
from studio.evaluate.metrics import task_of
from studio.events import (
    Checkpoint,
    Dataset,
    DatasetScanned,
    Epoch,
    Evaluated,
    Event,
    FeaturesComputed,
    LayersChanged,
    PredictedNumbers,
    PredictedProbabilities,
    RangesEstimated,
    RunStarted,
    TrainingFinished,
    ViewsComputed,
    Warned,
)
from studio.runs.files import predictions_file
from studio.runs.files.end_note import EndNote
from studio.runs.files.record import CheckpointTime, Ending, LayerCounts, RunRecord
from studio.runs.files.record_file import RecordFile
from studio.runs.first_record import first_record, now, resumed_record
from studio.runs.layer_changes import summarize
from studio.spec import UserError
from studio.spec.structs import replace
from studio.system.files import atomic_files

METRICS = "metrics.jsonl"
"""File with one line per epoch, for scripts that follow a run."""

SHARE = 0.05
"""Largest share of a run's time that writing evaluations may take before its end."""


class Recorder:
    """Writes the record of one run in its folder; pass each event to `take`, then call `end`."""

    def __init__(self, run: Path, past: RunRecord | None = None) -> None:
        """Make a recorder; the record begins at `RunStarted`.

        Args:
            run: Folder of the run.
            past: Its record so far if it is resumed; None for a new run.
        """
        self._run = run
        self._past = past
        self._file = RecordFile(run)
        self._end_note = EndNote(run)
        self._record: RunRecord | None = None
        self._early: list[Warned] = []
        self._epochs: list[Epoch] = []
        self._resumed = 0
        self._dataset: Dataset | None = None
        self._predicted: PredictedProbabilities | PredictedNumbers | None = None  # of the current epoch
        self._evaluated: Evaluated | None = None
        self._unwritten: PredictedProbabilities | PredictedNumbers | None = None  # of a finished epoch, not yet on disk
        self._evaluation: Evaluated | None = None
        self._next_evaluation_at: float | None = None

    @property
    def started(self) -> bool:
        """True once the record has begun."""
        return self._record is not None

    def take(self, event: Event) -> None:
        """Fold an event into the record.

        Raises:
            OSError: The folder is gone or cannot be written.
        """
        match event:
            case RunStarted():
                self._begin(event)
            case Warned() if self._record is None:
                self._early.append(event)
            case PredictedProbabilities() | PredictedNumbers():
                self._predicted = event
            case Evaluated():
                self._evaluated = event
            case Epoch() if self._record is not None:
                self._add_epoch(event, self._record)
            case _ if self._record is not None:
                self._add(event, self._record)

    def end(self, ending: Ending) -> bool:
        """Write how the run ended, unless it never began.

        Returns:
            False if that could be written neither to the record nor to the note.

        Raises:
            OSError: The run is done, but its folder is gone or cannot be written, so it has failed.
        """
        if self._record is None:
            return True
        ending = replace(ending, ended=now())
        self._record = replace(self._record, status=ending.status, ended=ending.ended, failure=ending.failure)
        try:
            self._write_evaluation()
            self._file.write(self._record, now=True)
            atomic_files.fsync_all(self._run / METRICS, self._run / predictions_file.FILE)
        except OSError:
            if ending.status == "done":
                raise
            written = self._end_note.write(ending)
            self._end_note.close()
            return written
        self._end_note.remove()
        return True

    def _begin(self, event: RunStarted) -> None:
        self._resumed = event.resumed
        if self._past is None:
            self._run.mkdir(parents=True, exist_ok=True)
            try:
                (self._run / METRICS).open("x").close()
            except FileExistsError as error:  # another process has begun a run in the same folder
                raise UserError(
                    f"Another run writes to {self._run}.", "Start again, or choose another folder.", self._run
                ) from error
        self._end_note.reserve()
        first = replace(first_record(event), warnings=tuple(self._early))
        self._record = first if self._past is None else resumed_record(first, self._past)
        self._file.write(self._record)

    def _add(self, event: Event, record: RunRecord) -> None:
        """Fold an event that is neither an epoch nor its evaluation."""
        match event:
            case DatasetScanned(dataset):
                self._dataset = dataset
                record = replace(
                    record,
                    target=dataset.target,
                    classes=dataset.classes,
                    counts={
                        split: dict(zip(dataset.classes, row, strict=True)) for split, row in dataset.counts().items()
                    },
                    skipped=dataset.skipped,
                    split_found=dataset.split_found,
                )
            case RangesEstimated(ranges):
                record = replace(record, value_range=ranges)
            case FeaturesComputed():
                record = replace(record, features=event)
            case ViewsComputed():
                record = replace(record, views=event)
            case Warned():
                record = replace(record, warnings=(*record.warnings, event))
            case LayersChanged():
                sums = summarize(event.layers)
                proof = LayerCounts(sums.layers, sums.unchanged)
                record = replace(
                    record,
                    layers=event.layers,
                    adapters=event.adapters,
                    layers_epoch=float(event.epoch),
                    proof=proof,
                )
            case Checkpoint():
                record = replace(record, checkpoint=CheckpointTime(float(event.epoch), now()))
            case TrainingFinished():
                self._take_predictions()
                record = replace(
                    record,
                    frozen_unchanged=event.frozen_unchanged,
                    changed_layers=event.changed_layers,
                    seconds=event.seconds,
                    best_epoch=event.best_epoch or record.best_epoch,
                    stopped_early=event.stopped_early,
                )
            case _:
                return
        self._record = record
        # Other events are written with the next epoch.
        if isinstance(event, DatasetScanned | RangesEstimated | Checkpoint):
            self._file.write(record)

    def _add_epoch(self, epoch: Epoch, record: RunRecord) -> None:
        """Fold a finished epoch, with its report and its predictions."""
        # A resumed run repeats the events of its past epochs; the files are replaced after the last one of them.
        self._epochs.append(epoch)
        self._take_predictions()
        if len(self._epochs) < self._resumed:
            return
        rule = record.spec.train.result
        best = best_epoch(self._epochs, rule) or epoch
        result = result_epoch(self._epochs, rule) or epoch
        self._record = replace(
            record,
            epochs=tuple(self._epochs),
            val_accuracy=result.val("accuracy"),
            val_mae=result.val("mae"),
            best_epoch=best.epoch,
            result_epoch=result.epoch,
            criterion=criterion(rule, task_of(record.target)),
        )
        self._write_metrics()
        if self._next_evaluation_at is None:
            self._next_evaluation_at = time.perf_counter() + predictions_file.seconds_to_write(self._unwritten) / SHARE
        if time.perf_counter() >= self._next_evaluation_at:
            self._write_evaluation()
        self._file.write(self._record)

    def _take_predictions(self) -> None:
        """Take over the latest predictions and their report at the end of an epoch, which may be later than theirs."""
        if self._predicted is not None:
            self._unwritten, self._evaluation = self._predicted, self._evaluated
            self._predicted = None

    def _write_metrics(self) -> None:
        file = self._run / METRICS
        if self._past is not None and len(self._epochs) <= max(1, self._resumed):
            atomic_files.write_text(file, "".join(f"{self._file.line(epoch)}\n" for epoch in self._epochs))
            return
        with file.open("a", encoding="utf-8") as out:
            out.write(self._file.line(self._epochs[-1]) + "\n")

    def _write_evaluation(self) -> None:
        """Write the predictions, and put report and confusion matrix of the same epoch into the record."""
        predicted, evaluated = self._unwritten, self._evaluation
        if predicted is None or self._dataset is None or self._record is None:
            return
        start = time.perf_counter()
        if evaluated is not None and evaluated.epoch == predicted.epoch:
            report = evaluated.report
            confusion = report.confusion.tolist() if report.confusion is not None else None
            self._record = replace(self._record, report=report, confusion=confusion, judged_epoch=evaluated.epoch)
        predictions_file.write(self._run, predicted, self._dataset)
        self._unwritten = None
        ended = time.perf_counter()
        self._next_evaluation_at = ended + (ended - start) / SHARE
