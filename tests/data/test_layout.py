from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.data import scan
from studio.events import Dataset
from studio.spec import DatasetSpec

FOUR = ("ants/a.png", "ants/b.png", "bees/a.png", "bees/b.png")
Build = Callable[..., Path]


def listed(folder: Path, val_fraction: float = 0.5) -> Dataset:
    return scan.listing(DatasetSpec(str(folder), val_fraction))


def reasons(dataset: Dataset) -> dict[str, str]:
    return {item.path: item.reason for item in dataset.skipped}


def test_one_folder_a_class(build: Build) -> None:
    dataset = listed(build(*FOUR))
    assert dataset.classes == ("ants", "bees")
    assert [photo.path for photo in dataset.photos] == list(FOUR)
    assert [photo.label for photo in dataset.photos] == [0, 0, 1, 1]
    assert dataset.counts() == {"train": [1, 1], "val": [1, 1]}
    assert not dataset.split_found
    assert not dataset.checked
    assert dataset.problems == ()
    assert dataset.skipped == ()
    assert Path(dataset.folder).is_absolute()


@pytest.mark.parametrize(("train", "val"), [("train", "val"), ("Train", "VALID"), ("training", "validation")])
def test_a_split_on_disk_is_found(build: Build, train: str, val: str) -> None:
    dataset = listed(build(f"{train}/ants/a.png", f"{train}/bees/a.png", f"{val}/ants/b.png", f"{val}/bees/b.png"))
    assert dataset.split_found
    assert dataset.classes == ("ants", "bees")
    assert {photo.path: photo.split for photo in dataset.photos} == {
        f"{train}/ants/a.png": "train",
        f"{train}/bees/a.png": "train",
        f"{val}/ants/b.png": "val",
        f"{val}/bees/b.png": "val",
    }


def test_test_stays_test_and_its_unknown_classes_are_left_out(build: Build) -> None:
    both = [f"{part}/{name}/a.png" for part in ("train", "val", "test") for name in ("ants", "bees")]
    dataset = listed(build(*both, "test/wasps/a.png", "test/loose.png"))
    assert dataset.counts() == {"train": [1, 1], "val": [1, 1], "test": [1, 1]}
    assert set(reasons(dataset)) == {"test/wasps", "test/loose.png"}
    assert dataset.problems == ()


def test_train_alone_is_divided_here(build: Build) -> None:
    paths = [f"train/{name}/{number}.png" for name in ("ants", "bees") for number in range(4)]
    dataset = listed(build(*paths, "test/ants/a.png"))
    assert dataset.counts() == {"train": [2, 2], "val": [2, 2], "test": [1, 0]}
    assert not dataset.split_found
    assert dataset.classes == ("ants", "bees")


def test_a_class_may_be_called_train(build: Build) -> None:
    names = ("bus", "train", "tram")
    assert listed(build(*(f"{name}/{n}.png" for name in names for n in "ab"))).classes == names
    nested = build(*(f"{name}/{n}.png" for name in ("bus", "train/steam", "tram") for n in "ab"), root="nested")
    assert listed(nested).classes == names


def test_what_lies_beside_train_and_val_is_told(build: Build) -> None:
    both = [f"{part}/{name}/a.png" for part in ("train", "val") for name in ("ants", "bees")]
    dataset = listed(build(*both, "masks/a.png"))
    assert dataset.split_found
    assert reasons(dataset) == {"masks": "lies beside train and val and belongs to neither"}


def test_photos_further_down_are_of_the_class(build: Build) -> None:
    dataset = listed(build(*FOUR, "ants/garden/2024/c.png"))
    assert {photo.path: photo.label for photo in dataset.photos}["ants/garden/2024/c.png"] == 0


@pytest.mark.slow
def test_labels_are_torchvisions(build: Build) -> None:
    folders = pytest.importorskip("torchvision.datasets")
    root = build(*(f"{name}/{n}.png" for name in ("b", "B", "10", "9", "ä", "a b", "Z") for n in "ab"))
    theirs = folders.ImageFolder(root)
    ours = listed(root)
    assert list(ours.classes) == theirs.classes
    assert sorted((str(root / p.path), p.label) for p in ours.photos) == sorted(theirs.samples)


# ------------------------------------------------------------------------------------------------- what is left out


def test_litter_is_passed_over_without_a_word(build: Build) -> None:
    litter = [".DS_Store", "README.txt", "__MACOSX/x.png", "ants/Thumbs.db", "ants/._a.png", "desktop.ini"]
    assert reasons(listed(build(*FOUR, *litter, ".ipynb_checkpoints/a.png"))) == {}


def test_everything_else_is_told(build: Build) -> None:
    dataset = listed(build(*FOUR, "loose.png", "notes.txt", ".secret/a.png", "ants/a.heic", "ants/b.mp4", "empty/"))
    assert reasons(dataset) == {
        ".secret": "hidden: its name begins with a dot",
        "ants/a.heic": "a HEIC photo, which cannot be read here: save it as JPEG",
        "ants/b.mp4": "a video, not a photo",
        "empty": "an empty class folder: it holds no photos",
        "loose.png": "lies beside the class folders, not in one",
        "notes.txt": "not a photo: .txt files are not read",
    }
    assert dataset.classes == ("ants", "bees")
    assert [item.path for item in dataset.skipped] == sorted(item.path for item in dataset.skipped)


@pytest.mark.skipif(os.name == "nt", reason="links and pipes need rights there")
def test_links_that_lead_in_circles_end(build: Build) -> None:
    root = build(*FOUR)
    (root / "ants" / "up").symlink_to(root, target_is_directory=True)
    (root / "ants" / "self").symlink_to(root / "ants", target_is_directory=True)
    (root / "bees" / "loop.png").symlink_to(root / "bees" / "loop.png")
    (root / "bees" / "gone.png").symlink_to(root / "nowhere.png")
    os.mkfifo(root / "bees" / "pipe.png")
    dataset = listed(root)
    assert [photo.path for photo in dataset.photos] == list(FOUR)
    assert set(reasons(dataset)) == {"ants/up", "ants/self", "bees/loop.png", "bees/gone.png", "bees/pipe.png"}
    assert reasons(dataset)["ants/up"] == "a link to a folder that is read already"
    assert reasons(dataset)["bees/gone.png"] == "a link that leads nowhere"


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_linked_class_folder_counts(build: Build, tmp_path: Path) -> None:
    root = build(*FOUR)
    elsewhere = build("x.png", "y.png", root="elsewhere")
    (root / "wasps").symlink_to(elsewhere, target_is_directory=True)
    assert listed(root).classes == ("ants", "bees", "wasps")


def test_a_folder_that_may_not_be_read_is_left_out(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    root = build(*FOUR, "bees/locked/a.png")
    real = os.scandir

    def guarded(path: str) -> object:
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", guarded)
    assert reasons(listed(root)) == {"bees/locked": "cannot be opened: permission denied"}
