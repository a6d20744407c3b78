from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.data import scan
from studio.data.folder import layout
from studio.events import Dataset, PhotoNote
from studio.spec import DatasetSpec

FOUR = ("ants/a.png", "ants/b.png", "bees/a.png", "bees/b.png")
Build = Callable[..., Path]


def listed(folder: Path, val_fraction: float = 0.5) -> Dataset:
    return scan.listing(DatasetSpec(str(folder), val_fraction, split_by="photo", split_near=False))


def reasons(dataset: Dataset) -> dict[str, str]:
    return {item.path: item.reason for item in dataset.skipped}


def test_each_folder_of_photos_is_a_class(build: Build) -> None:
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


def test_parts_under_other_names_have_a_note(build: Build) -> None:
    def notes(*paths: str) -> list[str]:
        return [note.text for note in listed(build(*paths)).notes]

    parts = [f"{part}/{name}/{n}.png" for part in ("train_set", "test_set") for name in ("cat", "dog") for n in "ab"]
    assert notes(*(f"a/{path}" for path in parts)) == []  # within one class, subfolders are the user's own order
    (text,) = [note.text for note in listed(build(*(f"in/{path}" for path in parts)) / "in").notes]
    assert text.startswith(layout.REPEATED)
    assert "(“cat”, “dog”)" in text
    other = ["cat/indoors/a.png", "cat/outdoors/a.png", "dog/indoors/a.png", "dog/outdoors/a.png"]
    beside = [*other, "cat/b.png"]
    assert listed(build(*(f"more/{path}" for path in beside)) / "more").notes == ()


def test_class_folders_that_look_alike_have_a_note(build: Build) -> None:
    alike = ["cafe\u0301", "caf\u00e9", "tea", "tea "]
    listing = listed(build(*(f"{name}/{n}.png" for name in (*alike, "cafe", "Tea") for n in "ab")))
    assert listing.notes == tuple(PhotoNote(name, layout.ALIKE) for name in sorted(alike))
    assert len(listing.classes) == 6
    assert listing.problems == ()
    with_split = listed(build(*(f"more/{part}/{name}/a.png" for part in ("train", "val") for name in alike)) / "more")
    assert [note.path for note in with_split.notes] == [f"train/{name}" for name in sorted(alike)]
    one_class = ("train/caf\u00e9/a.png", "val/cafe\u0301/a.png", "train/b/a.png", "val/b/a.png")
    assert listed(build(*(f"one/{path}" for path in one_class)) / "one").notes == ()


@pytest.mark.parametrize(("train", "val"), [("train", "val"), ("Train", "VALID"), ("training", "validation")])
def test_a_split_on_disk_is_used(build: Build, train: str, val: str) -> None:
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


def test_a_folder_with_only_train_is_split_by_the_program(build: Build) -> None:
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


def test_folders_beside_train_and_val_are_skipped_with_a_reason(build: Build) -> None:
    both = [f"{part}/{name}/a.png" for part in ("train", "val") for name in ("ants", "bees")]
    dataset = listed(build(*both, "masks/a.png"))
    assert dataset.split_found
    assert reasons(dataset) == {"masks": "is beside train and val and belongs to neither"}


def test_photos_in_subfolders_belong_to_the_class(build: Build) -> None:
    dataset = listed(build(*FOUR, "ants/garden/2024/c.png"))
    assert {photo.path: photo.label for photo in dataset.photos}["ants/garden/2024/c.png"] == 0


@pytest.mark.slow
def test_labels_equal_those_of_torchvision(build: Build) -> None:
    folders = pytest.importorskip("torchvision.datasets")
    root = build(*(f"{name}/{n}.png" for name in ("b", "B", "10", "9", "ä", "a b", "Z") for n in "ab"))
    theirs = folders.ImageFolder(root)
    ours = listed(root)
    assert list(ours.classes) == theirs.classes
    assert sorted((str(root / p.path), p.label) for p in ours.photos) == sorted(theirs.samples)


# ------------------------------------------------------------------------------------------------- what is left out


SYSTEM = "a file of the operating system or a tool, not a photo"
SYSTEM_FOLDER = "a folder of the operating system or a tool, not a class"


def test_nothing_is_left_out_without_a_reason(build: Build) -> None:
    dataset = listed(
        build(
            *FOUR, "loose.png", "notes.txt", ".secret/a.png", "ants/a.jxl", "ants/b.mp4", "empty/", ".DS_Store",
            "README", "__MACOSX/x.png", "ants/Thumbs.db", "ants/._a.png", "ants/.b.png", "desktop.ini",
            ".ipynb_checkpoints/a.png", "ants/@eaDir/a.png",
        )
    )  # fmt: skip
    assert reasons(dataset) == {
        ".DS_Store": SYSTEM,
        ".ipynb_checkpoints": SYSTEM_FOLDER,
        ".secret": "a hidden folder: its name begins with a dot",
        "README": "not a photo: its name has no suffix such as .jpg",
        "__MACOSX": SYSTEM_FOLDER,
        "ants/._a.png": SYSTEM,
        "ants/.b.png": "hidden: its name begins with a dot",
        "ants/@eaDir": SYSTEM_FOLDER,
        "ants/Thumbs.db": SYSTEM,
        "ants/a.jxl": "a JPEG XL photo, which cannot be read here: save it as JPEG",
        "ants/b.mp4": "a video, not a photo",
        "desktop.ini": SYSTEM,
        "empty": "an empty class folder: it contains no photos",
        "loose.png": "is beside the class folders, not in one",
        "notes.txt": "not a photo: .txt files are not read",
    }
    assert dataset.classes == ("ants", "bees")
    assert [item.path for item in dataset.skipped] == sorted(item.path for item in dataset.skipped)


def test_rules_for_skipped_files_do_not_apply_to_folders(build: Build) -> None:
    names = (
        "license", "notice", "readme", "copying", "License plate", "license.plate", "Notice.board", "thumbs.db",
        "desktop.ini", "Icon\r", "makefile", "changelog", "a.jpg", "b.txt", "film.mp4",
    )  # fmt: skip
    flat = listed(build(*(f"{name}/{n}.png" for name in names for n in "ab")))
    assert set(flat.classes) == set(names)
    assert flat.skipped == ()
    split = listed(build(*(f"{part}/{name}/a.png" for name in names for part in ("train", "val")), root="split"))
    assert (set(split.classes), split.skipped) == (set(names), ())
    below = listed(build(*FOUR, *(f"ants/{name}/c.png" for name in names), root="below"))
    assert (len(below.photos), below.skipped) == (4 + len(names), ())


def test_many_skipped_files_of_a_kind_are_counted_in_one_row(build: Build) -> None:
    texts = [f"{name}/{number:02}.txt" for name in ("ants", "bees") for number in range(30)]
    loose = [f"{number:02}.png" for number in range(30)]
    dataset = listed(build(*FOUR, *texts, *loose, "ants/a.csv"))
    (row,) = (item for item in dataset.skipped if ".txt" in item.path)
    assert (row.path, row.count) == ("ants/00.txt", 60)
    assert row.reason == "not a photo: .txt files are not read (and 59 more like it)"
    assert sum(item.count for item in dataset.skipped) == 91  # every file, and the photos one by one
    assert len(dataset.skipped) == 32


def test_class_names_are_equal_in_any_unicode_normalization(build: Build) -> None:
    composed, apart = "caf\u00e9", "cafe\u0301"
    dataset = listed(
        build(*(f"train/{name}/a.png" for name in (composed, "tea")), f"val/{apart}/b.png", "val/tea/b.png")
    )
    assert dataset.classes == (composed, "tea")
    assert dataset.problems == ()
    assert {photo.path: photo.label for photo in dataset.photos}[f"val/{apart}/b.png"] == 0


def every_file(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir()}


def test_every_file_is_a_photo_or_left_out_whatever_the_layout(build: Build) -> None:
    layouts = {
        "test only": ["test/ants/a.png", "test/bees/a.png"],
        "deep": ["a/b/c/d/e.png", "a/b/.x/f.png", "a/b/c/readme.md", "f/g.png"],
        "beside": [f"{part}/{name}/a.png" for part in ("train", "val") for name in "ab"] + ["masks/a.png", "x.csv"],
        "in val": [f"{part}/{name}/a.png" for part in ("train", "val") for name in "ab"]
        + ["val/z.png", "val/.c/d.png"],
        "hidden split": ["train/a/a.png", "train/b/a.png", ".val/a/a.png"],
        "both spellings": ["train/a/a.png", "training/b/a.png", "val/a/a.png", "Validation/b/a.png"],
    }
    for name, files in layouts.items():
        root = build(*files, root=name)
        dataset = listed(root)
        paths = {photo.path for photo in dataset.photos} | {item.path for item in dataset.skipped}
        for file in every_file(root):
            parents = {str(parent) for parent in Path(file).parents}
            assert file in paths or parents & {item.path for item in dataset.skipped}, (name, file)


@pytest.mark.skipif(os.name == "nt", reason="links and pipes need rights there")
def test_circular_links_are_followed_only_once(build: Build) -> None:
    root = build(*FOUR)
    (root / "ants" / "up").symlink_to(root, target_is_directory=True)
    (root / "ants" / "self").symlink_to(root / "ants", target_is_directory=True)
    (root / "bees" / "loop.png").symlink_to(root / "bees" / "loop.png")
    (root / "bees" / "gone.png").symlink_to(root / "nowhere.png")
    os.mkfifo(root / "bees" / "pipe.png")
    dataset = listed(root)
    assert [photo.path for photo in dataset.photos] == list(FOUR)
    assert set(reasons(dataset)) == {"ants/up", "ants/self", "bees/loop.png", "bees/gone.png", "bees/pipe.png"}
    assert reasons(dataset)["ants/up"] == "a link to a folder that is already listed"
    assert reasons(dataset)["bees/gone.png"] == "a link that leads nowhere"


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_linked_class_folder_is_used(build: Build, tmp_path: Path) -> None:
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


def test_names_that_look_the_same_are_noted_once_for_each_folder() -> None:
    names = ["K\u00e4fer", "Ka\u0308fer", "ants", "ants ", "bees"]
    folders = [layout.ClassFolder(f"train/{name}", name, "train") for name in names]
    folders.append(layout.ClassFolder("val/bees", "bees", "val"))
    notes = layout.lookalike_notes(folders)
    assert [note.path for note in notes] == sorted(f"train/{name}" for name in names[:4])
    assert {note.text for note in notes} == {layout.ALIKE}


@pytest.mark.parametrize(
    ("inside", "shown"),
    [("xyz", "“x”, “y”, “z”):"), ("wxyz", "“w”, “x”, “y”, …):"), ("xy", "“x”, “y”):"), ("x", "")],
)
def test_the_same_folders_in_all_classes_are_noted(tmp_path: Path, inside: str, shown: str) -> None:
    for name in ("a", "b"):
        for part in inside:
            (tmp_path / name / part).mkdir(parents=True)
    folders = [layout.ClassFolder(name, name, "train") for name in ("a", "b")]
    notes = layout.repetition_notes(str(tmp_path), folders)
    assert [(note.path, f"({shown}" in note.text) for note in notes] == ([("a", True)] if shown else [])
    assert not layout.repetition_notes(str(tmp_path), folders[:1])


@pytest.mark.parametrize(
    ("paths", "splits"),
    [
        (["train/a/1.png", "val/1.png"], {"train": "train", "val": "val"}),
        (["Train/a/1.png", "valid/a/1.png", "x/1.png"], {"Train": "train", "valid": "val"}),
        (["train/a/1.png", "x/1.png"], {}),
        (["train/a/1.png", "x/a/1.png"], {"train": "train"}),
        (["train/a/1.png", "train/1.png", "x/a/1.png"], {}),
        (["train/a/1.png", "train/1.png", "test/a/1.png"], {"train": "train", "test": "test"}),
        (["train/1.png", "x/1.png"], {}),
        (["val/a/1.png", "test/a/1.png"], {}),
        (["train/1.txt", "val/1.txt"], {}),
    ],
)
def test_which_folders_are_parts_of_a_split(build: Build, paths: list[str], splits: dict[str, str]) -> None:
    root = build(*paths)
    assert layout._splits(str(root), sorted({path.split("/")[0] for path in paths})) == splits
