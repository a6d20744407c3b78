from __future__ import annotations

import datetime

import pytest

from studio.formatting import times


def test_times_are_local() -> None:
    moment = datetime.datetime(2026, 11, 26, 14, 6, 59, tzinfo=datetime.UTC)
    assert times.local(moment.isoformat()) == moment.astimezone().strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(("stamp", "words"), [("", "–"), ("in spring", "in spring")])
def test_texts_that_are_not_times(stamp: str, words: str) -> None:
    assert times.local(stamp) == words
