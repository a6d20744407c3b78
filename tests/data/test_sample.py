from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from studio.data import sample, scan
from studio.data.images import decode
from studio.events import Progress, Saved, Stage
from studio.jobs import libraries
from studio.spec import DatasetSpec, UserError


def test_the_sample_has_no_findings(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "digits"
    events = list(sample.sample(folder, per_class=5))
    assert isinstance(events[0], Stage)
    assert events[-1] == Saved(str(folder), "sample")
    assert any(isinstance(event, Progress) and event.done == event.total == 50 for event in events)
    dataset = scan.listing(DatasetSpec(str(folder)))
    assert dataset.classes == tuple("0123456789")
    assert [sum(row) for row in zip(*dataset.counts().values(), strict=True)] == [5] * 10
    assert all(min(row) > 0 for row in dataset.counts().values())
    assert ([item.path for item in dataset.skipped], dataset.problems) == (["README.txt"], ())
    assert "CC BY 4.0" in (folder / "README.txt").read_text(encoding="utf-8")
    assert [path.name for path in folder.parent.iterdir()] == ["digits"]
    image = np.asarray(decode.read(folder / dataset.photos[0].path))
    assert image.shape == (80, 80, 3)
    assert image[:2, :2].min() > 230
    assert image.min() < 40


def test_existing_photos_of_the_sample_are_kept_and_missing_ones_written(tmp_path: Path) -> None:
    folder = tmp_path / "digits"
    list(sample.sample(folder, per_class=2))
    files = sorted(folder.rglob("*.png"))
    assert len(files) == 20
    before = {path: path.stat().st_mtime_ns for path in files}
    list(sample.sample(folder, per_class=2))
    assert {path: path.stat().st_mtime_ns for path in files} == before
    files[3].unlink()
    list(sample.sample(folder, per_class=2))
    assert files[3].is_file()
    assert all(path.stat().st_mtime_ns == before[path] for path in files if path != files[3])


def test_an_interrupted_sample_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.jobs.progress.EVERY", 0.0)
    job = sample.sample(tmp_path / "digits", per_class=3)
    while not isinstance(event := next(job), Progress) or event.done < 7:
        pass
    assert list(tmp_path.iterdir())
    job.close()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_other_files_is_not_changed(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UserError, match="other content") as caught:
        list(sample.sample(tmp_path, per_class=2))
    assert str(tmp_path) in caught.value.title
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    empty = tmp_path / "empty"
    empty.mkdir()
    list(sample.sample(empty, per_class=2))
    assert (empty / "0").is_dir()


def test_the_sample_is_reproducible(tmp_path: Path) -> None:
    for name in ("a", "b"):
        list(sample.sample(tmp_path / name, per_class=3))
    first, second = ({p.relative_to(tmp_path / n): p.read_bytes() for p in (tmp_path / n).rglob("*.png")} for n in "ab")
    assert first == second
    assert {"digit_0000.png", "digit_1793.png"} <= {path.name for path in first if path.parent.name == "0"}


@pytest.mark.parametrize("there", [False, True], ids=["no folder", "an empty folder"])
def test_two_concurrent_writers_of_the_sample_both_succeed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    monkeypatch.setattr("studio.jobs.progress.EVERY", 0.0)
    folder = tmp_path / "digits"
    if there:
        folder.mkdir()
    one, other = sample.sample(folder, per_class=2), sample.sample(folder, per_class=2)
    for job in (one, other):  # no sample exists for either, and each writes its own
        while not (isinstance(event := next(job), Progress) and event.done >= 5):
            pass
    assert list(one)[-1] == Saved(str(folder), "sample")
    with monkeypatch.context() as patch:  # the other one looked just before the folder was filled
        patch.setattr(sample, "_is_filled", lambda _folder: False)
        assert list(other)[-1] == Saved(str(folder), "sample")
    assert [path.name for path in tmp_path.iterdir()] == ["digits"]
    dataset = scan.listing(DatasetSpec(str(folder)))
    assert len(dataset.photos) == 20


def test_ink_is_dark_on_light_paper_with_a_margin() -> None:
    levels = np.zeros((8, 8))
    assert np.asarray(sample._picture(levels)).min() == 255
    levels[:] = 16
    ink = np.asarray(sample._picture(levels))
    assert ink.shape == (80, 80)
    assert ink[40, 40] == 0
    assert ink[0].min() == 255
    levels[:] = 8
    assert np.asarray(sample._picture(levels))[40, 40] == 128


@pytest.mark.parametrize(("wanted", "total"), [(1, 20), (2, 20), (3, 30), (1000, 1797)])
def test_the_chosen_photos_are_spread_over_all_of_a_digit(wanted: int, total: int) -> None:
    _, chosen = sample._chosen(wanted)
    assert len(chosen) == total
    ones = [row for name, row in chosen.items() if name.startswith("1/")]
    assert (ones[0], ones[-1]) == (1, 1774)


def test_the_sample_waits_for_an_import_in_another_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "sklearn.datasets", raising=False)
    loaded: list[str] = []
    monkeypatch.setattr(libraries, "_load", loaded.append)
    with libraries._IMPORTING:  # as while torch is imported: scikit-learn would see half of it
        steps = sample.sample(tmp_path / "digits", per_class=2)
        waits = [next(steps) for _ in range(3)]
        assert {(step.name, step.title) for step in waits} == {("import", "Starting: loading sklearn.datasets")}
        assert loaded == []
    next(steps)
    assert loaded == ["sklearn.datasets"]
