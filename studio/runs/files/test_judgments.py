"""The judgments of a run's test photos, in a file beside its record: nothing may be chosen on test photos."""

from __future__ import annotations

import datetime
from pathlib import Path

import msgspec

from studio.spec.encoding import conversion
from studio.system.files import atomic_files

FILE = "test_judgments.json"


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


def add(run: Path, epoch: int, photos: int, value: float) -> None:
    """Record a judgment, unless the same epoch was judged before.

    Raises:
        OSError: The file cannot be written.
    """
    before = read(run)
    if any(one.epoch == epoch and one.photos == photos for one in before):
        return
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    rows = (*before, TestJudgment(now, epoch, photos, value))
    atomic_files.write_text(run / FILE, msgspec.json.format(msgspec.json.encode(rows)).decode())
