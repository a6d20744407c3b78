"""Earlier judgments of the same test photos, which are to be judged once: as words, and as a part of a document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from studio.events.runs import TestJudgment
from studio.formatting.times import local

MOST_NAMED = 3
"""Judgments that are named; the others are counted."""

ADVICE = (
    "Whatever is chosen by the results on test photos looks better on them than it is: choose by the validation photos."
)


COMPARED = "Two runs are compared on test photos: a run that is chosen by them looks better than it is."
CHOOSE_BY = "Choose by the validation photos."


class EarlierTest(NamedTuple):
    """A judgment of the test photos, and the run it was of.

    Attributes:
        run: Folder of the run.
        name: Its name; "" for the run that is to be judged.
        judgment: The judgment.
    """

    run: str
    name: str
    judgment: TestJudgment


def words(earlier: Sequence[EarlierTest]) -> str:
    """A sentence on how often, when and by which run the test photos were judged; "" where they were not."""
    if not earlier:
        return ""
    rows = [_row(one) for one in sorted(earlier, key=lambda one: (bool(one.name), one.judgment.epoch))]
    if len(rows) > MOST_NAMED + 1:
        others = len(rows) - MOST_NAMED
        rows = [*rows[:MOST_NAMED], f"{others:,} other epochs or runs"]
    text = "; ".join(rows)
    return f"The test photos were judged before: {text}."


def repeats(earlier: Sequence[EarlierTest], epoch: int) -> int:
    """How often the run itself was judged with the weights of `epoch`."""
    return sum(one.judgment.times for one in earlier if not one.name and one.judgment.epoch == epoch)


def others(earlier: Sequence[EarlierTest], epoch: int) -> int:
    """Number of other runs and epochs that were judged."""
    return sum(bool(one.name) or one.judgment.epoch != epoch for one in earlier)


def rows(earlier: Sequence[EarlierTest]) -> list[dict[str, Any]]:
    """The judgments for a document, in their order."""
    return [
        {
            "run": one.run,
            "epoch": one.judgment.epoch,
            "photos": one.judgment.photos,
            "value": one.judgment.value,
            "times": one.judgment.times,
            "first": one.judgment.time,
            "last": one.judgment.latest,
        }
        for one in earlier
    ]


def _row(one: EarlierTest) -> str:
    """“twice by this run at epoch 4 (last on 2026-11-27 12:03)”."""
    judgment = one.judgment
    often = {1: "once", 2: "twice"}.get(judgment.times, f"{judgment.times:,} times")
    when = f"{'on' if judgment.times == 1 else 'last on'} {local(judgment.latest)}"
    return f"{often} by {f'the run {one.name}' if one.name else 'this run'} at epoch {judgment.epoch:,} ({when})"
