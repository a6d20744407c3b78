"""Choices about photos and findings: what is chosen now, and the requests that change it."""

from __future__ import annotations

import pytest

from studio.events import AcceptedFinding, AppliedChoices, Dataset, Finding, Photo, PhotoChoice
from studio.session.photos import finding_fixes, photo_choices
from studio.session.photos.photo_choices import ChosenPhotos
from studio.spec.journal import JournalAction, JournalRequest
from studio.spec.structs import replace

SPLITS = ("train", "train", "val", "test")
PHOTOS = tuple(Photo(f"{place}.jpg", place % 2, split) for place, split in enumerate(SPLITS))
CHOICES = AppliedChoices(
    (
        PhotoChoice("1.jpg", "b", 1, label="bees"),
        PhotoChoice("2.jpg", "c", 1, split="val"),
        PhotoChoice("gone.jpg", "d", 1, excluded=True, label="bees"),
    )
)
DATA = Dataset("/photos", ("ants", "bees"), PHOTOS, choices=CHOICES, excluded=(Photo("gone.jpg", 0, "train"),))


def finding(kind: str, *photos: str | tuple[str, str], classes: tuple[str, ...] = ()) -> Finding:
    return Finding(kind, "warning", "", len(photos) or len(classes), photos, (), classes, "", "")  # type: ignore[arg-type]


def action(request: JournalRequest) -> tuple[str, tuple[str, ...], str]:
    (only,) = request.actions
    return only.kind, only.photos, only.value


def test_the_choices_about_selected_photos():
    paths = ["0.jpg", "gone.jpg", "unknown.jpg"]
    assert photo_choices.chosen_photos(DATA, paths) == ChosenPhotos(("0.jpg",), ("gone.jpg",), True, False)
    assert photo_choices.chosen_photos(DATA, ["2.jpg"]) == ChosenPhotos(("2.jpg",), (), False, True)
    assert photo_choices.chosen_photos(DATA, paths).all == ("0.jpg", "gone.jpg")
    assert photo_choices.classes_of(DATA, ["0.jpg", "3.jpg", "gone.jpg"]) == {"ants", "bees"}
    assert photo_choices.classes_of(DATA, ["0.jpg"]) == {"ants"}
    assert photo_choices.classes_of(DATA, []) == set()


def test_photos_are_excluded_first_and_restored_where_all_are_excluded():
    some = photo_choices.chosen_photos(DATA, ["0.jpg", "gone.jpg"])
    assert action(photo_choices.toggled(some)) == ("exclude", ("0.jpg",), "")
    assert action(photo_choices.toggled(ChosenPhotos((), ("gone.jpg",)))) == ("restore", ("gone.jpg",), "")


def test_badges_and_remarks_on_a_photo():
    data = replace(
        DATA, findings=(finding("exif_rotated", "1.jpg", "gone.jpg"), finding("near_duplicate", ("0.jpg", "1.jpg")))
    )
    assert photo_choices.badges(data, "1.jpg") == ("tag-outline", "rotate-right", "content-copy")
    assert photo_choices.badges(data, "2.jpg") == ("swap-horizontal",)
    assert photo_choices.badges(data, "gone.jpg") == ("cancel", "tag-outline"), "findings on it do not matter"
    assert photo_choices.badges(data, "3.jpg") == ()
    assert photo_choices.remarks(data, "1.jpg") == (
        "Relabeled: counts as bees by your choice",
        "Finding: rotated by EXIF",
        "Finding: nearly the same picture",
    )
    assert photo_choices.remarks(data, "gone.jpg")[0] == "Excluded by your choice"
    assert photo_choices.remarks(data, "2.jpg") == ("Moved to validation by your choice",)


def test_open_findings_on_photos_without_those_that_are_accepted():
    pairs = finding("near_duplicate", ("0.jpg", "1.jpg"), ("3.jpg", "0.jpg"))
    single, whole = finding("blank", "0.jpg"), finding("imbalance", classes=("bees",))
    done = AppliedChoices(
        (), (AcceptedFinding("near_duplicate", ("0.jpg", "3.jpg")), AcceptedFinding("blank", ("0.jpg",)))
    )
    data = replace(DATA, findings=(pairs, single, whole), choices=done)
    assert photo_choices.findings_on(data, ["0.jpg"]) == [(pairs, [("0.jpg", "1.jpg")])]
    assert photo_choices.findings_on(data, ["3.jpg"]) == []
    assert photo_choices.findings_on(replace(data, choices=AppliedChoices()), ["3.jpg"]) == [
        (pairs, [("0.jpg", "3.jpg")])
    ]


def test_a_finding_is_accepted_for_its_photos_or_classes_and_taken_back():
    pairs = finding("near_duplicate", ("1.jpg", "0.jpg"), ("0.jpg", "1.jpg"))
    assert action(photo_choices.accept(pairs)) == ("accept", ("0.jpg", "1.jpg"), "near_duplicate")
    classes = photo_choices.accept(finding("imbalance", classes=("bees", "bees", "ants")))
    assert [each.value for each in classes.actions] == ["imbalance:bees", "imbalance:ants"]
    accepted = [AcceptedFinding("imbalance:bees"), AcceptedFinding("blank", ("0.jpg",))]
    assert photo_choices.reopen(finding("imbalance"), accepted).actions == (
        JournalAction("reopen", (), "imbalance:bees"),
    )


@pytest.mark.parametrize(
    ("one", "titles", "change"),
    [
        (finding("blank", "0.jpg"), ["Exclude", "Accept"], ("exclude", ("0.jpg",), "")),
        (finding("blank", "0.jpg", "1.jpg"), ["Exclude all", "Accept all"], ("exclude", ("0.jpg", "1.jpg"), "")),
        (finding("two_labels", ("0.jpg", "1.jpg")), ["Exclude both", "Accept"], ("exclude", ("0.jpg", "1.jpg"), "")),
        (finding("near_duplicate", ("0.jpg", "1.jpg")), ["Exclude one", "Accept"], ("exclude", ("1.jpg",), "")),
        (
            finding("across_split", ("0.jpg", "2.jpg"), ("3.jpg", "1.jpg")),
            ["Move to training", "Exclude one of each", "Accept all"],
            ("split", ("2.jpg", "3.jpg"), "train"),
        ),
    ],
)
def test_the_first_remedy_of_a_finding_is_the_best(one, titles, change):
    fixes = finding_fixes.fixes(one, DATA)
    assert [fix.title for fix in fixes] == titles
    assert action(fixes[0].request) == change
    assert all(fix.tip for fix in fixes)


def test_a_finding_on_classes_can_only_be_accepted_and_an_accepted_one_reopened():
    classes = finding("imbalance", classes=("bees",))
    assert [fix.title for fix in finding_fixes.fixes(classes, DATA)] == ["Accept"]
    data = replace(DATA, choices=AppliedChoices((), (AcceptedFinding("imbalance:bees"),)))
    assert [fix.title for fix in finding_fixes.fixes(classes, data)] == ["No longer accept"]


def test_of_each_pair_one_photo_stays_and_of_pairs_across_the_split_the_held_out_one():
    pairs = [("0.jpg", "2.jpg"), ("3.jpg", "1.jpg"), ("0.jpg", "1.jpg"), ("2.jpg", "3.jpg")]
    assert finding_fixes.one_of_each(pairs, DATA) == ("0.jpg", "1.jpg", "3.jpg")
