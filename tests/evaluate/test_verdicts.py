from __future__ import annotations

import pytest

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


def test_a_good_one_says_how_good_and_how_sure() -> None:
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
