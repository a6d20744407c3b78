"""The folder that was listed last."""

from __future__ import annotations

from typing import Any

import pytest

from studio.data.checked_folder import _groupings
from studio.data.folder import changes
from studio.data.folder_memory import FolderMemory
from studio.data.journal import matching
from studio.events import Dataset, Photo
from studio.spec import DatasetSpec


def dataset(*paths: str, target: str = "", numbers: dict[str, float] | None = None) -> Dataset:
    photos = tuple(Photo(path, 0, "train", (numbers or {}).get(path, 1.0)) for path in paths)
    return Dataset("/photos", ("a",), photos, target=target)


SPEC = DatasetSpec("/photos")


def test_a_check_or_a_split_is_remembered_only_of_the_last_listing() -> None:
    memory, first, second = FolderMemory(), dataset("a/1.jpg"), dataset("a/1.jpg")
    folder: Any = object()
    memory.checked(SPEC, first, folder, first)
    memory.divided(SPEC, first, second)
    assert memory.of(SPEC) is None, "nothing was listed"
    memory.listed(SPEC, first)
    memory.checked(SPEC, second, folder, second)
    memory.divided(SPEC, second, second)
    known = memory.of(SPEC)
    assert known is not None
    assert (known.listed is first, known.folder, known.dataset) == (True, None, None)
    memory.checked(SPEC, first, folder, second)
    known = memory.of(SPEC)
    assert known is not None
    assert (known.listed is first, known.folder is folder, known.dataset is second) == (True, True, True)
    memory.divided(SPEC, first, second)
    known = memory.of(SPEC)
    assert known is not None
    assert (known.listed is second, known.folder) == (True, None)
    assert memory.of(DatasetSpec("/others")) is None
    memory.forget()
    assert memory.of(SPEC) is None


@pytest.mark.parametrize(
    ("now", "stays"),
    [
        (dataset("a/1.jpg", "a/2.jpg"), True),
        (dataset("a/1.jpg"), False),
        (dataset("a/1.jpg", "a/2.jpg", "a/3.jpg"), False),
        (dataset("a/1.jpg", "a/2.jpg", target="age"), True),
        (dataset("a/1.jpg", "a/2.jpg", target="age", numbers={"a/2.jpg": 2.0}), False),
    ],
)
def test_a_run_that_found_other_photos_discards_the_remembered_folder(now: Dataset, stays: bool) -> None:
    memory = FolderMemory()
    memory.relisted(SPEC, now)
    memory.listed(SPEC, dataset("a/1.jpg", "a/2.jpg"))
    memory.relisted(SPEC, now)
    assert (memory.of(SPEC) is not None) is stays


def test_photos_with_another_number_are_counted() -> None:
    shown = dataset("1", "2", "3", target="age")
    now = dataset("1", "2", "4", target="age", numbers={"1": 5.0, "4": 9.0})
    assert changes.count_changed_targets(shown, now) == 1
    assert changes.count_changed_targets(shown, shown) == 0
    assert changes.count_changed_targets(dataset("1"), dataset("1", numbers={"1": 5.0})) == 0


@pytest.mark.parametrize(
    ("path", "other", "count"),
    [("a/b/c", "a/b/c", 3), ("x/b/c", "a/b/c", 2), ("a/b/c", "c", 1), ("a/b/c", "a/b/d", 0), ("a/x/c", "a/b/c", 1)],
)
def test_paths_are_compared_from_their_ends(path: str, other: str, count: int) -> None:
    assert matching._alike(path, other) == count


@pytest.mark.parametrize(
    ("days", "groups"), [(["", ""], 0), (["d", "d", ""], 2), (["d", "e", "", ""], 4), (["d", "e"], 2)]
)
def test_photos_without_a_day_are_groups_by_themselves(days: list[str], groups: int) -> None:
    class Facts:
        def texts(self, name: str) -> list[str]:
            return days if name == "day" else [""] * len(days)

    facts: Any = Facts()
    assert _groupings(facts) == [("date", groups), ("camera", 0)]
