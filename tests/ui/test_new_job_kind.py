"""A new kind of job needs a row and a command: title, progress, failure and Stop follow from them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, fields
from types import MappingProxyType

import pytest

from studio.events import Progress, Stage
from studio.jobs.protocol import Work
from studio.session.api import Commands
from studio.session.jobs import job_kinds
from studio.session.jobs.job_kinds import JobKind
from studio.spec import UserError


@dataclass(frozen=True, kw_only=True)
class WithCounting(Commands):
    """The commands and one more, which counts the photos of a folder and may fail."""

    count: Callable[[str], Work]


@pytest.mark.slow
def test_a_new_kind_of_job_needs_a_row_and_a_command(make_window, qtbot, monkeypatch, fake_commands):
    go_on = threading.Event()

    def count(folder: str) -> Work:
        def work(stop):
            while not go_on.wait(0.01):
                yield Progress("count", 3, 10)
            yield Stage("count", f"Counting in {folder}")
            raise UserError("A photo cannot be counted.", "Remove it.")

        return work

    row = JobKind("count", "Counting photos", "data", "images", place=5, subject=lambda state: state.spec.dataset)
    monkeypatch.setattr(job_kinds, "KINDS", MappingProxyType({**job_kinds.KINDS, "count": row}))
    others = {item.name: getattr(fake_commands, item.name) for item in fields(Commands)}
    window = make_window(WithCounting(**others, count=count), built=False)
    window.open_folder("/nowhere/photos")
    window._builder.stop()
    store, page = window.store, window.pages["images"]
    qtbot.waitUntil(lambda: store.state.dataset is not None and not store.state.jobs)
    stop, progress = window.status._stop, window.status._progress

    page.job_requested.emit("count", ("/a",))
    qtbot.waitUntil(lambda: progress.accessibleName() == "Counting photos · 3 of 10 photos")
    assert progress.isVisible()
    assert stop.isVisible()
    stop.click()
    qtbot.waitUntil(lambda: not store.state.jobs)
    assert store.state.faults == {}

    go_on.set()
    page.job_requested.emit("count", ("/a",))
    qtbot.waitUntil(lambda: "images" in store.state.faults)
    qtbot.waitUntil(lambda: page._notice.isVisible())
    assert "A photo cannot be counted." in page._notice.accessibleName()
    window.open_folder("/nowhere/others")
    assert store.state.faults == {}, "the failure was about the other folder"
