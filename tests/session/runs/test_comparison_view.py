"""What the comparison of two runs shows, without a window."""

from __future__ import annotations

import re

import numpy as np
import pytest
from comparisons import compared
from run_summaries import summary

from studio.evaluate.documents import earlier_tests
from studio.session.runs import comparison_view as view
from studio.session.state import AppState, RunList
from studio.spec.structs import replace


def test_tiles_have_intervals_on_one_scale() -> None:
    document = compared().document
    a, b, difference = view.tiles(document)
    assert (a.title, b.title) == ("A  accuracy", "B  accuracy")
    assert a.scale == b.scale
    assert a.scale[0] <= a.reach[0] < a.reach[1] < a.reach[2] <= 1 == a.scale[1]  # type: ignore[index]
    assert a.note.startswith(f"{round(document['accuracy_a']['value'] * 40)} of 40, ")
    assert difference.mark == 0
    assert difference.value.endswith("\u202fpoints")
    assert difference.note.startswith("95 %: ")


def test_tiles_of_numbers() -> None:
    a, _, difference = view.tiles(compared(numbers=True, classes=("size",)).document)
    assert a.title == "A  mean absolute error"
    assert a.note.startswith("40 photos, 95 %: ")
    assert a.scale[0] == 0
    assert "points" not in difference.value


def test_tiles_of_one_photo_have_no_scale_to_break() -> None:
    for result in (compared(photos=1), compared(photos=1, numbers=True, classes=("size",))):
        assert all(tile.scale[0] < tile.scale[1] for tile in view.tiles(result.document))


def test_the_tabs_of_a_comparison() -> None:
    result = compared()
    shown = [(tab.title, tab.photos) for tab in view.tabs(result)]
    assert [title for title, _ in shown] == ["Fixed", "Broken", "Both wrong", "Both right"]
    assert [count for _, count in shown] == [
        result.document[key] for key in ("fixed", "broken", "both_wrong", "both_right")
    ]
    numbers = view.tabs(compared(numbers=True, classes=("size",)))
    assert [tab.title for tab in numbers] == ["Closer", "Farther", "Equal"]
    assert sum(tab.photos for tab in numbers) == 40


def test_captions_say_both_predictions() -> None:
    photos = compared().photos
    row = int(photos.groups["fixed"][0])
    a, b = view.captions(photos, row)
    assert (a.side, a.color_role, b.side, b.color_role) == ("A", "bad", "B", "good")
    assert b.name == view.truth_of(photos, row) != a.name
    assert view.described(photos, row) == f"true {b.name} · A: {a.name} {a.value} · B: {b.name} {b.value}"
    numbers = compared(numbers=True, classes=("size",)).photos
    assert [(one.name, one.color_role) for one in view.captions(numbers, 0)] == [("", "text")] * 2
    assert view.truth_of(numbers, 3) == "3.00"
    assert view.summary(numbers) == ""


def test_the_summary_names_the_classes_with_most_changes() -> None:
    photos = compared(classes=tuple("abcdef"), photos=300, right=(0.5, 0.9)).photos
    words = view.summary(photos)
    assert re.fullmatch(r"Fixed: (\d+ [a-f], )+\d+ others\. Broken: (\d+ [a-f], )+\d+ others\.", words), words
    assert words.count("Broken: ") == 1
    same = compared(right=(1.0, 1.0)).photos
    assert view.summary(same) == ""


def test_cells_are_compared_only_for_few_classes() -> None:
    cells = view.cells(compared().document)
    assert (len(cells), len(cells[0])) == (2, 2)
    right = cells[0][0]
    assert right.better == (right.b > right.a)
    assert right.counts == f"{right.a} → {right.b}"
    assert view.cells(compared(classes=tuple("abcdefg"), photos=70).document) == []
    assert (view.signed(5), view.signed(-5), view.signed(0)) == ("+5", "−5", "0")


def test_differing_settings_have_their_labels() -> None:
    rows = {name: (a, b) for name, a, b in view.setting_rows(compared().document)}
    assert rows["Head learning rate"] == ("1e-3", "3e-4")
    assert rows["Thawed"] == ("none", "blocks.6")
    assert rows["Time per epoch"] == ("0.02\u202fs", "0.60\u202fs")
    size = {"setting": "backbone.image_size", "a": None, "b": 64}
    epochs = {"setting": "train.epochs", "a": 8, "b": 4}, {"fact": "epochs", "a": 8, "b": 4}
    document = {"settings": [size, epochs[0]], "facts": [epochs[1]]}
    assert view.setting_rows(document) == [("Image size", "default", "64 pixels"), ("Epochs", "8", "4")], "each once"


def test_curves_of_both_runs() -> None:
    result = compared()
    loss, accuracy = view.metrics(result)
    drawn = {line.key: line for line in view.lines(result, accuracy)}
    assert list(drawn) == ["at", "a", "bt", "b"]
    assert drawn["a"].end == (3.0, 100 * (1 - 0.4 / 3))
    assert drawn["at"].end is None
    assert drawn["b"].points[1].max() <= 100
    assert view.metrics(replace(result, epochs=((), ()))) == ()
    assert view.metrics(replace(result, epochs=(result.epochs[0], ()))) == ()
    lost = replace(result, epochs=(tuple(replace(one, metrics=()) for one in result.epochs[0]), result.epochs[1]))
    assert view.metrics(lost) == (loss,)
    assert np.isfinite(view.lines(result, loss)[0].points[1]).all()


def test_names_of_runs() -> None:
    run = summary("1")
    state = replace(AppState(), run_list=RunList((run,)))
    assert view.name_of(state, run.path) == view.run_name(run)
    assert view.name_of(state, "/runs/other\n") == r"other\n"


@pytest.mark.parametrize(("times", "words"), [((), ""), ((1,), "once"), ((1, 1), "twice"), ((2, 3), "5 times")])
def test_the_notice_of_test_photos_says_how_often_they_were_judged(times, words) -> None:
    title, hint = view.tested_notice({"tested_before": [{"times": one} for one in times]})
    assert title == earlier_tests.COMPARED
    assert hint == "Choose by the validation photos." + (
        f" The test photos were judged {words} before." if words else ""
    )


def test_why_other_photos_cannot_be_compared() -> None:
    result = compared()
    assert view.cannot_judge(result, "train") == ""
    assert view.cannot_judge(result, "test") == "A and B have no test photos."
    assert view.cannot_judge(None, "val") == ""
    assert view.cannot_judge(None, "train") != ""


def test_the_scale_of_accuracies_begins_below_their_lowest_end() -> None:
    document = compared().document
    for lowest, begin in ((0.32, 0.2), (0.29, 0.1), (0.12, 0.0), (0.03, 0.0)):
        ends = {key: {**document[key], "low": lowest} for key in ("accuracy_a", "accuracy_b")}
        assert view.tiles({**document, **ends})[0].scale == (pytest.approx(begin), 1.0)


def test_cells_that_are_better_in_the_second_run() -> None:
    def shown(a: list[list[int]], b: list[list[int]]) -> list[list[view.Cell]]:
        return view.cells({"confusion": {"classes": list("xy"), "a": a, "b": b}})

    (right, wrong), (other, _) = shown([[5, 2], [3, 4]], [[6, 1], [4, 4]])
    assert (right.a, right.b) == (5, 6)
    assert [right.better, wrong.better, other.better] == [True, True, False]
    names = [f"c{number}" for number in range(view.MOST_CELLS)]
    square = np.zeros((len(names), len(names)), int).tolist()
    assert len(view.cells({"confusion": {"classes": names, "a": square, "b": square}})) == len(names)
    assert view.cells({"confusion": {"classes": [*names, "one more"], "a": square, "b": square}}) == []
    assert view.cells({"confusion": None}) == []


def test_the_change_of_a_cell_has_its_sign() -> None:
    assert [view.Cell(a, b, True).change for a, b in ((2, 7), (7, 2), (3, 3))] == ["+5", "−5", "0"]


@pytest.mark.parametrize(
    ("ends", "reach", "note"),
    [((0.0, 0.0, 0.0), 1.0, ", contains 0"), ((-0.1, 0.1, 0.3), 0.33, ", contains 0"),
     ((0.0, 0.1, 0.2), 0.22, ", contains 0"),
     ((0.1, 0.2, 0.3), 0.33, ""), ((-0.4, -0.2, 0.0), 0.44, ", contains 0"), ((-0.4, -0.2, -0.1), 0.44, ""),
     ((None, -0.2, None), 0.22, "")],
)  # fmt: skip
def test_the_difference_is_on_a_scale_around_zero(ends, reach, note) -> None:
    document = compared().document
    low, value, high = ends
    tile = view.tiles({**document, "difference": {**document["difference"], "low": low, "value": value, "high": high}})[
        2
    ]
    assert tile.scale == (pytest.approx(-reach), pytest.approx(reach))
    assert tile.note.endswith(note)
    assert ("contains" in tile.note) == bool(note)
    assert tile.reach == (None if ends[0] is None else ends)
