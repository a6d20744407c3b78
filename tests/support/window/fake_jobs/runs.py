"""Fake jobs on a list of runs and their trash, both in memory."""

from __future__ import annotations

from fake_jobs.work import FakeWork

from studio.events import (
    Events,
    RunDescription,
    RunRestored,
    RunsListed,
    RunSummary,
    RunTrashed,
    Stage,
    TrashedRun,
    TrashListed,
)
from studio.jobs.protocol import Stop, Work
from studio.spec.structs import replace


class FakeRuns(FakeWork):
    """Fake commands on runs.

    Attributes:
        past: Runs on disk.
        trashed: Runs in the trash, by their folder there.
    """

    def __init__(self) -> None:
        super().__init__()
        self.past: tuple[RunSummary, ...] = ()
        self.trashed: dict[str, tuple[TrashedRun, RunSummary]] = {}

    def runs(self) -> Work:
        return self._work("runs", self._runs)

    def describe(self, run: str, new: RunDescription) -> Work:
        return self._work("describe", self._describe, run, new)

    def discard(self, run: str) -> Work:
        return self._work("discard", self._discard, run)

    def restore(self, run: str) -> Work:
        return self._work("restore", self._restore, run)

    def trash(self) -> Work:
        return self._work("trash", self._trash)

    def empty_trash(self) -> Work:
        return self._work("empty_trash", self._empty_trash)

    def _runs(self, stop: Stop) -> Events:
        yield Stage("runs", "Listing runs")
        yield RunsListed("/nowhere/runs", self.past)

    def _describe(self, stop: Stop, run: str, new: RunDescription) -> Events:
        yield Stage("describe", "Writing the description")
        self.past = tuple(replace(one, description=new) if one.path == run else one for one in self.past)

    def _discard(self, stop: Stop, run: str) -> Events:
        yield Stage("discard", "Moving the run to the trash")
        stored = next(one for one in self.past if one.path == run)
        self.past = tuple(one for one in self.past if one.path != run)
        there = TrashedRun(f"/nowhere/runs/.trash/{len(self.trashed)}", run, "2026-01-02T03:04:05+00:00")
        self.trashed[there.path] = (there, stored)
        yield RunTrashed(there)

    def _restore(self, stop: Stop, run: str) -> Events:
        yield Stage("restore", "Restoring the run")
        there, stored = self.trashed.pop(run)
        self.past = (*self.past, stored)
        yield RunRestored(there)

    def _trash(self, stop: Stop) -> Events:
        yield Stage("trash", "Listing the trash")
        yield TrashListed("/nowhere/runs", tuple(there for there, _ in self.trashed.values()))

    def _empty_trash(self, stop: Stop) -> Events:
        self.trashed.clear()
        yield from self._trash(stop)
