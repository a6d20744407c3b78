"""Which judged photos are shown, in which order, under which heading."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from studio.events import JudgedPart
from studio.session.evaluation import photo_selection
from studio.session.evaluation.photo_selection import PhotoSelection
from studio.session.part_results import PartResults

PATHS = tuple(f"{place}.jpg" for place in range(6))
TRUTH = np.array([0, 0, 0, 1, 1, 1])
SHARES = np.array([[0.9, 0.1], [0.4, 0.6], [0.1, 0.9], [0.3, 0.7], [0.8, 0.2], [0.05, 0.95]], np.float32)
RESULTS = PartResults("run", ("ants", "bees"), "", JudgedPart("val", 3, "/photos", PATHS, PATHS, TRUTH, SHARES))


@pytest.mark.parametrize(
    ("selection", "rows", "title"),
    [
        (PhotoSelection(), [2, 4, 1], "All mistakes · 3 photos, worst first"),
        (PhotoSelection((0, 1)), [2, 1], "ants predicted as bees · 2 photos, most confident first"),
        (PhotoSelection((1, 1)), [5, 3], "bees, correct · 2 photos, most confident first"),
        (PhotoSelection((1, 0)), [4], "bees predicted as ants · 1 photo"),
        (PhotoSelection(None, ("3.jpg", "gone.jpg", "0.jpg"), "Hardest"), [3, 0], "Hardest · 2 photos"),
        (PhotoSelection(None, (), "Hardest"), [], "Hardest · not judged yet"),
    ],
)
def test_photos_of_a_cell_of_a_list_and_all_mistakes(selection, rows, title):
    assert photo_selection.rows(RESULTS, selection).tolist() == rows
    assert photo_selection.title(RESULTS, selection, len(rows)) == title
    assert selection.is_all_mistakes == (selection == PhotoSelection())


def test_an_empty_list_of_judged_photos_says_so():
    judged = replace(RESULTS, document={"hardest": []})
    assert photo_selection.title(judged, PhotoSelection(None, (), "Hardest"), 0) == "Hardest · no photos"


def test_without_a_mistake_the_heading_says_so():
    assert photo_selection.title(RESULTS, PhotoSelection(), 0).startswith("No mistakes on the ")


def test_a_list_of_one_part_becomes_all_mistakes_of_another_one():
    names = tuple(f"test/{place}.jpg" for place in range(6))
    test = PartResults("run", RESULTS.classes, "", JudgedPart("test", 3, "/photos", names, names, TRUTH, SHARES))
    hardest, cell = PhotoSelection(None, ("3.jpg",), "Hardest"), PhotoSelection((0, 1))
    assert photo_selection.carried(hardest, RESULTS, test) == PhotoSelection()
    assert photo_selection.carried(cell, RESULTS, test) == cell
    later = PartResults("run", RESULTS.classes, "", JudgedPart("val", 4, "/photos", PATHS, PATHS, TRUTH, SHARES))
    assert photo_selection.carried(hardest, RESULTS, later) == hardest
    assert photo_selection.carried(hardest, None, later) == hardest
