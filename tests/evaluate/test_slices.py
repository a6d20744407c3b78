from __future__ import annotations

import numpy as np
import pytest

from studio.evaluate import slices
from studio.evaluate.intervals import wilson
from studio.evaluate.slices import SliceValues


def test_slices_by_folder_worst_first_and_small_ones_last() -> None:
    folders = ["good"] * 20 + ["bad"] * 20 + ["tiny"] * 3
    correct = np.array([True] * 19 + [False] + [True] * 10 + [False] * 10 + [False] * 3)
    found = slices.worst_first(folders, SliceValues(), correct)
    assert [(one.by, one.name, one.score.n) for one in found] == [
        ("folder", "bad", 20), ("folder", "good", 20), ("folder", "tiny", 3)
    ]  # fmt: skip
    assert (found[0].score.value, found[0].score.low, found[0].score.high) == (0.5, *wilson(10, 20))
    assert found[0].photos == tuple(range(20, 40))


def test_slices_by_a_value_have_equal_numbers_of_photos() -> None:
    values = np.arange(100) / 100
    correct = values > 0.25  # the dark ones are wrong
    found = slices.worst_first(["one"] * 100, SliceValues({"brightness": values}), correct)
    assert [one.score.n for one in found] == [25, 25, 25, 25]
    assert found[0].name == "0 to 0.247"
    assert found[0].score.value < 0.1
    assert {one.by for one in found} == {"brightness"}
    assert sorted(photo for one in found for photo in one.photos) == list(range(100))


def test_few_distinct_and_unknown_values() -> None:
    values = np.array([1.0, 2.0] * 10 + [np.nan] * 5)
    found = slices.worst_first([""] * 25, SliceValues({"size": values, "constant": np.ones(25)}), np.ones(25, bool))
    assert {(one.by, one.name, one.score.n) for one in found} == {("size", "1", 10), ("size", "2", 10)}
    assert slices.worst_first([], SliceValues(), np.zeros(0, bool)) == ()


def test_errors_of_numbers_are_worst_first() -> None:
    errors = np.concatenate([np.full(12, 3.0), np.full(12, 1.0)]) + np.arange(24) / 100
    found = slices.worst_first(["far"] * 12 + ["near"] * 12, SliceValues(), errors, regression=True)
    assert [one.name for one in found] == ["far", "near"]
    assert found[0].score.low <= found[0].score.value <= found[0].score.high


def test_slices_by_name_of_a_camera_with_rare_and_unknown_ones_together() -> None:
    cameras = ["Canon"] * 20 + ["Nikon"] * 12 + [""] * 10 + [f"phone {place}" for place in range(30)]
    correct = np.array([True] * 20 + [False] * 12 + [True] * 40)
    found = slices.worst_first([""] * 72, SliceValues({}, {"camera": cameras}), correct)
    assert [(one.by, one.name, one.score.n) for one in found[:2]] == [("camera", "Nikon", 12), ("camera", "Canon", 20)]
    sizes = {one.name: one.score.n for one in found}
    assert (sizes["not stated"], sizes["others"]) == (10, 12)
    assert len(found) == 22
    assert sorted(photo for one in found for photo in one.photos) == list(range(72))
    assert slices.worst_first([""] * 3, SliceValues({}, {"camera": [""] * 3}), np.ones(3, bool)) == ()


def test_columns_of_a_table_are_numbers_or_names() -> None:
    ages = [f"{place},5" for place in range(40)]
    columns = {
        "age": [*ages[:-1], ""],
        "sex": ["f", "m"] * 20,
        "id": [f"photo-{place}" for place in range(40)],
        "constant": ["same"] * 40,
        "folder": ["a"] * 30 + [""] * 10,
        "stage": ["1", "2", "3", "4"] * 10,
    }
    values = SliceValues({"brightness": np.zeros(40)}).with_columns(columns)
    assert list(values.numbers) == ["brightness", "age"]
    assert values.numbers["age"][1] == 1.5
    assert np.isnan(values.numbers["age"][-1])
    assert list(values.names) == ["sex", "folder (table)", "stage"], "neither identifiers nor constants"


def test_a_column_is_distinguished_from_a_measured_property_of_that_name() -> None:
    assert list(SliceValues().with_columns({"brightness": ["dark", "light"] * 10}).names) == ["brightness (table)"]


def test_close_edges_of_slices_are_written_differently() -> None:
    values = np.repeat([0.1875, 0.18775, 0.188, 0.25, 0.3], 10)
    names = [one.name for one in slices.worst_first([""] * 50, SliceValues({"megapixels": values}), np.ones(50, bool))]
    assert all(len(set(name.split(" to "))) == 2 for name in names)


def test_edges_that_nearly_coincide_have_more_digits() -> None:
    values = 1 + np.arange(40) * 1e-4
    found = slices.worst_first(["one"] * 40, SliceValues({"brightness": values}), values > 0)
    names = [one.name for one in found]
    assert len(set(names)) == len(names)
    assert names[0] == "1 to 1.001"
    hardly = 1 + np.arange(40) * 1e-9
    assert slices.worst_first(["one"] * 40, SliceValues({"brightness": hardly}), hardly > 0)[0].name == "1 to 1"


def test_columns_of_a_table_are_numbers_names_or_left_out() -> None:
    few, many = [str(number % 4) for number in range(20)], [str(number % 5) for number in range(20)]
    found = SliceValues().with_columns({"few": few, "many": many, "one": ["a"] * 20, "camera": few})
    assert set(found.numbers) == {"many"}, "more than four different numbers"
    assert set(found.names) == {"few", "camera (table)"}
    holes = [*many[:18], "", "1,5"]
    assert SliceValues().with_columns({"holes": holes}).numbers["holes"][17:].tolist() == pytest.approx(
        [2, np.nan, 1.5], nan_ok=True
    )
    assert "x" in SliceValues().with_columns({"x": [*many[:19], "none"]}).names
    assert set(SliceValues().with_columns({"half": ["a"] * 19 + [""]}).names) == {"half"}, (
        "stated or not is a difference"
    )


@pytest.mark.parametrize(("names", "kept"), [(slices.MOST_NAMES, True), (slices.MOST_NAMES + 1, False)])
def test_a_column_with_too_many_names_is_left_out(names: int, kept: bool) -> None:
    cells = [f"name {place}" for place in range(names)]
    assert ("by" in SliceValues().with_columns({"by": cells}).names) == kept
    twice = cells * 2
    assert "by" in SliceValues().with_columns({"by": twice}).names, "half as many names as photos"


@pytest.mark.parametrize(("more", "rarer"), [(0, 0), (1, 0), (2, 2)])
def test_rare_names_share_a_slice_where_there_are_two_or_more(more: int, rarer: int) -> None:
    names = [f"name {place:02}" for place in range(slices.MOST_NAMES) for _ in range(2)]
    names += [f"rare {place}" for place in range(more)]
    found = slices.worst_first(["one"] * len(names), SliceValues({}, {"by": names}), np.ones(len(names), bool))
    assert sum(one.score.n for one in found if one.name == slices.RARER) == rarer
    assert len(found) == slices.MOST_NAMES + (1 if rarer else more)


@pytest.mark.parametrize(("distinct", "first"), [(2, "1"), (4, "1"), (5, "1 to 2")])
def test_up_to_four_values_have_a_slice_each(distinct: int, first: str) -> None:
    values = np.tile(np.arange(1.0, distinct + 1), 12)
    found = slices.worst_first([""] * len(values), SliceValues({"size": values}), values > 1)
    assert found[0].name == first
    assert len(found) == min(distinct, 4)


def test_nine_photos_are_few_and_ten_are_not() -> None:
    folders = ["nine"] * 9 + ["ten"] * 10 + ["all right"] * 20
    found = slices.worst_first(folders, SliceValues(), np.arange(39) >= 19)
    assert [one.name for one in found] == ["ten", "all right", "nine"]
