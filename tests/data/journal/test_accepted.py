"""Findings that are accepted as a whole, by class, by photo and by pair."""

from __future__ import annotations

import pytest

from studio.data.journal.accepted import is_accepted
from studio.events import AcceptedFinding, Finding


def finding(kind, *photos, classes=()):
    return Finding(kind, "info", "", len(photos), photos, ("",) * len(photos), classes, "", "")


PAIRS = finding("near_duplicate", ("b", "a"), ("a", "c"))


@pytest.mark.parametrize(
    ("one", "accepted", "expected"),
    [
        (finding("blank", "a", "b"), [("blank", ("a",))], False),
        (finding("blank", "a", "b"), [("blank", ("a",)), ("blank", ("b",))], True),
        (finding("blank", "a", "b"), [("blank", ())], True),
        (finding("blank", "a", "b"), [("alpha", ()), ("alpha", ("a",))], False),
        (PAIRS, [("near_duplicate", ("a", "b"))], False),
        (PAIRS, [("near_duplicate", ("a", "b")), ("near_duplicate", ("a", "c"))], True),
        (finding("tiny_class", classes=("x", "y")), [("tiny_class:x", ())], False),
        (finding("tiny_class", classes=("x", "y")), [("tiny_class:x", ()), ("tiny_class:y", ())], True),
        (finding("imbalance"), [], False),
        (finding("imbalance"), [("imbalance", ())], True),
    ],
)
def test_a_finding_is_accepted_if_all_of_it_is(one, accepted, expected):
    assert is_accepted(one, [AcceptedFinding(*each) for each in accepted]) == expected
