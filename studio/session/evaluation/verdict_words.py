"""The verdict on a run as the Evaluate page shows it: its word, and its reasons with their evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from studio.evaluate.rules.splits import LEAKAGE
from studio.evaluate.verdicts import DIVERGED, GOOD, NEAR_CHANCE, NOT_YET
from studio.events import Report
from studio.formatting import numbers
from studio.formatting.language import tr, translated
from studio.session.part_results import PartResults

Tone = Literal["good", "caution", "bad"]

JUDGING = tr("Judging")
"""The word until there is a verdict."""

REPORT_TONES: Mapping[str, Tone] = {GOOD: "good", NOT_YET: "bad", NEAR_CHANCE: "bad", DIVERGED: "bad"}
"""Tone of the verdict of an epoch's report; every other verdict is a caution."""


@dataclass(frozen=True)
class ReasonRow:
    """A reason of the verdict.

    Attributes:
        rule: One to three words, in English: a key.
        tone: Whether it is good or bad news.
        text: The reason with its numbers, and what to do.
        evidence: Kind of its evidence; "" for none.
        photos: Paths of photos that show it.
        classes: Names of the classes that it is about.
        run: Folder of a run that it compares with; "" for none.
        proposal: Name of a change of the settings that would help, made with one click; "" for none.
    """

    rule: str
    tone: Tone
    text: str
    evidence: str = ""
    photos: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    run: str = ""
    proposal: str = ""


EVIDENCE_TIPS: Mapping[str, str] = {
    "photos": tr("Show the photos"),
    "classes": tr("Show the classes"),
    "curves": tr("Show the curves of the training"),
    "probe": tr("Show the quick probes"),
    "pairs": tr("Show the photos, each with the name of the training photo"),
    "run": tr("Show the other run"),
}
"""Tooltip of a reason: what a click on it does, by the kind of its evidence."""


@dataclass(frozen=True)
class Verdict:
    """The word of the verdict and its reasons, the most serious first."""

    word: str
    tone: Tone
    reasons: tuple[ReasonRow, ...]


def verdict(results: PartResults | None, report: Report | None) -> Verdict | None:
    """The verdict of an evaluation, or, until it is computed, that of the report of an epoch."""
    if results is not None and results.document:
        data = results.document["verdict"]
        rows = tuple(map(_row, data["reasons"]))
        return Verdict(data["word"], rows[0].tone if rows else "caution", rows)
    if report is None:
        if results is None:
            return None
        photos = f"{numbers.exact(len(results.judged.paths))} {results.photos_words}"
        text = tr(
            "The metrics of the {photos} with their intervals, the slices and the quick probes are being computed."
        )
        text = text.format(photos=photos)
        return Verdict(JUDGING, "caution", (ReasonRow(JUDGING, "caution", text),))
    tone = REPORT_TONES.get(report.verdict, "caution")
    return Verdict(report.verdict, tone, (ReasonRow(report.verdict, tone, translated(report.advice)),))


def _row(data: Mapping[str, Any]) -> ReasonRow:
    photos, classes = tuple(data["photos"]), tuple(data["classes"])
    evidence = data.get("evidence") or ("photos" if photos else "classes" if classes else "")
    return ReasonRow(
        data["rule"],
        data["severity"],
        translated(data["text"]),
        evidence,
        photos,
        classes,
        data.get("run", ""),
        data.get("proposal", ""),
    )


def copies(results: PartResults, rule: str) -> Mapping[str, str]:
    """The training photo of which each judged photo is a copy, by path; empty for reasons of other rules."""
    return {judged: train for train, judged in results.document.get("leakage", ())} if rule == LEAKAGE else {}
