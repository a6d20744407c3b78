"""Lists of judged photos: likely label errors, doubtful ones, photos unlike the training photos."""

from __future__ import annotations

import numpy as np
import pytest

from studio.events import AppliedChoices, Dataset, JudgedPart, PhotoChoice, Split
from studio.session.evaluation import photo_lists
from studio.session.part_results import PartResults


def test_a_label_settled_before_the_evaluation_is_listed_again_once_the_choice_is_undone() -> None:
    rows = [{"path": f"a/{n}.jpg", "label": "a", "suggested": "b", "margin": -n / 10} for n in range(1, 4)]
    document = {"label_errors": [rows[2], rows[0]], "label_errors_settled": [rows[1]], "hardest": []}
    paths = tuple(row["path"] for row in rows)
    judged = JudgedPart("val", 1, "f", paths, ("",) * 3, np.zeros(3, np.int64), np.eye(2, dtype=np.float32)[[1] * 3])
    results = PartResults("run", ("a", "b"), "", judged, document)

    def listed(*choices: PhotoChoice) -> tuple[str, ...]:
        dataset = Dataset("f", ("a", "b"), (), choices=AppliedChoices(choices))
        return next(one for one in photo_lists.lists(results, dataset) if "label" in one.text.lower()).selection.paths

    assert listed(PhotoChoice("a/2.jpg", "", 1, excluded=True)) == ("a/3.jpg", "a/1.jpg")
    assert listed() == ("a/3.jpg", "a/2.jpg", "a/1.jpg")


@pytest.mark.parametrize(
    ("split", "document", "text", "why"),
    [
        ("val", {}, "not judged yet", "The photos are not judged yet."),
        ("val", {"label_errors": []}, "none here", "None of the 3 validation photos is likely one. The training"),
        ("train", {"label_errors": [], "probe": {"knn": {}}}, "none here", "The validation photos have a list"),
        ("train", {"label_errors": [], "probe": None}, "no quick probe", "which was left out"),
    ],
)
def test_a_list_without_photos_says_why_in_its_own_text(
    split: Split, document: dict[str, object], text: str, why: str
) -> None:
    paths = ("1.jpg", "2.jpg", "3.jpg")
    judged = JudgedPart(split, 1, "f", paths, ("",) * 3, np.zeros(3, np.int64), np.eye(2, dtype=np.float32)[[1] * 3])
    lists = photo_lists.lists(PartResults("run", ("a", "b"), "", judged, document))
    one = next(row for row in lists if row.text.startswith("Likely label errors"))
    assert one.text == f"Likely label errors: {text}"
    assert why in one.why
    assert not one.selection.paths


@pytest.mark.parametrize(
    ("split", "unlike", "text", "paths"),
    [
        ("val", {"known_kept": 0.9, "photos": [{"path": "2.jpg", "distance": 2.0}]}, " (1)", ("2.jpg",)),
        ("val", {"known_kept": 0.9, "photos": []}, ": none", ()),
        ("test", None, ": unknown", ()),
        ("train", None, ": not searched", ()),
    ],
)
def test_photos_unlike_the_training_photos_are_listed(
    split: Split, unlike: dict[str, object] | None, text: str, paths: tuple[str, ...]
) -> None:
    names = ("1.jpg", "2.jpg", "3.jpg")
    judged = JudgedPart(split, 1, "f", names, ("",) * 3, np.zeros(3, np.int64), np.eye(2, dtype=np.float32)[[1] * 3])
    lists = photo_lists.lists(PartResults("run", ("a", "b"), "", judged, {"hardest": [], "unlike": unlike}))
    one = next(row for row in lists if row.text.startswith("Unlike"))
    assert (one.text, one.selection.paths) == (f"Unlike the training photos{text}", paths)
    assert bool(one.why) == (not paths)


def test_photos_whose_two_highest_probabilities_are_closest_are_most_doubtful() -> None:
    shares = np.array([[0.5, 0.3, 0.2, 0, 0], [0.4, 0.35, 0.25, 0, 0], [0.9, 0.04, 0.03, 0.02, 0.01]], np.float32)
    judged = JudgedPart("val", 1, "f", ("1", "2", "3"), ("",) * 3, np.zeros(3, np.int64), shares)
    lists = photo_lists.lists(PartResults("run", tuple("abcde"), "", judged, {}), Dataset("f", tuple("abcde"), ()))
    doubtful = next(one for one in lists if "doubtful" in one.text)
    assert doubtful.selection.paths == ("2", "1", "3")
    assert doubtful.text.endswith("(3)")
