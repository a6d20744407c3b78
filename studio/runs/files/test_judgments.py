"""The judgments of a run's test photos, in a file beside its record: nothing may be chosen on test photos."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterable
from pathlib import Path

import msgspec

from studio.spec.encoding import conversion
from studio.system.files import atomic_files, file_locks

FILE, LOCK = "test_judgments.json", ".test_judgments.lock"
PATIENCE = 5.0
"""Seconds to wait for another program that records a judgment of the same run."""


class TestJudgment(msgspec.Struct, frozen=True):
    """One judgment of the test photos.

    Attributes:
        time: ISO 8601, UTC.
        epoch: Epoch of the weights.
        photos: Number of photos.
        value: The main metric: accuracy, or mean absolute error.
    """

    __test__ = False  # not a test, in spite of its name

    time: str
    epoch: int
    photos: int
    value: float


def read(run: Path) -> tuple[TestJudgment, ...]:
    """The judgments so far, in order; () where there are none, or they cannot be read."""
    try:
        return conversion.decode((run / FILE).read_bytes(), tuple[TestJudgment, ...])
    except (OSError, ValueError):
        return ()


def add(run: Path, epoch: int, photos: int, value: float) -> Path | None:
    """Record a judgment, unless the same epoch was judged before.

    Returns:
        Where a damaged file was moved to; a new one was begun. None where there was no damaged file.

    Raises:
        OSError: The file cannot be read or written, or another program writes to it for too long.
    """
    if _has(read(run), epoch, photos):  # nothing to write: the run may be read-only
        return None
    with file_locks.held(run / LOCK, PATIENCE):
        moved = None
        try:
            before = conversion.decode((run / FILE).read_bytes(), tuple[TestJudgment, ...])
        except FileNotFoundError:
            before = ()
        except ValueError:
            before, moved = (), _set_aside(run / FILE)
        if _has(before, epoch, photos):
            return None
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        rows = (*before, TestJudgment(now, epoch, photos, value))
        atomic_files.write_text(run / FILE, msgspec.json.format(msgspec.json.encode(rows)).decode())
        return moved


def _has(judgments: Iterable[TestJudgment], epoch: int, photos: int) -> bool:
    return any(one.epoch == epoch and one.photos == photos for one in judgments)


def _set_aside(file: Path) -> Path:
    """Rename a damaged file, and replace none that was renamed before."""
    names = (file.with_name(f"{file.stem}.damaged{number or ''}.json") for number in itertools.count())
    free = next(name for name in names if not name.exists())
    return file.rename(free)
