"""Earlier judgments of test photos in words."""

from __future__ import annotations

import pytest

from studio.evaluate.documents import earlier_tests
from studio.evaluate.documents.earlier_tests import EarlierTest
from studio.events.runs import TestJudgment
from studio.formatting.times import local

FIRST, LAST = "2026-11-26T10:00:00+00:00", "2026-11-27T11:30:00+00:00"


def earlier(name: str, epoch: int, times: int = 1) -> EarlierTest:
    return EarlierTest(f"/runs/{name}", name, TestJudgment(FIRST, epoch, 24, 0.5, times, LAST if times > 1 else ""))


def test_earlier_judgments_are_stated_with_number_time_and_run() -> None:
    found = [earlier("night", 3), earlier("", 4, times=2), earlier("", 2, times=1200)]
    assert earlier_tests.words(found) == (
        f"The test photos were judged before: 1,200 times by this run at epoch 2 (last on {local(LAST)}); "
        f"twice by this run at epoch 4 (last on {local(LAST)}); once by the run night at epoch 3 (on {local(FIRST)})."
    )
    assert earlier_tests.words([]) == ""


@pytest.mark.parametrize(("number", "named"), [(4, 4), (5, 3), (1003, 3)])
def test_many_earlier_judgments_are_counted(number: int, named: int) -> None:
    text = earlier_tests.words([earlier(f"run{place}", 1) for place in range(number)])
    assert text.count("by the run") == named
    assert (f"; {number - named:,} other epochs or runs." in text) == (number != named)


def test_repeated_judgments_of_the_run_are_distinguished_from_those_of_other_runs_and_epochs() -> None:
    found = [earlier("", 4, times=2), earlier("", 3), earlier("night", 4, times=3)]
    assert (earlier_tests.repeats(found, 4), earlier_tests.others(found, 4)) == (2, 2)
    assert (earlier_tests.repeats(found, 5), earlier_tests.others(found, 5)) == (0, 3)
    row = earlier_tests.rows(found)[0]
    assert (row["epoch"], row["photos"], row["times"], row["first"], row["last"]) == (4, 24, 2, FIRST, LAST)
    assert earlier_tests.rows(found)[1]["last"] == FIRST
