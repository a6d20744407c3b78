from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from html_checks import Page

from studio.commands.evaluation import evaluation
from studio.evaluate.documents.evaluation import RunFacts, classification
from studio.events import JudgedPart, PhotoChoice, RunDescription, RunEvaluated, Skipped
from studio.jobs.protocol import never
from studio.reports import run_page
from studio.reports.run_page import Extras
from studio.runs import folder
from studio.runs.files.record import RunRecord
from studio.spec.decision import ClassThreshold, DecisionRule
from studio.spec.structs import replace

STORED = Path(__file__).parents[1] / "stored_runs" / "v0.1"
EVIL = '<script>alert("x")</script>'


def stored(name: str) -> tuple[dict[str, Any], RunRecord]:
    work = evaluation.evaluate(STORED / name, quick=True)(never)
    document = next(event.document for event in work if isinstance(event, RunEvaluated))
    return dict(document), folder.read(STORED / name)


def judged(classes: int, photos: int = 120, names: tuple[str, ...] | None = None) -> tuple[dict[str, Any], RunRecord]:
    """The document of random predictions of many classes, and a record of that many."""
    random = np.random.default_rng(0)
    names = names or tuple(f"class {number}" for number in range(classes))
    labels = random.integers(0, classes, photos)
    shares = random.random((photos, classes)).astype(np.float32)
    shares[np.arange(photos), labels] += 1
    shares /= shares.sum(axis=1, keepdims=True)
    paths = tuple(f"{names[label]}/{number}.jpg" for number, label in enumerate(labels))
    part = JudgedPart("val", 1, "/photos", paths, ("",) * photos, labels, shares)
    head = {"name": "run", "run": "/run", "epoch": 4, "epoch_words": "epoch 4 of 4", "part": "val", "photos": photos}
    document = head | {"folder": "/photos", "target": ""} | classification(part, RunFacts(names))
    counts = {"val": dict.fromkeys(names, photos // classes)}
    return document, replace(folder.read(STORED / "frozen"), classes=names, counts=counts)


@pytest.mark.parametrize("name", ["frozen", "regression"])
def test_a_stored_run_has_a_complete_report(name: str) -> None:
    document, record = stored(name)
    page = Page(run_page.html(document, record, Extras(RunDescription("Mine", "A note", tags=("first",)))))
    assert page.mistakes == []
    for words in ("Mine", "A note", "first", "Verdict", "Metrics", "Curves", "Settings", "How it was made", "Data"):
        assert words in page.text
    assert document["verdict"]["reasons"][0]["text"] in page.text
    assert ("Confusion matrix" in page.text) == (name == "frozen")
    assert ("Errors by size of the true number" in page.text) == (name == "regression")
    assert "prefers-color-scheme: dark" in page.source
    assert "@media print" in page.source


def test_a_stored_decision_rule_is_shown() -> None:
    random = np.random.default_rng(0)
    labels, shares = random.integers(0, 2, 40), random.dirichlet((1, 1), 40).astype(np.float32)
    part = JudgedPart("test", 4, "", tuple(map(str, range(40))), ("",) * 40, labels, shares)
    rule = DecisionRule(thresholds=(ClassThreshold("class 1", 0.7, "f1"),), least_confidence=0.6)
    document, record = judged(2)
    facts = RunFacts(record.classes, decision=rule)
    page = Page(run_page.html(document | classification(part, facts), record, Extras()))
    assert page.mistakes == []
    assert "“not sure” below a probability of 0.600" in page.text
    assert "class 1 0.700 f1" in page.text


def test_pictures_are_embedded_or_said_to_be_missing() -> None:
    document, record = stored("frozen")
    shown = run_page.shown_photos(document)
    assert shown[0] == "warm/03.jpg"
    picture = "data:image/jpeg;base64,AAAA"
    page = Page(run_page.html(document, record, Extras(pictures={"warm/03.jpg": picture})))
    assert page.mistakes == []
    assert page.pictures == [picture]
    assert "no picture" in Page(run_page.html(document, record, Extras())).text


def test_photos_and_paths_are_left_out() -> None:
    document, record = stored("frozen")
    record = replace(
        record,
        skipped=(Skipped("secret.txt", "not a photo"),),
        choices=(PhotoChoice("hidden.jpg", "", 1, True), PhotoChoice("other.jpg", "", 1, label="cold", split="val")),
    )
    whole = Page(run_page.html(document, record, Extras(command="thaw report")))
    assert "hidden.jpg excluded" in whole.text
    assert "other.jpg counts as cold, moved to validation" in whole.text
    page = Page(run_page.html(document, record, Extras(with_photos=False, command="thaw report")))
    for words in ("secret.txt", "hidden.jpg", "03.jpg", document["folder"], "thaw report", "thaw train"):
        assert words not in page.source
    assert "1 photo excluded, 1 relabeled, 1 moved" in page.text


@pytest.mark.parametrize(
    "classes", [2, 41, pytest.param(40, marks=pytest.mark.slow), pytest.param(200, marks=pytest.mark.slow)]
)
def test_many_classes(classes: int) -> None:
    page = Page(run_page.html(*judged(classes), Extras()))
    assert page.mistakes == []
    assert page.tags.count("rect") == (classes**2 + 1 if classes <= 40 else 1)
    assert ("too many for a picture" in page.text) == (classes > 40)
    assert ("The other 1 classes" in page.text) == (classes == 41)


def test_names_are_escaped() -> None:
    names = (EVIL, "蟻" * 40, "a\nb\u202e\x1b[31m", "<img src=x onerror=y>")
    document, record = judged(4, names=names)
    record = replace(record, target="", criterion="<b>")
    page = Page(run_page.html(document, record, Extras(RunDescription(EVIL, EVIL), command="--out '<i>'")))
    assert page.mistakes == []
    assert not {"script", "b", "i"} & set(page.tags)
    assert EVIL in page.text
    assert r"a\nb\u202e\x1b[31m" in page.text
    assert not any(sign in page.source for sign in ("\u202e", "\x1b"))


def test_names_that_are_not_text_can_be_written() -> None:
    names = ("a\udcff", "b")
    assert "a\\xff" in run_page.html(*judged(2, names=names), Extras()).encode().decode()


def test_predictions_that_are_not_numbers() -> None:
    part = JudgedPart("val", 1, "", ("1", "2"), ("", ""), np.array([0, 1]), np.full((2, 2), np.nan, np.float32))
    document, record = judged(2)
    page = Page(run_page.html(document | classification(part, RunFacts(record.classes)), record, Extras()))
    assert page.mistakes == []
    assert "Diverged" in page.text


def test_a_document_that_was_read_from_json_makes_the_same_page() -> None:
    document, record = stored("frozen")
    again = json.loads(json.dumps(document))
    pages = [run_page.html(one, record, Extras()).split("Written by")[0] for one in (document, again)]
    assert pages[0] == pages[1]
