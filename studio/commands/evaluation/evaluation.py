"""Jobs that judge runs: the evaluation of one on a split, and the comparison of two."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from studio.commands.evaluation import (
    comparison_parts,
    evaluation_evidence,
    leakage,
    other_runs,
    settled_labels,
    test_photos,
    unlike,
)
from studio.commands.evaluation.comparison_parts import main_value
from studio.commands.evaluation.evaluation_evidence import ProbeResult
from studio.commands.imports import imported
from studio.evaluate.documents import comparison, earlier_tests, evaluation, regression
from studio.evaluate.documents.comparison import ComparedRun
from studio.evaluate.documents.earlier_tests import EarlierTest
from studio.evaluate.documents.evaluation import RunFacts
from studio.evaluate.epochs.best_epoch import result_words
from studio.evaluate.metrics import task_of
from studio.evaluate.slices import Slice, SliceValues
from studio.events import (
    Dataset,
    Event,
    Events,
    JudgedPart,
    PartPredicted,
    RunEvaluated,
    RunsCompared,
    Split,
    Stage,
    Warned,
)
from studio.jobs.protocol import Stop, Work
from studio.runs import decision_file, judged_photos, recorded_split
from studio.runs import folder as runs
from studio.runs.files.record import RunRecord, unknown_words
from studio.spec import UserError
from studio.spec.encoding.serialization import to_json
from studio.system import paths

TESTED = earlier_tests.COMPARED


def evaluate(
    run: Path,
    part: Split = "val",
    epoch: str | int | None = None,
    data: Path | None = None,
    device: str = "auto",
    quick: bool = False,
    threshold: str = "f1",
    pairs: Sequence[tuple[str, str]] | None = None,
    tables: Sequence[Path] = (),
    sliced: bool = False,
    says_earlier: bool = True,
) -> Work:
    """Evaluate a run; yields `PartPredicted`, then `RunEvaluated`.

    Args:
        run: Folder of the run.
        part: The split whose photos are judged.
        epoch: "best", "last" or the number of an epoch whose weights are stored; None for the run's result.
        data: Current folder of the photos, if they were moved.
        device: Device to compute on, where the predictions are not stored.
        quick: True to leave out the quick probe, and slices by properties that need the photos.
        threshold: Rule of the thresholds, as in `thresholds.parse`.
        pairs: Pairs of a data check that show the same in two parts; None to compare photos, unless `quick`.
        tables: CSV files about the photos, whose columns the photos are sliced by.
        sliced: True for slices by properties of the photos even if `quick`.
        says_earlier: False where the user knows already which runs were judged on these test photos.

    Raises:
        UserError: There is no run, its predictions, weights or photos are missing, or a table cannot be read.
    """

    def work(stop: Stop) -> Events:
        where, record = _opened(run)
        if record.unknown:
            yield Warned(*unknown_words(record.unknown))
        earlier = test_photos.judged_before(where, record) if part == "test" else ()
        yield from test_photos.warn(earlier if says_earlier else ())
        judged = yield from _judged(where, record, part, epoch, data, device, stop)
        weights = judged_photos.weights_of(record, epoch)[0]
        columns = yield from evaluation_evidence.table_columns(record, judged, tables)
        yield PartPredicted(str(where), weights, record.classes, record.target, judged)
        values, probe = SliceValues(), None
        if sliced or not quick:
            values = yield from evaluation_evidence.slice_values(judged, stop)
        if not quick and not record.target:
            probe = yield from evaluation_evidence.probe(where, record, judged, device, stop)
        near = pairs
        if near is None:
            near = () if quick or record.target else (yield from leakage.near_pairs(where, judged))
        near = (*near, *(probe.alike if probe is not None else ()))
        far = None if quick else (yield from unlike.document(where, record, judged, weights, probe, device, stop))
        fitted_on = yield from test_photos.fitted_on(where, record, judged, weights, device, stop)
        settled = frozenset[str]() if record.target else (yield from settled_labels.settled(judged))
        yield Stage("evaluate", "Evaluating")
        slices = evaluation.part_slices(judged, values.with_columns(columns), bool(record.target))
        document = _head(where, record, judged) | _document(
            where, record, judged, slices, probe, threshold, near, fitted_on, settled, earlier
        )
        document |= {"unlike": far, "tested_before": earlier_tests.rows(earlier)}
        if part == "test":
            yield from test_photos.record(where, judged, main_value(judged, bool(record.target)))
        yield RunEvaluated(document, weights, tuple(one.photos for one in slices))

    return work


def compare(a: Path, b: Path, part: Split = "val", device: str = "auto", says_earlier: bool = True) -> Work:
    """Compare the results of two runs on the photos that both judged; yields `RunsCompared`.

    Args:
        a: Folder of the first run.
        b: Folder of the second one.
        part: The split whose photos are judged.
        device: Device to compute on, where the predictions are not stored.
        says_earlier: False where the user knows already what a comparison on test photos means, and the earlier ones.

    Raises:
        UserError: There is no such run, one predicts classes and the other numbers, or predictions cannot be made.
    """

    def work(stop: Stop) -> Events:
        opened = [_opened(run) for run in (a, b)]
        earlier = test_photos.of_runs(opened) if part == "test" else ()
        if part == "test" and says_earlier:
            yield from test_photos.warn(earlier)
            yield Warned(TESTED, earlier_tests.CHOOSE_BY)
        tasks = {bool(record.target) for _, record in opened}
        if len(tasks) > 1:
            raise UserError("One of the runs predicts classes and the other numbers.", "Compare runs of one kind.", b)
        compared = []
        for where, record in opened:
            judged = yield from _judged(where, record, part, None, None, device, stop)
            compared.append(ComparedRun(where.name, record.classes, judged, to_json(record.spec)))
            if part == "test":
                yield from test_photos.record(where, judged, main_value(judged, bool(record.target)))
        yield Stage("compare", "Comparing")
        heads = {
            name: _head(where, record, one.part)
            for name, (where, record), one in zip("ab", opened, compared, strict=True)
        }
        steps = comparison.steps(compared[0], compared[1], tasks == {True})
        document, photos = yield from comparison_parts.in_steps(steps, stop)
        records = [record for _, record in opened]
        facts = comparison_parts.facts(records[0], records[1])
        yield RunsCompared(
            {
                **heads,
                "part": part,
                **document,
                "facts": facts,
                "splits": comparison_parts.splits(records[0], records[1]),
                "tested_before": earlier_tests.rows(earlier),
            },
            photos,
            (records[0].epochs, records[1].epochs),
            records[1].value_range,
        )

    return work


def _opened(run: Path) -> tuple[Path, RunRecord]:
    """The folder of a run and its record."""
    where = paths.expanded(run).absolute()
    where = where.parent if where.name == runs.RUN else where
    return where, runs.read(where, only_known=False)


def _judged(
    run: Path,
    record: RunRecord,
    part: Split,
    epoch: str | int | None,
    data: Path | None,
    device: str,
    stop: Stop,
) -> Generator[Event, None, JudgedPart]:
    """Predictions on the photos of a split: the stored ones if they are of that split and epoch, else new ones."""
    which, number = judged_photos.weights_of(record, epoch)
    folder = str(paths.expanded(data).absolute()) if data is not None else record.spec.dataset.folder
    if part == "val" and (epoch is None or number == record.predicted_epoch):
        try:
            stored = judged_photos.stored(run, record, folder)
        except UserError:
            if epoch is None:
                raise
            stored = None  # the error proposes --epoch: predict the photos again
        if stored is not None:
            return stored
    dataset = yield from _photos(run, record, part, folder)
    if not paths.is_folder(folder):
        raise UserError(
            f"There is no folder {folder}, where the photos of the run were.",
            "Put them back, or name their current folder with --data.",
            folder,
        )
    yield from imported()
    from studio.engine.predict import part_predictions

    judged = yield from part_predictions.predict(run, record, dataset, part, which, device, stop)
    return replace(judged, epoch=judged.epoch or number)  # old files of weights do not have their epoch


def _photos(run: Path, record: RunRecord, part: Split, folder: str) -> Generator[Event, None, Dataset]:
    """The photos of a split: those that the run began with, or the current test photos."""
    if part != "test":
        return judged_photos.require_split(judged_photos.listed(run, record, folder), part)
    from studio.data.scan import list_photos

    yield Stage("scan", "Listing photos")
    dataset = yield from list_photos(record.spec.dataset.moved(folder), record.choices, record.classes)
    if dataset.classes != record.classes:
        raise UserError(
            f"The classes in {folder} are no longer those of the run: {', '.join(dataset.classes)}.",
            f"The run has {', '.join(record.classes)}.",
            folder,
        )
    dataset, _moved = recorded_split.applied(run, record, dataset)
    return judged_photos.require_split((yield from test_photos.without_known(run, dataset)), part)


def _head(run: Path, record: RunRecord, judged: JudgedPart) -> dict[str, Any]:
    """Entries of the document that name run, epoch and part."""
    result, task = record.spec.train.result, task_of(record.target)
    last, epoch = len(record.epochs), judged.epoch
    is_result = epoch == (record.result_epoch or last)
    words = result_words(epoch, last, result, task) if is_result else f"epoch {epoch} of {last}"
    return {
        "run": str(run),
        "name": run.name,
        "epoch": epoch,
        "epochs": last,
        "epoch_words": words,
        "best_epoch": record.best_epoch,
        "part": judged.split,
        "photos": len(judged.paths),
        "folder": judged.folder,
        "target": record.target,
    }


def _document(
    run: Path,
    record: RunRecord,
    judged: JudgedPart,
    slices: Sequence[Slice],
    probe: ProbeResult | None,
    threshold: str,
    pairs: Sequence[tuple[str, str]],
    fitted_on: JudgedPart | None,
    settled: frozenset[str],
    earlier: Sequence[EarlierTest],
) -> dict[str, Any]:
    epochs = tuple(epoch for epoch in record.epochs if epoch.epoch <= judged.epoch)
    later = record.epochs[len(epochs) :]
    if record.target:
        train = np.array(evaluation_evidence.train_numbers(run, record, judged) or judged.truth, np.float64)
        train_mae = epochs[-1].train("mae") if epochs and judged.split != "train" else None
        return regression.document(judged, train, train_mae, slices, epochs, later) | {"disagreement": None}
    leaks = evaluation_evidence.pairs_across(run, judged, pairs)
    facts = RunFacts(
        record.classes,
        epochs,
        record.spec.freeze.trains_nothing,
        slices=slices,
        threshold=threshold,
        fitted_on=fitted_on,
        pairs=leaks,
        scratch=evaluation_evidence.scratch_run(run, record, judged),
        test_judgments=earlier_tests.others(earlier, judged.epoch),
        test_repeats=earlier_tests.repeats(earlier, judged.epoch),
        settled=settled,
        later=later,
    )
    facts = replace(facts, decision=decision_file.read(run, record.classes))
    if probe is not None:
        facts = replace(
            facts,
            best_probe=probe.best if record.spec.backbone.weights != "none" else None,
            probe_rows=probe.rows,
            out_of_sample=probe.probabilities,
        )
    other = other_runs.disagreements(run, record, judged)
    return evaluation.classification(judged, facts) | {"disagreement": other}
