"""The recorder of a run: folds its events into a `RunRecord` and decides when that is written.

`run.json` is replaced whole whenever something happened: at the start, at every epoch and checkpoint, at the end. The
judgment (report, confusion matrix, `predictions.csv`) can be large; writing it may take a twentieth of the time of a
run, and it is always written at the end. So the record of a killed run shows how far it came.
"""

from __future__ import annotations

import time
from pathlib import Path

from studio.evaluate.best_epoch import best_epoch, criterion, result_epoch
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
from studio.runs import predictions_file
from studio.runs.end_note import EndNote
from studio.runs.first_record import first_record, now, resumed_record
from studio.runs.layer_changes import summed
from studio.runs.record import CheckpointTime, Ending, LayerCounts, RunRecord
from studio.runs.record_file import RecordFile
from studio.spec import UserError
from studio.spec.structs import replace
from studio.system import atomic_files

METRICS = "metrics.jsonl"
"""File with a line an epoch, for scripts that follow a run."""

SHARE = 0.05
"""Share of the time of a run that may go into writing judgments before its end."""


class Recorder:
    """Writes the record of one run in its folder; `take` each event, then `end`."""

    def __init__(self, run: Path, past: RunRecord | None = None) -> None:
        """Prepare the recorder; `RunStarted` begins the record.

        Args:
            run: Folder of the run.
            past: Its record so far, where it is resumed.
        """
        self._run = run
        self._past = past
        self._file = RecordFile(run)
        self._end_note = EndNote(run)
        self._record: RunRecord | None = None
        self._epochs: list[Epoch] = []
        self._resumed = 0
        self._dataset: Dataset | None = None
        self._predicted: PredictedProbabilities | PredictedNumbers | None = None  # of the epoch under way
        self._judged: Evaluated | None = None
        self._unwritten: PredictedProbabilities | PredictedNumbers | None = None  # of a finished epoch
        self._judgment: Evaluated | None = None
        self._judge_again_at: float | None = None

    @property
    def started(self) -> bool:
        """True once there is a folder with a record."""
        return self._record is not None

    def take(self, event: Event) -> None:
        """Fold an event into the record.

        Raises:
            OSError: The folder is gone or cannot be written.
        """
        match event:
            case RunStarted():
                self._begin(event)
            case PredictedProbabilities() | PredictedNumbers():
                self._predicted = event
            case Evaluated():
                self._judged = event
            case Epoch() if self._record is not None:
                self._add_epoch(event, self._record)
            case _ if self._record is not None:
                self._add(event, self._record)

    def end(self, ending: Ending) -> bool:
        """Write how the run ended, unless it never began.

        Returns:
            False where that could not be written anywhere.

        Raises:
            OSError: It is done, but the folder is gone or cannot be written: so it failed.
        """
        if self._record is None:
            return True
        ending = replace(ending, ended=now())
        self._record = replace(self._record, status=ending.status, ended=ending.ended, failure=ending.failure)
        try:
            self._write_judgment()
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
            except FileExistsError as error:  # two runs begun in the same second
                raise UserError(
                    f"Another run writes to {self._run}.", "Start again, or give a folder of its own.", self._run
                ) from error
        self._end_note.reserve()
        first = first_record(event)
        self._record = first if self._past is None else resumed_record(first, self._past)
        self._file.write(self._record)

    def _add(self, event: Event, record: RunRecord) -> None:
        """Fold an event that is neither an epoch nor the judgment on one."""
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
                sums = summed(event.layers, record.spec.freeze.batch_norm == "update")
                proof = LayerCounts(sums.layers, sums.unchanged)
                record = replace(record, layers=event.layers, layers_epoch=float(event.epoch), proof=proof)
            case Checkpoint():
                record = replace(record, checkpoint=CheckpointTime(float(event.epoch), now()))
            case TrainingFinished():
                self._adopt()
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
        if isinstance(
            event, DatasetScanned | RangesEstimated | Checkpoint
        ):  # the others are written with the next epoch
            self._file.write(record)

    def _add_epoch(self, epoch: Epoch, record: RunRecord) -> None:
        """Fold a finished epoch, with its judgment and its predictions."""
        # Where a run is resumed, its past epochs come again; the files are replaced once all of them are there.
        self._epochs.append(epoch)
        self._adopt()
        if len(self._epochs) < self._resumed:
            return
        rule = record.spec.train.result
        best = best_epoch(self._epochs, rule)
        result = result_epoch(self._epochs, rule) or epoch
        self._record = replace(
            record,
            epochs=tuple(self._epochs),
            val_accuracy=result.val("accuracy"),
            val_mae=result.val("mae"),
            best_epoch=best.epoch if best is not None else 0,
            result_epoch=result.epoch,
            criterion=criterion(rule, task_of(record.target)),
        )
        self._write_metrics()
        if self._judge_again_at is None:
            self._judge_again_at = time.perf_counter() + predictions_file.seconds_to_write(self._unwritten) / SHARE
        if time.perf_counter() >= self._judge_again_at:
            self._write_judgment()
        self._file.write(self._record)

    def _adopt(self) -> None:
        """Take over predictions and their judgment at the end of an epoch, which may be a later one than theirs."""
        if self._predicted is not None:
            self._unwritten, self._judgment = self._predicted, self._judged
            self._predicted = None

    def _write_metrics(self) -> None:
        file = self._run / METRICS
        if self._past is not None and len(self._epochs) <= max(1, self._resumed):
            atomic_files.write_text(file, "".join(f"{self._file.line(epoch)}\n" for epoch in self._epochs))
            return
        with file.open("a", encoding="utf-8") as out:
            out.write(self._file.line(self._epochs[-1]) + "\n")

    def _write_judgment(self) -> None:
        """Write the predictions, and put report and confusion matrix of the same epoch into the record."""
        predicted, judged = self._unwritten, self._judgment
        if predicted is None or self._dataset is None or self._record is None:
            return
        began = time.perf_counter()
        if judged is not None and judged.epoch == predicted.epoch:
            matrix = judged.report.confusion
            confusion = matrix.tolist() if matrix is not None else None
            self._record = replace(self._record, report=judged.report, confusion=confusion, judged_epoch=judged.epoch)
        predictions_file.write(self._run, predicted, self._dataset)
        self._unwritten = None
        ended = time.perf_counter()
        self._judge_again_at = ended + (ended - began) / SHARE
