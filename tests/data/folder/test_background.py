"""A folder of photos that show none of the classes: recognized by its name, and called “none of these”."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from studio.commands import journal
from studio.data import scan
from studio.data.folder import background
from studio.data.folder.background import CLASS
from studio.events import Dataset
from studio.jobs.protocol import never
from studio.spec import DatasetSpec

Build = Callable[..., Path]


def listed(folder: Path) -> Dataset:
    return scan.listing(DatasetSpec(str(folder), 0.5))


@pytest.mark.parametrize("name", ["_background", "Other", "BACKGROUND_Google", CLASS])
def test_a_background_folder_is_a_class_named_for_what_it_means(build: Build, name: str) -> None:
    dataset = listed(build(*(f"{folder}/{n}.png" for folder in ("ants", "wasps", name) for n in "ab")))
    assert dataset.classes == ("ants", CLASS, "wasps")
    assert {photo.path.split("/")[0] for photo in dataset.photos if photo.label == 1} == {name}
    assert dataset.counts() == {"train": [1, 1, 1], "val": [1, 1, 1]}
    assert [(note.path, note.text) for note in dataset.notes] == [(name, background.NOTE)]
    assert dataset.problems == ()


def test_backgrounds_of_several_names_and_parts_are_one_class(build: Build) -> None:
    folders = ("train/ants", "train/other", "train/_background", "val/ants", "val/other")
    dataset = listed(build(*(f"{folder}/{n}.png" for folder in folders for n in "ab")))
    assert dataset.classes == ("ants", CLASS)
    assert dataset.counts() == {"train": [2, 4], "val": [2, 2]}


def test_other_names_and_a_folder_of_backgrounds_alone_stay_as_they_are(build: Build) -> None:
    assert listed(build("ants/a.png", "another/a.png", "mothers/a.png")).classes == ("another", "ants", "mothers")
    alone = build("in/background/a.png", "in/other/a.png") / "in"
    assert listed(alone).classes == ("background", "other")


def test_a_run_of_an_earlier_version_keeps_the_name_of_its_folder(build: Build) -> None:
    folder = build(*(f"{name}/{n}.png" for name in ("ants", "other") for n in "ab"))
    spec = DatasetSpec(str(folder), 0.5)

    def classes(run_classes: tuple[str, ...] | None) -> tuple[str, ...]:
        steps = scan.list_photos(spec, (), run_classes)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                return end.value.classes

    assert classes(("ants", "other")) == ("ants", "other")
    assert classes(("ants", CLASS)) == classes(None) == ("ants", CLASS)


def test_a_photo_is_moved_to_the_background_by_either_name(build: Build) -> None:
    assert background.class_of("other", {"ants", CLASS}) == CLASS
    assert background.class_of("other", {"ants", "other"}) == "other"
    assert background.class_of("ants", {"bees", CLASS}) == "ants"
    folder = build(*(f"{name}/{n}.png" for name in ("ants", "_background") for n in "abc"))
    list(journal.choose(str(folder), "relabel", ["ants/a.png"], CLASS)(never))
    dataset = listed(folder)
    assert dataset.photos[dataset.index_of("ants/a.png")].label == dataset.classes.index(CLASS)
