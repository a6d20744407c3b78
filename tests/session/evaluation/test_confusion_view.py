"""Orders of the classes of a confusion matrix, and its most confused pairs."""

from __future__ import annotations

import numpy as np
import pytest

from studio.session.evaluation import confusion_view
from studio.session.evaluation.confusion_view import ConfusedPair

COUNTS = np.array([[8, 0, 2, 0], [0, 9, 0, 1], [3, 0, 7, 0], [0, 0, 0, 0]], np.int64)


def test_the_pairs_are_those_of_a_full_search() -> None:
    counts = np.random.default_rng(1).integers(0, 4, (30, 30)).astype(np.int64)
    every = sorted(
        (-int(counts[true, guess]), true, guess)
        for true in range(30) for guess in range(30) if true != guess and counts[true, guess]
    )  # fmt: skip
    pairs = confusion_view.most_confused(counts, 50)
    assert [(-pair.photos, pair.true, pair.predicted) for pair in pairs] == every[:50]
    assert confusion_view.most_confused(COUNTS, 10)[0] == ConfusedPair(2, 0, 3, 0.3)
    assert len(confusion_view.most_confused(COUNTS, 10)) == 3
    assert confusion_view.most_confused(np.zeros((0, 0), np.int64), 5) == ()


def test_classes_are_ordered_by_name_confusion_or_similarity() -> None:
    assert confusion_view.order_of(COUNTS, "name").tolist() == [0, 1, 2, 3]
    assert confusion_view.order_of(COUNTS, "confusion").tolist() == [0, 2, 1, 3], "row and column count, ties by label"
    similar = confusion_view.order_of(COUNTS, "similarity").tolist()
    assert abs(similar.index(0) - similar.index(2)) == 1
    assert abs(similar.index(1) - similar.index(3)) == 1


@pytest.mark.parametrize("order", ["name", "confusion", "similarity"])
@pytest.mark.parametrize("number", [0, 1, 2, 50])
def test_every_order_has_every_class_once(order: confusion_view.Order, number: int) -> None:
    counts = np.random.default_rng(2).integers(0, 3, (number, number)).astype(np.int64)
    assert sorted(confusion_view.order_of(counts, order).tolist()) == list(range(number))


def test_a_chain_of_similar_classes_is_restored() -> None:
    shuffled = np.random.default_rng(3).permutation(12)
    counts = np.zeros((12, 12), np.int64)
    for place in range(12):
        counts[shuffled[place], shuffled[place]] = 40
        if place:
            counts[shuffled[place - 1], shuffled[place]] = 10 + place
    order = confusion_view.order_of(counts, "similarity").tolist()
    assert order in (shuffled.tolist(), shuffled[::-1].tolist())


def test_a_cell_and_the_matrix_in_words() -> None:
    words = confusion_view.cell_words(COUNTS, ("a", "b", "c", "d"), 2, 0)
    assert words == "c predicted as a: 3 of 10, 30.0\u202f%"
    assert confusion_view.cell_words(COUNTS, ("a", "b", "c", "d"), 3, 0).startswith("d predicted as a: 0 of 0")
    assert confusion_view.sentence(COUNTS) == "24 of 30 photos are on the diagonal (correct)."


def test_the_number_of_confused_pairs_is_limited() -> None:
    every = confusion_view.most_confused(COUNTS, 3)
    assert [(pair.true, pair.predicted) for pair in every] == [(2, 0), (0, 2), (1, 3)]
    assert confusion_view.most_confused(COUNTS, 2) == every[:2]
    ties = np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]], np.int64)
    assert [(pair.true, pair.predicted) for pair in confusion_view.most_confused(ties, 2)] == [(0, 1), (0, 2)]


def test_chains_of_classes_are_joined_at_their_nearer_ends() -> None:
    def chain(*pairs: tuple[int, int, int], number: int = 4) -> list[int]:
        counts = np.diag([100] * number).astype(np.int64)
        for true, guess, photos in pairs:
            counts[true, guess] = photos
        return confusion_view.order_of(counts, "similarity").tolist()

    assert chain((0, 1, 90), (2, 3, 80), (1, 2, 70)) == [0, 1, 2, 3]
    assert chain((0, 1, 90), (2, 3, 80), (0, 2, 70)) == [1, 0, 2, 3]
    assert chain((0, 1, 90), (2, 3, 80), (0, 3, 70)) == [1, 0, 3, 2]
    assert chain((0, 1, 90), (2, 3, 80), (1, 3, 70)) == [0, 1, 3, 2]
    assert chain((1, 2, 90), number=4) == [1, 2, 0, 3], "longer chains first"
    assert chain((0, 1, 90), (1, 2, 80), (1, 3, 70))[:2] in ([3, 0], [0, 1])


def test_a_cell_in_words() -> None:
    assert confusion_view.cell_words(COUNTS, tuple("abcd"), 2, 0) == "c predicted as a: 3 of 10, 30.0\u202f%"
    assert confusion_view.cell_words(COUNTS, tuple("abcd"), 3, 0) == "d predicted as a: 0 of 0, 0.0\u202f%"
    one = np.array([[1, 1], [0, 0]], np.int64)
    assert confusion_view.cell_words(one, tuple("ab"), 0, 1).endswith("1 of 2, 50.0\u202f%")
    assert confusion_view.sentence(COUNTS) == "24 of 30 photos are on the diagonal (correct)."


@pytest.mark.parametrize("counts", [[[4]], [[0]], [[5, 1], [2, 5]], [[0, 1], [0, 3]], [[0, 0], [0, 0]]])
@pytest.mark.parametrize("by", ["confusion", "similarity", "name"])
def test_every_order_works_for_one_or_two_classes(counts, by) -> None:
    assert sorted(confusion_view.order_of(np.array(counts, np.int64), by).tolist()) == list(range(len(counts)))


def test_of_equal_pairs_the_first_fill_the_list() -> None:
    counts = np.array([[9, 1, 3], [1, 9, 2], [1, 1, 9]], np.int64)
    found = [[(one.true, one.predicted) for one in confusion_view.most_confused(counts, most)] for most in range(1, 7)]
    every = [(0, 2), (1, 2), (0, 1), (1, 0), (2, 0), (2, 1)]
    assert found == [every[:most] for most in range(1, 7)]
