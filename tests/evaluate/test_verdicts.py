from __future__ import annotations

import pytest

from studio.evaluate import verdicts
from studio.evaluate.intervals import wilson
from studio.evaluate.verdicts import judge
from studio.events import ClassScore
from studio.formatting.numbers import strict_percent as percent


def verdict(*counts: tuple[int, int], train: float | None = None) -> tuple[str, str]:
    """The verdict where class “c0” has `counts[0]` = (correct photos, all photos), and so on."""
    scores = [
        ClassScore(f"c{k}", total, 1.0, right / total if total else 0.0, 1.0, wilson(right, total))
        for k, (right, total) in enumerate(counts)
    ]
    right, total = (sum(column) for column in zip(*counts, strict=True))
    return judge(right / total if total else 0.0, wilson(right, total), scores, train)


def test_a_good_verdict_states_the_accuracy_and_its_interval() -> None:
    title, advice = verdict((66, 70), (79, 83), train=0.97)
    assert title == "Good"
    assert "94.8 % of 153" in advice
    low, high = wilson(145, 153)
    assert percent(low) in advice
    assert percent(high) in advice


def test_a_class_far_behind_is_named_although_accuracy_is_high() -> None:
    title, advice = verdict((495, 500), (480, 500), (4, 20))
    assert title == "Weak class"
    assert "4 of 20 photos of “c2”" in advice
    assert "recall 20.0 %" in advice
    assert "“c0”" not in advice


def test_the_furthest_behind_is_named_and_the_others_counted() -> None:
    _, advice = verdict((400, 400), (400, 400), (20, 40), (10, 40))
    assert "“c3”" in advice
    assert "1 more class is far behind" in advice
    _, advice = verdict((400, 400), (400, 400), (20, 40), (10, 40), (20, 40))
    assert "2 more classes are far behind" in advice


def test_chance_and_small_gaps_name_no_class() -> None:
    # One photo missed, of one: too little to blame the class.
    assert verdict((80, 100), (75, 100), (0, 1))[0] == "Fair"
    assert verdict((99, 100), (86, 100))[0] == "Good"


def test_a_class_of_a_few_photos_is_not_called_weak() -> None:
    title, advice = verdict((100, 100), (1, 2))
    assert title == "Too few photos"
    assert "1 of only 2 photos of “c1” is classified correctly, which says little" in advice
    assert verdict((100, 100), (4, 9))[0] == "Too few photos"
    assert verdict((100, 100), (5, 10))[0] == "Weak class"
    assert verdict((50, 50), (50, 50), (0, 5))[0] == "Weak class", "surely below one half"


def test_an_accuracy_no_better_than_the_largest_class_is_not_yet() -> None:
    title, advice = verdict((90, 90), (0, 10))
    assert title == "Near chance"
    assert "always predicting “c0” would reach 90.0 %" in advice
    assert verdict((90, 90), (5, 10))[0] == "Weak class"


@pytest.mark.parametrize("counts", [((90, 90), (0, 10)), ((60, 100), (60, 100))])
def test_the_advice_on_overfitting_is_never_to_train_longer(counts: tuple[tuple[int, int], ...]) -> None:
    assert "rain longer" in verdict(*counts)[1]
    _, advice = verdict(*counts, train=1.0)
    assert "train for fewer epochs" in advice
    assert "rain longer" not in advice


@pytest.mark.parametrize(("train", "expected"), [(0.95, "Overfitting"), (0.9, "Overfitting"), (0.89, "Fair")])
def test_overfitting_begins_at_a_tenth(train: float, expected: str) -> None:
    title, advice = verdict((160, 200), (160, 200), train=train)
    assert title == expected
    assert ("training photos" in advice) == (expected == "Overfitting")


def test_the_verdict_warns_about_few_photos() -> None:
    title, advice = verdict((5, 5), (5, 5))
    assert title == "Too few photos"
    assert "only 10 validation photos" in advice
    assert "72.2 % to 100.0 %" in advice


def test_better_than_guessing_is_not_healthy_yet() -> None:
    title, advice = verdict((120, 200), (120, 200))
    assert title == "Low accuracy"
    assert "60.0 % of 400" in advice


def test_the_advice_names_the_two_most_serious_findings() -> None:
    _, advice = verdict((24, 24), (1, 12), train=1.0)
    assert advice.index("“c1”") < advice.index("training photos")
    assert "may lie anywhere" not in advice


def test_the_verdict_without_validation_photos_is_not_yet() -> None:
    assert verdict((0, 0), (0, 0))[0] == "Not yet"


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.8333, "83.3 %"),
        (0.5, "50.0 %"),
        (1.0, "100.0 %"),
        (0.99999, "over 99.9 %"),
        (0.0, "0.0 %"),
        (1e-5, "under 0.1 %"),
    ],
)
def test_shares_in_words(share: float, words: str) -> None:
    assert percent(share) == words


@pytest.mark.parametrize(
    ("longer", "thaw", "last", "words"),
    [
        (True, True, "", "train longer, or thaw more layers"),
        (True, False, "", "train longer, or add photos"),
        (False, True, "", "thaw other layers, or add photos"),
        (False, False, "", "add photos"),
        (True, True, "judge more", "train longer, thaw more layers, or judge more"),
        (False, False, "judge more", "add photos, or judge more"),
    ],
)
def test_what_to_do_about_a_model_that_is_not_good_enough(longer: bool, thaw: bool, last: str, words: str) -> None:
    assert verdicts.advice(longer, thaw, last) == words
    assert verdicts.sentence(words) == f"{words[0].upper()}{words[1:]}."


def test_findings_at_their_limits() -> None:
    assert verdicts.too_few(10, (0.0, 0.2)) == ""
    assert verdicts.too_few(10, (0.0, 0.21)).startswith("With only 10 validation photos, the true")
    assert verdicts.too_few(1, (0.2, 1.0)).startswith("With only 1 validation photo, the true")
    assert verdicts.low_accuracy(0.75, 100) == ""
    assert verdicts.low_accuracy(0.749, 100).startswith("Only 74.9")
    assert verdicts.overfit(0.9, 1.0).startswith("100.0"), "a tenth, but for rounding"
    assert verdicts.overfit(0.901, 1.0) == verdicts.overfit(0.9, None) == ""
    assert "for fewer epochs" not in verdicts.overfit(0.8, 1.0, fewer=False)
    assert verdicts.overfit(0.3, 0.5, high=0.5) == "", "a training accuracy within the interval"
    assert verdicts.overfit(0.3, 0.51, high=0.5).startswith("51.0")


def test_a_difference_within_the_interval_of_few_photos_is_not_overfitting() -> None:
    assert "training photos" not in verdict((9, 10), (6, 10), train=0.88)[1]
    assert "training photos" in verdict((9, 10), (6, 10), train=0.95)[1]


@pytest.mark.parametrize(("recall", "weak"), [(0.84, True), (0.85, True), (0.86, False)])
def test_a_class_is_weak_from_15_points_on(recall: float, weak: bool) -> None:
    rows = [
        ClassScore("a", 1000, 1.0, 1.0, 1.0, wilson(1000, 1000)),
        ClassScore("b", 1000, 1.0, recall, 1.0, wilson(round(1000 * recall), 1000)),
    ]
    assert bool(verdicts.weak_class(rows)) == weak
    assert not weak or "against 100.0" in verdicts.weak_class(rows)


def test_of_the_classes_of_few_photos_the_smallest_is_named() -> None:
    advice = verdict((200, 200), (4, 9), (0, 2))[1]
    assert "0 of only 2 photos of “c2” are classified correctly" in advice


@pytest.mark.parametrize(
    ("accuracy", "precision", "recall", "word"),
    [
        (0.86, 0.81, 0.81, "Good"),
        (0.85, 0.81, 0.81, "Fair"),
        (0.86, 0.8, 0.81, "Fair"),
        (0.86, 0.81, 0.8, "Fair"),
    ],
)
def test_a_good_model_is_above_each_limit(accuracy: float, precision: float, recall: float, word: str) -> None:
    rows = [
        ClassScore("a", 100, 0.9, 0.9, 0.9, wilson(90, 100)),
        ClassScore("b", 100, precision, recall, 0.8, wilson(round(100 * recall), 100)),
        ClassScore("none", 0, 0.0, 0.0, 0.0, (0.0, 1.0)),
    ]
    assert judge(accuracy, (0.8, 0.9), rows)[0] == word


@pytest.mark.parametrize(
    ("photos", "high", "weak"), [(5, 0.49, True), (5, 0.5, False), (9, 0.5, False), (10, 0.5, True)]
)
def test_few_photos_are_weak_where_the_whole_interval_is_poor(photos: int, high: float, weak: bool) -> None:
    rows = [
        ClassScore("a", 1000, 1.0, 1.0, 1.0, wilson(1000, 1000)),
        ClassScore("b", photos, 1.0, 0.2, 0.3, (0.05, high)),
    ]
    assert bool(verdicts.weak_class(rows)) == weak
    assert bool(verdicts.few_of_class(rows)) != weak
