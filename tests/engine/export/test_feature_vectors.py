from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import safetensors
import torch
from tiny import SMALL, finish, load, only
from tiny_network import WIDTH

from studio.data.scan import listing
from studio.engine.export import feature_vectors
from studio.engine.extraction import extract
from studio.events import DatasetScanned, Saved, Warned
from studio.jobs.protocol import never
from studio.spec import DatasetSpec, UserError


def write(photos: Path, out: Path):
    return list(feature_vectors.write(DatasetSpec(str(photos)), SMALL, out, "cpu", cache=photos.parent / "cache"))


def cached(photos: Path) -> tuple[np.ndarray, list[str]]:
    dataset = listing(DatasetSpec(str(photos)))
    running = extract.extract(load(), dataset, "features", torch.device("cpu"), never, photos.parent / "cache")
    rows = finish(running)[1].rows
    return rows.take(np.arange(len(rows))), [photo.path for photo in dataset.photos]


@pytest.mark.slow
def test_three_formats_have_the_values_of_the_cache(photos, tmp_path):
    expected, paths = cached(photos)
    for name in ("f.npz", "f.csv", "f.safetensors"):
        assert only(write(photos, tmp_path / name), Saved)[0].path == str(tmp_path / name)
    with np.load(tmp_path / "f.npz", allow_pickle=False) as npz:
        assert np.array_equal(npz["features"], expected)
        assert npz["paths"].tolist() == paths
        assert npz["classes"].tolist() == ["cold", "warm"]
        labels, splits = npz["labels"].tolist(), npz["splits"].tolist()
    assert labels == [path.startswith("warm") for path in paths]
    assert {"train", "val"} == set(splits)
    with (tmp_path / "f.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["path"] for row in rows] == paths
    assert [int(row["label"]) for row in rows] == labels
    assert [row["class"] for row in rows] == [["cold", "warm"][label] for label in labels]
    assert [row["split"] for row in rows] == splits
    table = np.array([[row[f"f{column}"] for column in range(WIDTH)] for row in rows], dtype=np.float32)
    assert np.array_equal(table, expected), "nine digits represent a float32 exactly"
    with safetensors.safe_open(tmp_path / "f.safetensors", "np") as tensors:
        assert np.array_equal(tensors.get_tensor("features"), expected)
        assert tensors.get_tensor("labels").tolist() == labels
        words = {key: json.loads(value) for key, value in tensors.metadata().items()}
    assert words == {"classes": ["cold", "warm"], "paths": paths, "splits": splits}


def test_a_photo_that_cannot_be_read_has_no_row(photos, tmp_path):
    (photos / "cold" / "05.jpg").write_bytes(b"no photo")
    events = write(photos, tmp_path / "f.npz")
    assert only(events, Warned)
    assert len(only(events, DatasetScanned)[0].dataset.photos) == 23
    with np.load(tmp_path / "f.npz") as npz:
        assert len(npz["features"]) == len(npz["paths"]) == 23
        assert "cold/05.jpg" not in npz["paths"]


def test_one_class_is_enough_for_features(photos, tmp_path):
    for file in (photos / "cold").iterdir():
        file.unlink()
    (photos / "cold").rmdir()
    write(photos, tmp_path / "f.npz")
    assert (tmp_path / "f.npz").is_file()


@pytest.mark.parametrize(
    ("out", "words"), [("f.txt", "should end in"), ("f", "should end in"), ("nowhere/f.npz", "no folder")]
)
def test_an_impossible_path_is_an_error_before_anything_is_computed(photos, tmp_path, out, words):
    running = feature_vectors.write(DatasetSpec(str(photos)), SMALL, tmp_path / out, "cpu")
    with pytest.raises(UserError, match=words):
        next(running)


@pytest.mark.parametrize("place", ["taken/f.npz", "/proc/f.npz"])
def test_a_folder_that_cannot_be_written_is_an_error_before_anything_is_computed(photos, tmp_path, place):
    (tmp_path / "taken" / "f.npz").mkdir(parents=True)
    running = feature_vectors.write(DatasetSpec(str(photos)), SMALL, tmp_path / place, "cpu")
    with pytest.raises(UserError, match="cannot be written"):
        next(running)
    assert [path.name for path in (tmp_path / "taken").iterdir()] == ["f.npz"]


def test_a_disk_that_fills_up_while_writing_leaves_no_partial_file(photos, tmp_path, monkeypatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(UserError, match="No space left"):
        write(photos, tmp_path / "f.npz")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "photos"]


def test_only_unreadable_photos_are_an_error(photos, tmp_path):
    for file in photos.rglob("*.jpg"):
        file.write_bytes(b"no photo")
    with pytest.raises(UserError, match="can be read"):
        write(photos, tmp_path / "f.npz")
