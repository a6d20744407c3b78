"""Features of a run's photos are written in each format and give the answers of the run."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from tiny import LAST_BLOCK, only, trained

from studio.engine.export import feature_vectors, features_about, features_of_run
from studio.events import Dataset, ModelExported, Photo, Progress, Stage
from studio.spec import UserError
from studio.spec.structs import replace


@pytest.fixture(scope="module")
def run(shared_photos: Path, tmp_path_factory) -> Path:
    run = tmp_path_factory.mktemp("trained") / "run"
    trained(shared_photos, run, LAST_BLOCK, epochs=1)
    return run


def test_every_format_has_the_same_numbers(run, tmp_path):
    arrays = []
    for suffix in (".npz", ".csv", ".safetensors", ".parquet"):
        if suffix == ".parquet" and importlib.util.find_spec("pyarrow") is None:
            continue
        out = tmp_path / f"f{suffix}"
        events = list(features_of_run.export(run, out, "best"))
        first = next(place for place, event in enumerate(events) if isinstance(event, Progress))
        assert events[first - 1] == Stage("predict", "Computing features")
        certificate = only(events, ModelExported)[0].certificate
        assert certificate.passed
        assert certificate.same_class == certificate.photos > 0
        assert Path(f"{out}.certificate.json").is_file()
        arrays.append(features_of_run.read(out))
    assert arrays[0].shape[1] == 32
    assert all(np.array_equal(one, arrays[0]) for one in arrays)


def test_a_file_of_features_that_is_not_read_back_equal_is_not_verified(run, tmp_path, monkeypatch):
    real = features_of_run.read
    monkeypatch.setattr(features_of_run, "read", lambda file: real(file) + 1)
    result = only(list(features_of_run.export(run, tmp_path / "f.npz", "best")), ModelExported)[0]
    assert not result.certificate.passed
    assert result.file.endswith("f.npz.unproved")
    assert result.certificate.file == "f.npz.unproved"
    assert not (tmp_path / "f.npz").exists()
    first = result.certificate.first_difference
    assert first is not None
    assert (Path(first.photo).is_file(), first.difference, first.why) == (True, 1.0, "another value of feature 0")
    # One that passes replaces it.
    monkeypatch.undo()
    list(features_of_run.export(run, tmp_path / "f.npz", "best"))
    assert {file.name for file in tmp_path.iterdir()} == {"f.npz", "f.npz.certificate.json"}


@pytest.mark.parametrize("suffix", [".npz", ".csv", ".safetensors", ".parquet"])
@pytest.mark.parametrize("target", ["", "age, in years"])
def test_what_a_file_says_about_its_photos_is_compared(tmp_path, suffix, target):
    if suffix == ".parquet":
        pytest.importorskip("pyarrow")
    photos = (Photo('ä, "b"/1.jpg', 0, "train", 0.1), Photo("c\n/2.jpg", 1, "val", 1e-9))
    dataset = Dataset("/p", ("ä, b", "c\n"), photos, target=target)
    file = tmp_path / f"f{suffix}"
    feature_vectors.write_rows(suffix, file, dataset, features_of_run.Vectors(np.eye(2, dtype=np.float32)))
    assert features_about.first_difference(file, dataset) is None
    for other, why in (
        (photos[::-1], "another path"),
        ((photos[0], replace(photos[1], label=0, target=2.0)), f"another {target or 'class'}"),
        ((photos[0], replace(photos[1], split="train")), "another split"),
        (photos[:1], "another number of photos"),
    ):
        found = features_about.first_difference(file, replace(dataset, photos=tuple(other)))
        assert found is not None
        assert found.why == why


def test_a_wrong_class_in_the_file_is_not_verified(run, tmp_path, monkeypatch):
    def swapped(suffix, file, dataset, rows):
        return real(suffix, file, replace(dataset, classes=dataset.classes[::-1]), rows)

    real = feature_vectors.write_rows
    monkeypatch.setattr(feature_vectors, "write_rows", swapped)
    result = only(list(features_of_run.export(run, tmp_path / "f.csv", "best")), ModelExported)[0]
    assert not result.certificate.passed
    assert result.certificate.first_difference.why == "another class"
    assert result.file.endswith("f.csv.unproved")


@pytest.mark.parametrize("broken", [lambda rows: rows[1:], lambda rows: rows * np.float32("nan")])
def test_the_certificate_of_any_difference_can_be_read_again(broken):
    photos = tuple(Photo(f"{name}.jpg", 0, "val") for name in "ab")
    values = np.array([[1.0, 0.0], [2.0, 0.0]], np.float32)
    head = {"weight": np.eye(2, dtype=np.float32), "bias": np.zeros(2, np.float32)}
    found = features_of_run._compared(broken(values), values, Dataset("/p", ("x", "y"), photos), head)
    assert not found.passed
    assert found.largest == 1.0
    assert found.first is not None
    assert features_of_run._compared(values, values, Dataset("/p", ("x", "y"), photos), head).passed


def test_earlier_files_are_not_replaced(run, tmp_path, monkeypatch):
    """Files of the run itself are refused, and a proved file outlives a later one that is not."""
    own = run / "head.safetensors"
    before = own.read_bytes()
    with pytest.raises(UserError, match="the run itself"):
        list(features_of_run.export(run, own, "best"))
    assert own.read_bytes() == before
    out = tmp_path / "f.npz"
    list(features_of_run.export(run, out, "best"))
    proved = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    real = features_of_run.read
    monkeypatch.setattr(features_of_run, "read", lambda file: real(file) + 1)
    list(features_of_run.export(run, out, "best"))
    assert {name: (tmp_path / name).read_bytes() for name in proved} == proved
    assert {file.name for file in tmp_path.iterdir()} - proved.keys() == {
        "f.npz.unproved",
        "f.npz.unproved.certificate.json",
    }
