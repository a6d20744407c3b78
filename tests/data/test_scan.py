from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest
from conftest import Build

from studio.data import scan
from studio.events import Dataset, DatasetFound, Event, Photo, Progress, Skipped, Stage
from studio.spec import DatasetSpec, Fault

FOUR = ("ants/a.png", "ants/b.png", "bees/a.png", "bees/b.png")


def listed(folder: Path, val_fraction: float = 0.5) -> Dataset:
    return scan.listing(DatasetSpec(str(folder), val_fraction))


def reasons(dataset: Dataset) -> dict[str, str]:
    return {item.path: item.reason for item in dataset.skipped}


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("photos")]


# ------------------------------------------------------------------------------------------------- arrangements


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


# ------------------------------------------------------------------------------------------------- faults


def test_faults_name_the_path_and_the_way_out(build: Build, tmp_path: Path) -> None:
    file = tmp_path / "photo.jpg"
    file.write_text("x")
    cases = {
        str(tmp_path / "nowhere"): "There is no folder",
        str(file): "is a file, not a folder",
        str(build("void/", root="a") / "void"): "is empty",
        str(build("x.png", "y.png", root="flat")): "holds 2 photos but no folder for each class",
        str(build("x.txt", root="texts")): "holds no photos and no folders",
        str(build("train/x.png", "val/y.png", root="flat-split")): "holds photos but no folder for each class",
    }
    for folder, words in cases.items():
        with pytest.raises(Fault) as caught:
            listed(Path(folder))
        assert words in caught.value.title
        assert folder in caught.value.title
        assert caught.value.hint
    with pytest.raises(Fault, match="no folder"):
        scan.listing(DatasetSpec(""))


def test_a_root_that_may_not_be_read(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    root = build(*FOUR)

    def refuse(_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(Fault, match="not permitted") as caught:
        listed(root)
    assert str(root) in caught.value.title


def test_a_share_out_of_bounds_matters_only_where_it_is_used(build: Build) -> None:
    with pytest.raises(Fault, match="held out"):
        listed(build(*FOUR), val_fraction=1.0)
    both = [f"{part}/{name}/a.png" for part in ("train", "val") for name in ("ants", "bees")]
    assert listed(build(*both, root="b"), val_fraction=1.0).split_found


# ------------------------------------------------------------------------------------------------- problems


def titles(dataset: Dataset) -> list[str]:
    assert all(problem.hint for problem in dataset.problems)
    return [problem.title for problem in dataset.problems]


def test_no_photo_at_all(build: Build) -> None:
    root = build("ants/", "bees/")
    assert titles(listed(root)) == [f"“{root}” holds no photo that can be read."]


def test_only_one_class(build: Build) -> None:
    assert titles(listed(build("ants/a.png", "ants/b.png", "bees/"))) == ["There are photos of only one class, “ants”."]


def test_a_folder_too_high_up_is_guessed(build: Build) -> None:
    (problem,) = listed(build(*(f"insects/{path}" for path in FOUR))).problems
    assert problem.hint == "If the folders inside “insects” are the classes, open “insects” itself."


def test_a_class_with_one_photo(build: Build) -> None:
    dataset = listed(build(*FOUR, "wasps/only.png"))
    assert titles(dataset) == ["The class “wasps” has only one photo, “wasps/only.png”."]
    assert dataset.photos[-1] == Photo("wasps/only.png", 2, "train")


def test_a_class_for_validation_that_is_not_in_train(build: Build) -> None:
    both = [f"{part}/{name}/a.png" for part in ("train", "val") for name in ("ants", "bees")]
    dataset = listed(build(*both, "val/wasps/a.png"))
    assert dataset.classes == ("ants", "bees", "wasps")
    assert titles(dataset) == ["The class “wasps” has photos for validation (“val/wasps”) but none for training."]


def test_no_validation_photos(build: Build) -> None:
    dataset = listed(build("train/ants/a.png", "train/bees/a.png", "val/ants/"))
    assert titles(dataset) == ["There are no photos for validation."]


def test_dropping_unreadable_photos_brings_problems_to_light(build: Build) -> None:
    dataset = listed(build(*FOUR))
    train = next(photo.path for photo in dataset.photos if photo.label == 1 and photo.split == "train")
    smaller = scan.without(dataset, [Skipped(train, "empty file")])
    assert train not in {photo.path for photo in smaller.photos}
    assert Skipped(train, "empty file") in smaller.skipped
    assert smaller.classes == dataset.classes
    assert any("“bees”" in title for title in titles(smaller))
    neither = scan.without(dataset, [Skipped(path, "empty file") for path in FOUR[2:]])
    assert titles(neither) == [
        "There are photos of only one class, “ants”.",
        "The class “bees” has no readable photo for training.",
    ]
    assert scan.without(dataset, []) is dataset


# ------------------------------------------------------------------------------------------------- the job


def test_a_scan_lists_then_checks(build: Build) -> None:
    root = build(*FOUR, "ants/c.png")
    (root / "ants" / "bad.jpg").write_text("<html>")
    cut = (root / "bees" / "a.png").read_bytes()
    (root / "bees" / "cut.png").write_bytes(cut[:-30])
    (root / "bees" / "none.png").write_bytes(b"")
    events = list(scan.scan(DatasetSpec(str(root))))
    assert [event.name for event in events if isinstance(event, Stage)] == ["scan", "check"]
    first, last = (event.dataset for event in events if isinstance(event, DatasetFound))
    assert isinstance(events[-1], DatasetFound)
    assert (len(first.photos), first.checked, len(last.photos), last.checked) == (8, False, 5, True)
    assert reasons(last) == {
        "ants/bad.jpg": "a web page, not an image",
        "bees/cut.png": "cut off: the file ends early",
        "bees/none.png": "empty file",
    }
    # Whoever stays, stays where it was.
    assert set(last.photos) < set(first.photos)
    final = [event for event in events if isinstance(event, Progress) and event.stage == "check"][-1]
    assert (final.done, final.total) == (8, 8)


def test_without_a_check_no_photo_is_opened(build: Build) -> None:
    root = build(*FOUR)
    (root / "ants" / "a.png").write_bytes(b"")
    events = list(scan.scan(DatasetSpec(str(root)), check=False))
    assert {type(event) for event in events[1:-1]} == {Progress}
    assert [event.name for event in events if isinstance(event, Stage)] == ["scan"]
    (dataset,) = (event.dataset for event in events if isinstance(event, DatasetFound))
    assert len(dataset.photos) == 4
    assert not dataset.checked


def test_a_scan_may_be_closed_at_any_event(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.data.pace.EVERY", 0.0)
    root = build(*(f"{name}/{number}.png" for name in ("ants", "bees") for number in range(20)))
    spec = DatasetSpec(str(root))
    total = len(list(scan.scan(spec)))
    assert total > 40
    seen_threads = False
    for stop in range(1, total):
        job = scan.scan(spec)
        events: list[Event] = [next(job) for _ in range(stop)]
        seen_threads |= bool(threads())
        job.close()
        assert len(events) == stop
        assert threads() == []
    assert seen_threads


def test_progress_is_rare(build: Build) -> None:
    root = build(*(f"{name}/{number}.png" for name in ("ants", "bees") for number in range(100)))
    begun = time.monotonic()
    events = list(scan.scan(DatasetSpec(str(root))))
    progress = [event for event in events if isinstance(event, Progress)]
    assert len(progress) <= 6 + 10 * (time.monotonic() - begun)


def test_many_photos_list_quickly(tmp_path: Path) -> None:
    for name in ("ants", "bees"):
        (tmp_path / name).mkdir()
        for number in range(2500):
            os.close(os.open(tmp_path / name / f"{number}.jpg", os.O_CREAT))
    begun = time.process_time()
    assert len(listed(tmp_path).photos) == 5000
    assert time.process_time() - begun < 1.0


HYMENOPTERA = Path(__file__).parents[3] / "shared" / "data" / "hymenoptera"


@pytest.mark.real_data
@pytest.mark.skipif(not HYMENOPTERA.is_dir(), reason="the ants and bees are not beside the project")
def test_ants_and_bees() -> None:
    *_, last = scan.scan(DatasetSpec(str(HYMENOPTERA)))
    assert isinstance(last, DatasetFound)
    assert last.dataset.counts() == {"train": [124, 121], "val": [70, 83]}
    assert (last.dataset.classes, last.dataset.skipped, last.dataset.problems) == (("ants", "bees"), (), ())
