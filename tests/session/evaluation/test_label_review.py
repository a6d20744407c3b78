"""The user's choices about judged photos."""

from __future__ import annotations

import numpy as np

from studio.events import AcceptedFinding, AppliedChoices, Dataset, JudgedPart, Photo, PhotoChoice
from studio.session.evaluation import label_review
from studio.session.part_results import PartResults
from studio.spec.journal import LABEL_ERROR

PATHS = ("0.jpg", "1.jpg", "2.jpg")
TRUTH, SHARES = np.array([0, 0, 1]), np.array([[0.9, 0.1], [0.2, 0.8], [0.3, 0.7]], np.float32)
ERRORS = [{"path": "1.jpg", "suggested": "bees", "margin": -0.4}]
SETTLED = [{"path": "0.jpg", "suggested": "bees", "margin": -0.6}]
RESULTS = PartResults(
    "run",
    ("ants", "bees"),
    "",
    JudgedPart("val", 3, "/photos", PATHS, PATHS, TRUTH, SHARES),
    {"label_errors": ERRORS, "label_errors_settled": SETTLED},
)
CHOICES = AppliedChoices((PhotoChoice("2.jpg", "c", 1, excluded=True),), (AcceptedFinding(LABEL_ERROR, ("0.jpg",)),))
DATA = Dataset("/photos", ("ants", "bees"), tuple(Photo(path, 0, "val") for path in PATHS), choices=CHOICES)


def test_choices_are_those_of_the_folder_whose_photos_are_judged() -> None:
    assert label_review.dataset_of(RESULTS, DATA) is DATA
    assert label_review.dataset_of(RESULTS, Dataset("/elsewhere", (), ())) is None
    assert label_review.dataset_of(RESULTS, None) is None
    assert label_review.accepted(DATA) == {"0.jpg"}
    assert label_review.accepted(None) == frozenset()


def test_the_likeliest_label_error_comes_first_settled_or_not() -> None:
    assert [row["path"] for row in label_review.likely_errors(RESULTS)] == ["0.jpg", "1.jpg"]


def test_one_class_is_suggested_where_all_predictions_agree_on_it() -> None:
    assert label_review.suggested(RESULTS, ["0.jpg", "1.jpg"]) == "bees"
    assert label_review.suggested(RESULTS, ["2.jpg"]) == "", "its label is predicted"
    assert label_review.suggested(RESULTS, ["1.jpg", "2.jpg"]) == ""
    assert label_review.suggested(RESULTS, ["1.jpg", "unknown.jpg"]) == ""
    assert label_review.suggested(RESULTS, []) == ""


def test_labels_are_confirmed_and_confirmed_ones_are_reopened() -> None:
    right = frozenset({"0.jpg"})
    (accept,) = label_review.toggled(("0.jpg", "1.jpg"), right).actions
    assert (accept.kind, accept.photos, accept.value) == ("accept", ("1.jpg",), LABEL_ERROR)
    (reopen,) = label_review.toggled(("0.jpg",), right).actions
    assert (reopen.kind, reopen.photos) == ("reopen", ("0.jpg",))
    assert not label_review.toggled((), right).actions


def test_a_photo_shows_what_was_chosen_for_it() -> None:
    right = label_review.accepted(DATA)
    assert label_review.badges(DATA, "0.jpg", right) == (label_review.ACCEPTED_BADGE,)
    assert label_review.badges(DATA, "2.jpg", right) == ("cancel",)
    assert label_review.remarks(DATA, "0.jpg", right) == (label_review.ACCEPTED,)
    assert label_review.remarks(DATA, "2.jpg", right) == ("Excluded by your choice",)
    assert label_review.badges(None, "0.jpg", right) == label_review.remarks(None, "0.jpg", right) == ()
    assert [label_review.is_excluded(data, "2.jpg") for data in (DATA, None)] == [True, False]
    assert not label_review.is_excluded(DATA, "0.jpg")
