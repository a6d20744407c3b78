"""The judgments of a run's test photos, in a file beside its record: nothing may be chosen on test photos."""

from __future__ import annotations

import contextlib
import datetime
import itertools
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import msgspec

from studio.events.runs import TestJudgment
from studio.spec.encoding import conversion
from studio.system.files import atomic_files, file_locks

FILE, LOCK = "test_judgments.json", ".test_judgments.lock"
PATIENCE = 5.0
"""Seconds to wait for another program that records a judgment of the same run."""


def read(run: Path) -> tuple[TestJudgment, ...]:
    """The judgments so far, in order; () where there are none, or they cannot be read."""
    try:
        return conversion.decode((run / FILE).read_bytes(), tuple[TestJudgment, ...])
    except (OSError, ValueError):
        return ()


def add(run: Path, epoch: int, photos: int, value: float) -> Path | None:
    """Record a judgment; that of an epoch that was judged before on as many photos is counted with the earlier ones.

    Returns:
        The new path of a damaged file, in whose place a new one was begun; None where the file was not damaged.

    Raises:
        OSError: The file cannot be read or written, or another program writes to it for too long.
    """
    if _has(read(run), epoch, photos):
        with contextlib.suppress(OSError):  # a read-only run: that its test photos were judged is recorded already
            return _write(run, epoch, photos, value)
        return None
    return _write(run, epoch, photos, value)


def _write(run: Path, epoch: int, photos: int, value: float) -> Path | None:
    with file_locks.held(run / LOCK, PATIENCE):
        moved = None
        try:
            before = conversion.decode((run / FILE).read_bytes(), tuple[TestJudgment, ...])
        except FileNotFoundError:
            before = ()
        except ValueError:
            before, moved = (), _set_aside(run / FILE)
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        if _has(before, epoch, photos):
            rows = tuple(
                replace(one, times=one.times + 1, last=now) if (one.epoch, one.photos) == (epoch, photos) else one
                for one in before
            )
        else:
            rows = (*before, TestJudgment(now, epoch, photos, value))
        atomic_files.write_text(run / FILE, msgspec.json.format(msgspec.json.encode(rows)).decode())
        return moved


def _has(judgments: Iterable[TestJudgment], epoch: int, photos: int) -> bool:
    return any(one.epoch == epoch and one.photos == photos for one in judgments)


def _set_aside(file: Path) -> Path:
    """Rename a damaged file, without replacing one that was renamed before."""
    names = (file.with_name(f"{file.stem}.damaged{number or ''}.json") for number in itertools.count())
    free = next(name for name in names if not name.exists())
    return file.rename(free)
