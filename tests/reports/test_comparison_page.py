from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from html_checks import Page

from studio.commands.evaluation import evaluation
from studio.events import RunsCompared
from studio.formatting import times
from studio.jobs.protocol import never
from studio.reports import comparison_page
from studio.reports.comparison_page import Extras
from studio.runs import folder

STORED = Path(__file__).parents[1] / "stored_runs" / "v0.1"


def page_of(a: str, b: str, **more: Any) -> Page:
    work = evaluation.compare(STORED / a, STORED / b)(never)
    document = next(event.document for event in work if isinstance(event, RunsCompared))
    records = (folder.read(STORED / a), folder.read(STORED / b))
    page = Page(comparison_page.html(document, records, Extras((f"run <{a}>", b), **more)))
    assert page.mistakes == []
    return page


def test_a_comparison_of_classes() -> None:
    picture = "data:image/jpeg;base64,AAAA"
    page = page_of("frozen", "fine_tuned", pictures={"warm/03.jpg": picture}, command="thaw report A B")
    for words in (
        "run <frozen>",
        "the same 4 photos",
        "Too few to tell",
        "B is right on 1 photo that A gets wrong, and loses none.",
        "Head learning rate 0.02 1e-3",
        "Fixed by B",
        "thaw report A B",
        "+25.0\u202fpoints",
    ):
        assert words in page.text
    assert page.pictures == [picture]
    assert "B val" in page.text


def test_rates_and_times_are_written_for_people() -> None:
    page = page_of("frozen", "fine_tuned")
    assert not re.search(r"\de-0\d", page.text)
    started = folder.read(STORED / "frozen").started
    assert started not in page.text
    assert f"A: started {times.local(started)}, device" in page.text


def test_a_comparison_without_photos() -> None:
    page = page_of("frozen", "fine_tuned", with_photos=False, command="thaw report A B")
    assert "03.jpg" not in page.source
    assert "/home/ada" not in page.source
    assert "thaw report" not in page.source


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        ("regression", "regression", "The mean error is"),
        ("frozen", "frozen", "A and B are right about the same photos."),
        ("frozen", "twelve_bits", "A and B judged no photo in common"),
    ],
)
def test_pages_of_comparisons_of_other_kinds(a: str, b: str, words: str) -> None:
    assert words in page_of(a, b).text
