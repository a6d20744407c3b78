"""Rows of the table of slices: their words, their order, and the photos of each."""

from __future__ import annotations

import number_states
import numpy as np
import pytest
import states

from studio.evaluate.documents import evaluation
from studio.evaluate.slices import SliceValues
from studio.session import part_results
from studio.session.evaluation import photo_selection, slice_rows
from studio.session.part_results import PartResults
from studio.spec.structs import replace


def results_of(wrong: dict[int, float], values: SliceValues | None = None) -> PartResults:
    """Forty photos of two classes, every second one of them with a camera, with a brightness of 0 to 1."""
    data = states.dataset(each=40)
    results = part_results.of_events("/runs/1", data, states.predicted(data, wrong))
    number = len(results.judged.paths)
    cameras = ["Canon" if place % 2 else "" for place in range(number)]
    values = values or SliceValues({"brightness": np.linspace(0, 1, number)}, {"camera": cameras})
    slices = evaluation.part_slices(results.judged, values)
    document = {"slices": evaluation.slice_rows(results.judged, slices)}
    return replace(results, document=document, slice_photos=tuple(one.photos for one in slices))


def test_rows_have_the_numbers_of_the_document_and_words_for_extreme_slices() -> None:
    results = results_of(dict.fromkeys(range(8), 0.9))
    rows = slice_rows.rows(results)
    assert [row.words for row in rows][:1] == ["Darkest photos, 0 to 0.25"]
    assert rows[0].photos == 10
    assert rows[0].right == 2
    assert {row.words for row in rows if row.by == "Camera"} == {"Camera Canon", "Camera not stated"}
    assert slice_rows.properties(rows)[0] == "Brightness"
    document = {(row["n"], row["value"], row["low"], row["high"]) for row in results.document["slices"]}
    assert {(row.photos, row.value, row.low, row.high) for row in rows} == document
    assert slice_rows.sentence(results, rows).startswith("1 slice is worse than all photos (80.0")


def test_the_sentence_on_slices_without_a_difference() -> None:
    results = results_of({0: 0.9, 39: 0.9})
    assert slice_rows.sentence(results, slice_rows.rows(results)).startswith("No slice stands out")
    alike = results_of({}, SliceValues({"brightness": np.zeros(40)}))
    assert "do not differ in any property" in slice_rows.sentence(alike, slice_rows.rows(alike))
    early = replace(alike, document={}, slice_photos=())
    assert slice_rows.rows(early) == ()
    assert "with the evaluation" in slice_rows.sentence(early, ())


def test_the_photos_of_a_slice_begin_with_the_worst() -> None:
    results = results_of({0: 0.7, 3: 0.95, 12: 0.8})
    row = next(row for row in slice_rows.rows(results) if "Darkest" in row.words)
    selection = slice_rows.photos(results, row)
    places = photo_selection.rows(results, selection).tolist()
    assert places[:2] == [3, 0]
    assert sorted(places) == list(range(10))
    assert photo_selection.title(results, selection, 10) == "Darkest photos, 0 to 0.25 · 10 photos"


def test_slices_of_numbers_are_those_of_the_document_and_their_photos_ordered_by_error() -> None:
    state = number_states.state(number_states.dataset())
    assert state.run is not None
    assert state.run.dataset is not None
    assert state.run.numbers is not None
    plain = part_results.of_events("/runs/1", state.run.dataset, state.run.numbers)
    slices = evaluation.part_slices(plain.judged, SliceValues({"brightness": np.linspace(0, 1, 20)}), True)
    document = {"slices": evaluation.slice_rows(plain.judged, slices)}
    results = replace(plain, document=document, slice_photos=tuple(one.photos for one in slices))
    rows = slice_rows.rows(results)
    darkest = next(row for row in rows if row.words == "Darkest photos, 0 to 0.25")
    assert darkest.text(darkest.value) == "9.00"
    assert slice_rows.overall(results) == pytest.approx((30 + 12 + 18) / 20)
    assert "the mean error of all photos" in slice_rows.sentence(results, rows)
    worst = photo_selection.rows(results, slice_rows.photos(results, darkest)).tolist()
    assert worst[:2] == [1, 4]
    assert sorted(worst) == [0, 1, 2, 3, 4]


def test_wrong_photos_come_first_the_most_confident_before_others() -> None:
    results = results_of({0: 0.6, 3: 0.95, 5: 0.8})
    places = tuple(range(10))
    row = replace(slice_rows.rows(results)[0], places=places)
    shown = slice_rows.photos(results, row).paths
    assert shown[:3] == tuple(results.judged.paths[place] for place in (3, 5, 0))
    surest = [results.confidence[results.judged.paths.index(path)] for path in shown[3:]]
    assert surest == sorted(surest), "of the right ones the most doubtful first"


def test_only_properties_with_two_or_more_slices_have_words_for_extreme_slices() -> None:
    def ends(*names: str) -> set[str]:
        return set(slice_rows._ends([{"by": "brightness", "slice": name} for name in names]).values())

    assert ends("0.5 to 0.7", "0.1 to 0.5") == {"Darkest photos, 0.1 to 0.5", "Brightest photos, 0.5 to 0.7"}
    assert ends("0.5 to 0.7", "0.1 to 0.5", "0.7 to 1") == {"Darkest photos, 0.1 to 0.5", "Brightest photos, 0.7 to 1"}
    assert ends("0.1 to 0.5") == set()
    assert ends("0.1 to 0.2", "0.1 to 0.3") == set(), "they begin alike"
