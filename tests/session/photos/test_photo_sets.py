"""Sets of photos: with a choice, and predicted right or wrong by the run shown."""

from __future__ import annotations

import states

from studio.events import AppliedChoices, Finding, Photo, PhotoChoice
from studio.session.photos import photo_sets
from studio.session.photos.photo_choices import kind_words
from studio.spec.structs import replace


def test_right_and_wrong_photos_of_the_run_shown() -> None:
    shown = states.state().showing(states.run(wrong={0: 0.8, 3: 0.7}))
    right, wrong = (photo_sets.answered(shown, answer) for answer in ("right", "wrong"))
    assert (len(right), len(wrong)) == (8, 2)
    assert wrong == {"ants/0001.jpg", "ants/0007.jpg"}
    assert not right & wrong


def test_photos_of_another_folder_are_not_judged() -> None:
    other = replace(states.state(), dataset=states.dataset("/elsewhere")).showing(states.run())
    assert "another folder" in photo_sets.cannot_judge(other)
    assert photo_sets.answered(other, "right") == frozenset()
    assert photo_sets.cannot_judge(states.state()).startswith("No run")


def test_photos_with_a_choice() -> None:
    data = states.dataset()
    choices = (
        PhotoChoice("ants/0000.jpg", "a", 1, label="bees"),
        PhotoChoice("ants/0001.jpg", "b", 1, split="test"),
        PhotoChoice("ants/0002.jpg", "c", 1, excluded=True, label="bees", split="test"),
    )
    data = replace(data, choices=AppliedChoices(choices), excluded=(Photo("ants/0002.jpg", 0, "train"),))
    assert photo_sets.paths_of(data, "relabeled") == {"ants/0000.jpg"}
    assert photo_sets.paths_of(data, "moved") == {"ants/0001.jpg"}
    assert photo_sets.paths_of(data, "excluded") == {"ants/0002.jpg"}


def test_a_new_kind_of_finding_has_words_without_an_entry() -> None:
    assert kind_words("exact_duplicate") == "the same file twice"
    assert kind_words("wrong_planet") == "wrong planet"


def test_sets_of_findings_are_listed_while_they_are_open_and_have_photos_to_show() -> None:
    data = states.dataset()
    paths = data.shown_paths[:3]

    def finding(kind: str, *about: str, classes: tuple[str, ...] = ()) -> Finding:
        return Finding(kind, "caution", "", len(about), about, (), classes, "", "")

    findings = (
        finding("black", paths[0], paths[1]), finding("exact_duplicate", paths[1], paths[2]),
        finding("unreadable", "gone.jpg"), finding("few_photos", data.shown_paths[3], classes=("ants",)),
    )  # fmt: skip
    found = replace(data, findings=findings)
    assert [(one.key, one.number) for one in photo_sets.photo_sets(found)] == [
        (photo_sets.FINDING, 3), ("black", 2), ("exact_duplicate", 2)
    ]  # fmt: skip
    assert photo_sets.paths_of(found, photo_sets.FINDING) == set(paths)
    assert photo_sets.photo_sets(data) == []
