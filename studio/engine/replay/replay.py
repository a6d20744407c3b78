"""Replay of a run: it is trained again from its record, and every loss, metric and weight is compared.

The run itself is only read. Photos and weights are compared with the record before anything is trained: with others
the result would say nothing. Features are computed anew, so that the cache cannot hide a difference.
"""

from __future__ import annotations

import contextlib
import math
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path

import torch

from studio.catalog import network_files
from studio.data.scan import list_photos
from studio.engine.device import devices
from studio.engine.replay import circumstances, comparison, photo_check, record_check
from studio.engine.training.run_files import checkpoints, weight_files
from studio.engine.training.training_run import TrainingRun
from studio.events import (
    Epoch,
    Event,
    Events,
    Progress,
    ReplayedValue,
    ReplayResult,
    RunReplayed,
    RunStarted,
    Stage,
    Waiting,
)
from studio.jobs.protocol import Stop, never
from studio.runs import folder as runs
from studio.runs import recorded_split
from studio.runs.files import lock
from studio.runs.files.record import RunRecord
from studio.spec import RunSpec, UserError
from studio.spec.network_file import title_of
from studio.spec.structs import replace


def replay(run: Path, out: Path | None = None, stop: Stop = never, data: str = "", cache: Path | None = None) -> Events:
    """Train a run again from its record and compare the results; the last event is a `RunReplayed`.

    A run that ended before its last epoch is trained up to the epoch that it had reached. On the same processor, with
    the same libraries and number of threads, the results are the same bit for bit; the recorded number of threads and
    the recorded device are used where this computer has them.

    Args:
        run: Folder of the run.
        out: Folder of the new run; None for a temporary one that is deleted.
        stop: Checked inside long steps; the generator may also be closed at any yield.
        data: Where the photos are now, if they were moved; "" otherwise.
        cache: Folder of a feature cache to use; None to compute all features anew.

    Raises:
        UserError: There is no run, it cannot be read, or `out` cannot be used.
    """
    start = time.perf_counter()
    run = run.absolute()
    record = runs.read(run)
    if out is not None:
        runs.require_free(out)
    with tempfile.TemporaryDirectory(prefix="thaw-replay-", ignore_cleanup_errors=True) as temporary:
        where = out.absolute() if out is not None else Path(temporary, "run")
        replaying = _Replay(run, record, where, stop, data, cache or Path(temporary, "cache"))
        try:
            outcome = yield from replaying.outcome()
        except UserError as error:
            outcome = cannot(run, f"{error.title} {error.hint}".strip())
        kept = str(where) if out is not None and where.is_dir() else ""
        yield replace(outcome, seconds=time.perf_counter() - start, folder=kept)


def cannot(run: Path, *why: str) -> RunReplayed:
    """The result for a run that cannot be trained again."""
    return RunReplayed(str(run), "cannot", why=why)


class _Replay:
    """One replay; `outcome` carries it out."""

    def __init__(self, run: Path, record: RunRecord, out: Path, stop: Stop, data: str, cache: Path) -> None:
        self._run, self._then, self._out, self._stop, self._cache = run, record, out, stop, cache
        self._spec = self._settings(data)
        self._unchecked: list[str] = []
        self._damaged: list[str] = []

    def outcome(self) -> Generator[Event, None, RunReplayed]:
        """Check, train and compare.

        Raises:
            UserError: The photos, the weights or the device cannot be used.
        """
        run, then, spec = self._run, self._then, self._spec
        if lock.is_held(run):
            return cannot(run, lock.busy_error(run).title, "Wait until it has ended.")
        if not then.epochs:
            return cannot(run, "The run has no finished epoch, so there is nothing to compare.")
        yield Stage("scan", "Listing photos")
        dataset = yield from list_photos(spec.dataset, then.choices, then.classes or None)
        dataset, _moved = recorded_split.applied(run, then, dataset)
        photos = yield from photo_check.check(run, then, dataset, self._stop)
        if photos:
            return replace(cannot(run, *photo_check.sentences(photos, spec.dataset.folder)), photos=photos)
        if photos is None:
            self._unchecked.append("Whether the photos are the same: the run has no list of them.")
        threads = self._threads()
        self._unchecked += circumstances.unrecorded(then, threads)
        with threads_set_to(threads):
            problem = yield from self._train()
        if problem:
            return cannot(run, *(record_check.changes(run) or (problem,)))
        return self._compared()

    def _settings(self, data: str) -> RunSpec:
        """The settings of the run, with its photos, its own network and its device where they are now."""
        spec, then = self._then.spec, self._then
        device = "auto"
        for name in (then.device, spec.train.device):
            with contextlib.suppress(UserError):
                devices.find(name)
                device = name
                break
        return replace(
            spec,
            dataset=spec.dataset.moved(data),
            backbone=network_files.located(spec.backbone, self._run),
            train=replace(spec.train, device=device),
        )

    def _threads(self) -> int:
        """Number of threads of the run, which earlier records have only in the checkpoint; 0 if it is unknown."""
        if self._then.machine is not None:
            return self._then.machine.threads
        with contextlib.suppress(UserError):
            state = checkpoints.read(self._run)
            return state.threads if state is not None else 0
        return 0

    def _train(self) -> Generator[Event, None, str]:
        """Train up to the last epoch of the run; returns what prevents the comparison, or ""."""
        then = self._then
        recorded = then.value_range, then.choices, then.classes or None
        earlier = self._run, then
        training = TrainingRun(self._spec, self._out, self._stop, self._cache, None, *recorded, earlier=earlier)
        events = runs.record_events(training.events(None), self._out)
        with closing(events):
            for event in events:
                if isinstance(event, RunStarted) and then.weights_hash and event.weights_hash != then.weights_hash:
                    return self._other_weights()
                if isinstance(event, Stage | Progress | Waiting):
                    yield event
                if isinstance(event, Epoch) and then.status != "done" and event.epoch == len(then.epochs):
                    break  # its weights are written before its event
        return ""

    def _other_weights(self) -> str:
        backbone = self._spec.backbone
        name = title_of(backbone.name)
        if backbone.weights == "none":
            return (
                f"The random weights of {name} are not those of the run, although the seed is the same: the network or "
                "the libraries have changed."
            )
        if backbone.weights != "default":
            return f"The weights are another file: {backbone.weights} has other tensors than the one that was used."
        return f"The weights are another file: the pretrained weights of {name} have changed since the run."

    def _compared(self) -> RunReplayed:
        then, now = self._then, runs.read(self._out)
        differences = [*comparison.epochs(then.epochs, now.epochs), *self._weights()]
        edited = record_check.changes(self._run)
        why = [*edited, *circumstances.differences(then, now)]
        if len(now.epochs) > len(then.epochs):
            differences.append(ReplayedValue("the number of epochs", len(then.epochs) + 1, math.inf))
        if not differences:
            return self._result("same", 0.0, why, differences)
        top = max(differences, key=_size)
        why += self._damaged
        if not why:
            why.append("Nothing that the record names is different; see the list of differences.")
        if not edited and not self._damaged:
            why += circumstances.history(then)
        why.append(_largest_words(top))
        return self._result("differs", top.difference, why, differences)

    def _result(
        self, result: ReplayResult, top: float, why: list[str], differences: list[ReplayedValue]
    ) -> RunReplayed:
        return RunReplayed(
            str(self._run),
            result,
            top if math.isfinite(top) else None,
            tuple(why),
            tuple(self._unchecked),
            tuple(differences),
            epochs=len(self._then.epochs),
        )

    def _weights(self) -> Iterator[ReplayedValue]:
        """The tensors of the last and of the best epoch that differ."""
        folders = {"weights of the last epoch": "", "weights of the best epoch": weight_files.BEST}
        for words, name in folders.items():
            then, now = self._run / name, self._out / name
            if not (then / weight_files.HEAD).is_file():
                self._unchecked.append(f"The {words}: the run has no file of them.")
                continue
            try:
                yield from comparison.weights(then, now, words)
            except UserError as error:
                self._damaged.append(f"The {words}: {error.title}")
                yield ReplayedValue(f"the {words}, which cannot be read", 0, math.inf)


def _size(one: ReplayedValue) -> float:
    return one.difference


def _largest_words(top: ReplayedValue) -> str:
    where = f"{top.what} of epoch {top.epoch}" if top.epoch else top.what
    if not math.isfinite(top.difference):
        return f"The largest difference cannot be given as a number: {where}."
    return f"The largest difference is {top.difference:.2g}, in {where}."


@contextlib.contextmanager
def threads_set_to(number: int) -> Iterator[None]:
    """Let torch compute with a number of threads, and restore the former number; 0 changes nothing."""
    before = torch.get_num_threads()
    if number and number != before:
        torch.set_num_threads(number)
    try:
        yield
    finally:
        if torch.get_num_threads() != before:
            torch.set_num_threads(before)
