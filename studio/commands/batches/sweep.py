"""The job that trains the runs of a sweep one after another, and continues a sweep that was stopped."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Generator, Iterable, Sequence
from pathlib import Path
from typing import Any

from studio.commands import training
from studio.commands.backbones import available
from studio.commands.batches import named_layers
from studio.commands.dataset import require_folder
from studio.commands.evaluation import evaluation
from studio.commands.imports import imported
from studio.evaluate.compare import sweep_ranking
from studio.evaluate.epochs.best_epoch import criterion, rank, result_epoch
from studio.evaluate.epochs.median_rule import is_hopeless
from studio.evaluate.metrics import criterion_metric, task_of
from studio.events import (
    Epoch,
    Event,
    Events,
    PartPredicted,
    RunDescription,
    RunEvaluated,
    RunSummary,
    Stage,
    SweepFinished,
    SweepRun,
    Warned,
)
from studio.jobs.protocol import Stop, Work
from studio.planning.sweeps import combinations
from studio.planning.sweeps.combinations import Trial
from studio.planning.sweeps.space import EarlyStop, SweepSpace
from studio.runs import folder as runs
from studio.runs import index
from studio.runs.batches.sweep_record import SweepEntry, SweepRecord, default_folder
from studio.runs.files import description, lock
from studio.runs.files.lock import RunLock
from studio.runs.files.record import RunRecord
from studio.spec import RunSpec, UserError
from studio.spec.structs import replace


def sweep(spec: RunSpec, space: SweepSpace, key: str = "", out: Path | None = None) -> Work:
    """Train the runs of a sweep; yields their events, and `SweepFinished` last.

    Started again with the same space, it continues: complete runs are not trained again.

    Args:
        spec: Settings of all runs, as far as they are not varied.
        space: What is varied.
        key: What makes it the same sweep the next time, such as the path of the file; "" for the space itself.
        out: Folder of the sweep and its runs; None for one among the user's sweeps, and runs among the user's runs.
    """

    def work(stop: Stop) -> Events:
        trials = combinations.trials(space, spec)
        same = json.dumps([spec.dataset.folder, key or space.document], sort_keys=True)
        folder = out.absolute() if out is not None else default_folder(space.title, same)
        yield from require_folder(spec.dataset)
        job = _Sweep(folder, space, trials, out is not None, stop)
        with _locked(folder):
            yield from job.events()

    return work


@contextlib.contextmanager
def _locked(folder: Path) -> Generator[None, None, None]:
    folder.mkdir(parents=True, exist_ok=True)
    if lock.is_held(folder):
        holder = lock.holder(folder) or "another program"
        raise UserError(f"This sweep is in progress already, in {holder}.", "Wait for its end, or stop it.", folder)
    with RunLock(folder):
        yield


class _Sweep:
    """The runs of a sweep."""

    def __init__(self, folder: Path, space: SweepSpace, trials: Sequence[Trial], inside: bool, stop: Stop) -> None:
        self._folder, self._space, self._trials, self._inside, self._stop = folder, space, trials, inside, stop
        self._record = SweepRecord(folder, space.document)
        self._past: list[tuple[Epoch, ...]] = []  # epochs of the runs so far, for the median rule

    def events(self) -> Events:
        left = [trial for trial in self._trials if not self._is_over(trial)]
        yield from self._check_layers(left)
        for place, trial in enumerate(self._trials, 1):
            if not self._is_over(trial):
                yield Stage("sweep", f"Run {place} of {len(self._trials)}: {trial.words()}")
                try:
                    yield from self._train(trial)
                except UserError as error:
                    entry = self._record.entry(trial.spec) or SweepEntry(trial.stored(), trial.spec)
                    self._record.put(replace(entry, failure=error.title))
                    yield Warned(f"Run {place} failed: {error.title}", error.hint)
            self._past.append(_epochs(self._record.entry(trial.spec)))
        yield from self._end()

    def _check_layers(self, trials: Iterable[Trial]) -> Events:
        """Refuse layers that a network lacks: before the first run, not hours later."""
        naming = [trial for trial in trials if named_layers.are_in(trial.spec)]
        for trial in trials:
            available(trial.spec.backbone)
        if not naming:
            return
        yield from imported()
        from studio.engine.backbones.backbone import LoadedBackbone

        loaded, tables = LoadedBackbone(), {}
        for trial in naming:
            network = trial.spec.backbone.network
            if network not in tables:
                plain = named_layers.without_weights(network)
                tables[network] = (yield from loaded.get(plain, self._stop)).table
            try:
                named_layers.require(trial.spec, tables[network])
            except UserError as error:
                raise combinations.refusal(trial, error) from error

    def _is_over(self, trial: Trial) -> bool:
        entry = self._record.entry(trial.spec)
        run = _summary(entry)
        return run is not None and entry is not None and (run.state == "done" or bool(entry.stopped))

    def _train(self, trial: Trial) -> Events:
        """Train a run, or resume it; stop it early if it is hopeless."""
        entry = self._record.entry(trial.spec)
        run = _summary(entry)
        if run is not None and run.state == "running":
            raise lock.busy_error(Path(run.path))
        if run is not None and entry is not None and run.resumable:
            entry = self._record.put(replace(entry, failure=""))
            work = training.resume(Path(run.path))
        else:
            where = self._unused(entry) or self._record.new_run_folder(trial.spec, self._inside)
            entry = self._record.put(SweepEntry(trial.stored(), trial.spec, str(where)))
            work = training.train(trial.spec, where)
        try:
            yield from self._follow(work, entry)
        finally:
            runs.remove_if_empty(Path(entry.run))
            self._describe(Path(entry.run))

    def _follow(self, work: Work, entry: SweepEntry) -> Events:
        """Yield the events of a run up to its end, or to the epoch after which it is hopeless."""
        rule, train = self._space.stop_early, entry.spec.train
        epochs: list[Epoch] = []
        with contextlib.closing(work(self._stop)) as events:  # type: ignore[type-var]  # it is a generator
            for event in events:
                yield event
                if isinstance(event, Epoch):
                    epochs.append(event)
                    if rule is not None and len(epochs) < train.all_epochs and self._hopeless(rule, epochs, entry.spec):
                        break
            else:
                return
        self._record.put(replace(entry, stopped=len(epochs)))

    def _hopeless(self, rule: EarlyStop, epochs: Sequence[Epoch], spec: RunSpec) -> bool:
        return len(epochs) >= rule.after and is_hopeless(epochs, self._past, spec.train.result, rule.runs)

    def _unused(self, entry: SweepEntry | None) -> Path | None:
        """The folder reserved for a run that never began, to be used now; None if there is none."""
        if entry is None or not entry.run:
            return None
        with contextlib.suppress(UserError, OSError):
            runs.require_free(Path(entry.run))
            return Path(entry.run)
        return None

    def _describe(self, run: Path) -> None:
        """Tag a new run with the name of the sweep, by which lists find its runs."""
        with contextlib.suppress(UserError):  # the tag is a convenience
            if (run / runs.RUN).exists() and description.read(run) == RunDescription():
                description.write(run, RunDescription(tags=(f"sweep {self._folder.name}"[: description.MAX_TITLE],)))

    def _end(self) -> Events:
        """Rank the runs, and judge the winner on the test photos, if there are any."""
        entries = [self._record.entry(trial.spec) for trial in self._trials]
        records = {entry.run: record for entry in entries if entry and (record := _read(entry)) is not None}
        if len({json.dumps(record.counts, sort_keys=True) for record in records.values()}) > 1:
            title = "The photos or the split changed between runs of this sweep, so their figures cannot be compared."
            yield Warned(title, "Start the sweep again in another folder (--out), or put the photos back as they were.")
        order = sweep_ranking.ranked(
            _sweep_run(trial, entry, records.get(entry.run) if entry else None)
            for trial, entry in zip(self._trials, entries, strict=True)
        )
        best = sweep_ranking.winner(order)
        failures = [run.failure for run in order if run.failure]
        if best is None and failures:
            raise UserError(
                f"No run of the sweep is complete. The first failure: {failures[0]}",
                "Mend its cause; the same command continues the sweep.",
                self._folder,
            )
        test = None
        if best is not None and (chosen := order[best].run) is not None:
            test = yield from self._judge(chosen, records[chosen.path])
        spec = self._trials[0].spec
        words = criterion(spec.train.result, task_of(spec.dataset.targets))
        caution = sweep_ranking.caution(order, best, words, test is not None)
        seconds = sum(run.run.seconds or 0.0 for run in order if run.run is not None)
        yield SweepFinished(str(self._folder), order, best, words, caution, test, seconds)

    def _judge(self, run: RunSummary, record: RunRecord) -> Generator[Event, None, dict[str, Any] | None]:
        """The metrics of the winner on the test photos, judged once; None without test photos."""
        if not sum(record.counts.get("test", {}).values()):
            return None
        if (stored := self._record.test_of(run.path)) is not None:
            return stored
        metrics: dict[str, Any] | None = None
        try:
            for event in evaluation.evaluate(Path(run.path), "test", quick=True)(self._stop):
                if isinstance(event, RunEvaluated):
                    metrics = dict(event.document["metrics"])
                elif not isinstance(event, PartPredicted):
                    yield event
        except UserError as error:
            yield Warned(f"The winner could not be judged on the test photos: {error.title}", error.hint)
        if metrics is not None:
            self._record.put_test(run.path, metrics)
        return metrics


def _read(entry: SweepEntry | None) -> RunRecord | None:
    try:
        return runs.read(Path(entry.run)) if entry is not None and entry.run else None
    except UserError:
        return None


def _summary(entry: SweepEntry | None) -> RunSummary | None:
    try:
        return index.summary(Path(entry.run)) if entry is not None and entry.run else None
    except UserError:
        return None


def _epochs(entry: SweepEntry | None) -> tuple[Epoch, ...]:
    record = _read(entry)
    return record.epochs if record is not None else ()


def _sweep_run(trial: Trial, entry: SweepEntry | None, record: RunRecord | None) -> SweepRun:
    run = SweepRun(trial.shown(), trial.values(), _summary(entry))
    if entry is None:
        return run
    run = replace(run, stopped=entry.stopped, failure=entry.failure)
    rule = trial.spec.train.result
    result = result_epoch(record.epochs, rule) if record is not None else None
    if record is None or result is None:
        return run
    metric = criterion_metric(rule, task_of(record.target))
    return replace(run, value=result.val(metric.key), rank=rank(result, rule))
