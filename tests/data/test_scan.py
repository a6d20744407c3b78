from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from trimming import few
from waiting import wait_for

from studio.data import scan
from studio.events import Dataset, DatasetScanned, Event, Photo, Progress, Stage, Waiting
from studio.jobs import progress as pace
from studio.spec import DatasetSpec, UserError

FOUR = ("ants/a.png", "ants/b.png", "bees/a.png", "bees/b.png")
Build = Callable[..., Path]
Hang = Callable[[Path], None]


def listed(folder: Path, val_fraction: float = 0.5) -> Dataset:
    return scan.listing(DatasetSpec(str(folder), val_fraction))


def reasons(dataset: Dataset) -> dict[str, str]:
    return {item.path: item.reason for item in dataset.skipped}


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("photos")]


def test_a_scan_lists_the_folder_and_then_checks_it(build: Build) -> None:
    root = build(*FOUR, "ants/c.png")
    (root / "ants" / "bad.jpg").write_text("<html>")
    cut = (root / "bees" / "a.png").read_bytes()
    (root / "bees" / "cut.png").write_bytes(cut[:-30])
    (root / "bees" / "none.png").write_bytes(b"")
    events = list(scan.scan(DatasetSpec(str(root))))
    assert [event.name for event in events if isinstance(event, Stage)] == [
        "scan",
        "check",
        "duplicates",
        "scan",
        "findings",
    ]
    first, last = (event.dataset for event in events if isinstance(event, DatasetScanned))
    assert isinstance(events[-1], DatasetScanned)
    assert (len(first.photos), first.checked, len(last.photos), last.checked) == (8, False, 5, True)
    assert reasons(last) == {
        "ants/bad.jpg": "a web page, not an image",
        "bees/cut.png": "cut off: the file ends early",
        "bees/none.png": "empty file",
    }
    assert last.files < first.files
    assert (first.split_pending, last.split_pending) == (True, False)
    final = [event for event in events if isinstance(event, Progress) and event.stage == "check"][-1]
    assert (final.done, final.total) == (8, 8)


def test_without_a_check_no_photo_is_opened(build: Build) -> None:
    root = build(*FOUR)
    (root / "ants" / "a.png").write_bytes(b"")
    events = list(scan.scan(DatasetSpec(str(root)), check=False))
    assert {type(event) for event in events[1:-1]} - {Waiting} == {Progress}
    assert [event.name for event in events if isinstance(event, Stage)] == ["scan"]
    (dataset,) = (event.dataset for event in events if isinstance(event, DatasetScanned))
    assert len(dataset.photos) == 4
    assert not dataset.checked


@pytest.mark.parametrize("step", few([1, 5], [5]))
def test_a_scan_may_be_closed_at_any_event(build: Build, monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    monkeypatch.setattr("studio.jobs.progress.EVERY", 0.0)
    root = build(*(f"{name}/{number}.png" for name in ("ants", "bees") for number in range(20)))
    spec = DatasetSpec(str(root))
    total = len(list(scan.scan(spec)))
    assert total > 40
    seen_threads = False
    for stop in range(1, total, step):
        job = scan.scan(spec)
        events: list[Event] = [next(job) for _ in range(stop)]
        seen_threads |= bool(threads())
        job.close()
        assert len(events) == stop
        wait_for(lambda: not threads())
    assert seen_threads


def test_progress_is_reported_at_a_limited_rate(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    root = build(*(f"{name}/{number}.png" for name in ("ants", "bees") for number in range(100)))
    monkeypatch.setattr(pace.time, "monotonic", lambda: 0.0)
    events = list(scan.scan(DatasetSpec(str(root))))
    progress = [event for event in events if isinstance(event, Progress)]
    assert len(progress) <= 8, "a first and a last one of each stage, since no time goes by"


HYMENOPTERA = Path(__file__).parents[3] / "shared" / "data" / "hymenoptera"


@pytest.mark.real_data
@pytest.mark.skipif(not HYMENOPTERA.is_dir(), reason="the ants and bees are not beside the project")
def test_the_ants_and_bees_are_listed_with_their_known_counts() -> None:
    *_, last = scan.scan(DatasetSpec(str(HYMENOPTERA)))
    assert isinstance(last, DatasetScanned)
    assert last.dataset.counts() == {"train": [124, 121], "val": [70, 83]}
    assert (last.dataset.classes, last.dataset.skipped, last.dataset.problems) == (("ants", "bees"), (), ())


def test_a_photo_on_a_server_that_hangs_is_named_and_the_scan_can_be_closed(build: Build, hang: Hang) -> None:
    root = build(*FOUR)
    scanning = scan.scan(DatasetSpec(str(root)))
    assert isinstance(next(event for event in scanning if isinstance(event, DatasetScanned)), DatasetScanned)
    hang(root / "bees" / "a.png")
    words = [word for word in itertools.islice(scanning, 12) if isinstance(word, Waiting)]
    assert {word.path for word in words} == {str(root / "bees" / "a.png")}
    assert words[-1].seconds >= 0.5
    scanning.close()  # would never return if it waited for the photo


def test_a_folder_that_a_server_does_not_list_is_named_and_the_scan_can_be_closed(
    build: Build, dead_server: Hang
) -> None:
    root = build(*FOUR)
    dead_server(root)
    scanning = scan.scan(DatasetSpec(str(root)))
    stage, *waits = itertools.islice(scanning, 4)
    assert isinstance(stage, Stage)
    assert [(type(wait), getattr(wait, "path", "")) for wait in waits] == [(Waiting, str(root))] * 3
    scanning.close()  # would never return if it waited for the server


def test_a_photo_is_used_after_a_wait(build: Build, hang: Hang) -> None:
    root = build(*FOUR)
    content = (root / "bees" / "a.png").read_bytes()
    scanning = scan.scan(DatasetSpec(str(root)))
    next(event for event in scanning if isinstance(event, DatasetScanned))
    hang(root / "bees" / "a.png")
    next(word for word in scanning if isinstance(word, Waiting))
    (root / "bees" / "a.png").write_bytes(content)  # the waiting reader gets it through the pipe
    last = [event for event in scanning if isinstance(event, DatasetScanned)][-1]
    assert (len(last.dataset.photos), last.dataset.skipped) == (4, ())


def test_a_folder_without_photos_is_a_user_error() -> None:
    scan.require_photos(Dataset("/photos", ("a",), (Photo("a/1.jpg", 0, "train"),)))
    with pytest.raises(UserError, match="no photos in /photos"):
        scan.require_photos(Dataset("/photos", ("a",), ()))
