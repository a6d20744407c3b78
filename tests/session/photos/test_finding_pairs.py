"""Pairs of a finding one by one."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.events import AcceptedFinding, AppliedChoices, Dataset, Finding, FindingKind, Photo
from studio.session.photos import finding_pairs
from studio.spec.journal import JournalAction
from studio.spec.structs import replace

PHOTOS = (Photo("a/1.jpg", 0, "train"), Photo("a/2.jpg", 0, "val"), Photo("b/3.jpg", 1, "test"))


def finding(kind: FindingKind, *pairs: tuple[str, str], details: tuple[str, ...] = ()) -> Finding:
    return Finding(kind, "error", "pairs", len(pairs), pairs, details or ("",) * len(pairs), (), "why", "advice")


def dataset(*findings: Finding, accepted: tuple[AcceptedFinding, ...] = ()) -> Dataset:
    folder = str(Path("/photos").absolute())
    return Dataset(folder, ("ants", "bees"), PHOTOS, findings=findings, choices=AppliedChoices(accepted=accepted))


ACROSS = finding(
    "across_split", ("a/1.jpg", "a/2.jpg"), ("a/2.jpg", "b/3.jpg"), details=("train and val", "val and test")
)


def test_a_pair_across_the_split_moves_to_either_part_or_loses_one_photo():
    view = finding_pairs.view(ACROSS, dataset(ACROSS), 0)
    assert view is not None
    assert view.words == "Pair 1 of 2 · train and val"
    assert [(side.name, side.words) for side in view.sides] == [
        ("1.jpg", "ants · training"),
        ("2.jpg", "ants · validation"),
    ]
    fixes = {fix.title: fix.request.actions for fix in view.fixes}
    assert fixes == {
        "Both to training": (JournalAction("split", ("a/2.jpg",), "train"),),
        "Both to validation": (JournalAction("split", ("a/1.jpg",), "val"),),
        "Exclude left": (JournalAction("exclude", ("a/1.jpg",)),),
        "Exclude right": (JournalAction("exclude", ("a/2.jpg",)),),
        "Accept": (JournalAction("accept", ("a/1.jpg", "a/2.jpg"), "across_split"),),
    }
    last = finding_pairs.view(ACROSS, dataset(ACROSS), 99)
    assert last is not None
    assert [fix.title for fix in last.fixes][:2] == ["Both to validation", "Both to test"]


def test_one_photo_in_two_classes_stays_in_one_of_them():
    both = finding("two_labels", ("a/2.jpg", "b/3.jpg"))
    near = finding("near_duplicate", ("a/2.jpg", "b/3.jpg"), details=("mirrored",))
    view = finding_pairs.view(both, dataset(both, near), 0)
    assert view is not None
    assert view.words == "Pair 1 of 1 · mirrored"
    assert [(fix.title, fix.request.actions[0]) for fix in view.fixes] == [
        ("Keep as ants", JournalAction("exclude", ("b/3.jpg",))),
        ("Keep as bees", JournalAction("exclude", ("a/2.jpg",))),
        ("Exclude both", JournalAction("exclude", ("a/2.jpg", "b/3.jpg"))),
        ("Accept", JournalAction("accept", ("a/2.jpg", "b/3.jpg"), "two_labels")),
    ]


def test_the_next_open_pair_is_shown_until_none_is_open():
    one = AcceptedFinding("across_split", ("a/1.jpg", "a/2.jpg"))
    view = finding_pairs.view(ACROSS, dataset(ACROSS, accepted=(one,)), 0)
    assert view is not None
    assert (view.count, view.sides[0].path) == (1, "a/2.jpg")
    other = AcceptedFinding("across_split", ("a/2.jpg", "b/3.jpg"))
    view = finding_pairs.view(ACROSS, dataset(ACROSS, accepted=(one, other)), 0)
    assert view is not None
    assert view.count == 2
    assert view.words.endswith("accepted")
    assert view.fixes[0].request.actions == (JournalAction("reopen", ("a/1.jpg", "a/2.jpg"), "across_split"),)


@pytest.mark.parametrize("kind", ["blank", "tiny_class"])
def test_other_findings_have_no_pairs(kind):
    one = replace(finding("across_split"), kind=kind, photos=("ab",), details=("",))
    assert finding_pairs.view(one, dataset(one), 0) is None
    assert finding_pairs.view(None, dataset(), 0) is None
