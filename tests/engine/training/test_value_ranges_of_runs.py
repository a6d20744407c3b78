"""A run reads photos of more than 8 bits with one value range, records it, and uses it from then on."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from tiffs import png16, tiff
from tiny import LAST_BLOCK, LITE0, SMALL, finish, load, only, record, recorded, run_spec, trained

from studio.data.scan import listing
from studio.engine.export import feature_vectors, head
from studio.engine.export.model import export_model
from studio.engine.extraction import extract
from studio.engine.predict import predict
from studio.engine.training import run as training
from studio.events import EstimatedRange, Event, FeaturesComputed, ImagePrediction, RangesEstimated, ValueRanges, Warned
from studio.jobs.protocol import never
from studio.runs import folder as runs
from studio.runs.files import value_ranges
from studio.spec import AugmentSpec, AugmentStep, DatasetSpec, UserError, ValueRange
from studio.spec.structs import replace


def camera(folder: Path, white: float = 4095, kind: str = "u2", count: int = 8) -> Path:
    """Two classes, dark and bright, with values up to about `white`."""
    chance = np.random.default_rng(5)
    for label, level in (("bright", 0.9), ("dark", 0.25)):
        (folder / label).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            values = (chance.random((20, 24)) * level * white).astype(kind)
            (folder / label / f"{number}.tif").write_bytes(tiff(values))
    return folder


ESTIMATED = ValueRanges(estimated=(EstimatedRange("integer", 0.0, 4095.0, 12),))


@pytest.fixture(scope="module")
def deep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos of a camera, beside the cache of their features."""
    return camera(tmp_path_factory.mktemp("camera") / "deep")


@pytest.fixture(scope="module")
def trained_once(deep: Path) -> tuple[Path, list[Event]]:
    """A run on them, and its events."""
    run = deep.parent / "run"
    return run, trained(deep, run, backbone=LITE0, epochs=4, lr=0.02, result="last")


@pytest.fixture
def run(trained_once: tuple[Path, list[Event]], tmp_path: Path) -> Path:
    """A copy of that run."""
    return Path(shutil.copytree(trained_once[0], tmp_path / "run"))


def file_predictions(run: Path) -> dict[str, list[float]]:
    with (run / "predictions.csv").open(encoding="utf-8", newline="") as file:
        return {row[0]: [float(number) for number in row[3:]] for row in list(csv.reader(file))[1:]}


def predicted(source: Path, folder: Path, paths: list[str]) -> dict[str, tuple[float, ...]]:
    events = predict.predict(source, [str(folder / path) for path in paths], "cpu")
    predictions = only(list(events), ImagePrediction)
    return {Path(event.path).relative_to(folder).as_posix(): event.probabilities for event in predictions}


@pytest.mark.slow
def test_the_run_and_its_exported_head_give_the_stored_predictions(
    deep: Path, trained_once: tuple[Path, list[Event]], tmp_path: Path
) -> None:
    run, events = trained_once
    assert only(events, RangesEstimated) == [RangesEstimated(ESTIMATED)]
    assert value_ranges.of(record(run)) == ESTIMATED
    same_predictions(run, deep, tmp_path)


@pytest.mark.slow
def test_a_thawed_run_and_its_head_predict_the_same(deep: Path, tmp_path: Path) -> None:
    trained(deep, tmp_path / "run", LAST_BLOCK, LITE0)
    same_predictions(tmp_path / "run", deep, tmp_path)


def same_predictions(run: Path, deep: Path, tmp_path: Path) -> None:
    expected = file_predictions(run)
    list(head.export(run, tmp_path / "head.safetensors"))
    for source in (run, tmp_path / "head.safetensors"):
        predictions = predicted(source, deep, list(expected))
        assert predictions.keys() == expected.keys()
        for path, numbers in expected.items():
            assert predictions[path] == pytest.approx(numbers, abs=1e-5)


@pytest.mark.slow
def test_prediction_reads_photos_as_the_run_did(run: Path, tmp_path: Path) -> None:
    """Predict a dark photo, which alone would be read as one of a camera with fewer bits."""
    alone = tmp_path / "alone.png"
    alone.write_bytes(png16(np.random.default_rng(1).random((20, 24)) * 0.25 * 4095))
    for number in range(2):  # photos whose value range is unknown
        (tmp_path / f"{number}.tif").write_bytes(tiff(np.full((9, 9), 0.5, "f4")))
    images = [str(alone), *(str(tmp_path / f"{number}.tif") for number in range(2))]
    events = list(predict.predict(run, images, "cpu"))
    predictions = only(events, ImagePrediction)
    assert len(predictions) == 3
    assert predictions[0].predicted == "dark"
    (warning,) = only(events, Warned)
    assert "0.tif and 1 more" in warning.title
    assert "0–1" in warning.title


@pytest.mark.slow
def test_a_prediction_warns_about_values_outside_the_range_of_the_run(run: Path, tmp_path: Path) -> None:
    files = {
        "inside.tif": tiff(np.full((9, 9), 4000, "u2")),
        "above.tif": tiff(np.full((9, 9), 16000, "u2")),
        "above2.tif": tiff(np.full((9, 9), 60000, "u2")),
        "stated.tif": tiff(np.full((9, 9), 16000, "u2"), extra=[(281, 3, [16383])]),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    events = list(predict.predict(run, [str(tmp_path / name) for name in files], "cpu"))
    assert len(only(events, ImagePrediction)) == 4
    (warning,) = only(events, Warned)
    assert "above.tif and 1 more: more than 1 % of its values are above the estimated range, 0–4095" in warning.title


def test_another_range_computes_only_deep_photos_again(photos: Path, tmp_path: Path) -> None:
    folder = camera(tmp_path / "mixed", count=3)
    for label in ("dark", "bright"):
        for number, photo in enumerate(sorted((photos / "cold").iterdir())[:2]):
            (folder / label / f"{number}.jpg").write_bytes(photo.read_bytes() + label.encode())

    def computed(chosen: ValueRange | None) -> tuple[int, int]:
        spec = DatasetSpec(str(folder), value_range=chosen)
        events = list(feature_vectors.write(spec, SMALL, tmp_path / "f.npz", "cpu", cache=tmp_path / "cache"))
        (features,) = only(events, FeaturesComputed)
        return features.computed, features.reused

    assert computed(None) == (10, 0)
    assert computed(ValueRange(0, 2000)) == (6, 4)
    assert computed(ValueRange(0, 4095)) == (0, 10)  # the range that was estimated


@pytest.mark.slow
def test_digests_of_8_bit_photos_are_those_of_version_0_1(deep: Path, run: Path, photos: Path, tmp_path: Path) -> None:
    """Photos of 8 bits keep the digests of version 0.1, so that features cached then are used."""
    dataset = listing(DatasetSpec(str(photos)))
    rows = finish(extract.extract(load(), dataset, "pixels", torch.device("cpu"), never, tmp_path / "cache"))[1]
    for photo, digest in zip(dataset.photos, rows.digests, strict=True):
        data = (photos / photo.path).read_bytes()
        assert digest == hashlib.blake2b(data, digest_size=16).digest()
    text = (run / "photos.csv").read_text(encoding="utf-8")
    assert hashlib.blake2b((deep / "dark" / "0.tif").read_bytes(), digest_size=16).hexdigest() not in text


def test_a_chosen_range_is_recorded(deep: Path, tmp_path: Path) -> None:
    spec = run_spec(deep, epochs=1)
    spec = replace(spec, dataset=replace(spec.dataset, value_range=ValueRange(0, 2000)))
    list(recorded(spec, tmp_path / "run", deep.parent / "cache"))
    data = record(tmp_path / "run")
    assert value_ranges.of(data) == ValueRanges(ValueRange(0, 2000))
    assert data["spec"]["dataset"]["value_range"] == {"low": 0.0, "high": 2000.0}


@pytest.mark.slow
def test_a_resumed_run_keeps_its_value_range(deep: Path, run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.data.images.measuring.measure", lambda *_: pytest.fail("nothing is to be measured"))
    going_on = training.resume(run, 5, cache=deep.parent / "cache")
    events = list(runs.record_events(going_on, run, resumed=True))
    assert only(events, FeaturesComputed)[0].computed == 0
    assert value_ranges.of(record(run)) == ESTIMATED
    assert len(record(run)["epochs"]) == 5


@pytest.mark.slow
def test_a_run_recorded_without_a_value_range_scales_each_photo_by_its_own(
    deep: Path, run: Path, tmp_path: Path
) -> None:
    """Remove the field from a new run; runs of version 0.1 are tested in `test_stored_runs`."""
    data = record(run)
    del data["value_range"]
    (run / "run.json").write_text(json.dumps(data))
    assert value_ranges.of(data) == ValueRanges(by_photo=True)
    list(head.export(run, tmp_path / "head.safetensors"))
    assert json.loads((tmp_path / "head.json").read_text())["value_range"]["by_photo"] is True
    with pytest.raises(
        UserError, match="changed"
    ):  # the photos were read with one range, but now would be read with several
        list(training.resume(run, 6, cache=tmp_path / "cache"))


@pytest.mark.slow
def test_fixed_views_use_the_same_pixels(deep: Path, tmp_path: Path) -> None:
    spec = replace(run_spec(deep), augment=AugmentSpec((AugmentStep("flip", 0, 1.0),), views=1))
    list(recorded(spec, tmp_path / "run", tmp_path / "cache"))
    assert record(tmp_path / "run")["views"]["computed"] == 12
    assert value_ranges.of(record(tmp_path / "run")) == ESTIMATED


@pytest.mark.parametrize(
    "edited",
    [
        3,
        {},
        {"chosen": {"low": 5, "high": 5}, "estimated": [], "by_photo": False},
        {"chosen": None, "estimated": [{"kind": "color", "low": 0, "high": 1, "photos": 1}], "by_photo": False},
        {"chosen": None, "estimated": [{"kind": "float", "low": 0, "high": "x", "photos": 1}], "by_photo": False},
    ],
)
def test_an_edited_value_range_in_a_record_is_refused(edited: object) -> None:
    with pytest.raises(UserError, match="value_range"):
        value_ranges.of({"value_range": edited})


@pytest.mark.slow
def test_extracted_features_equal_those_of_a_run(deep: Path, run: Path, tmp_path: Path) -> None:
    spec = DatasetSpec(str(deep), split_by="photo", split_near=False)  # as the run
    events = list(feature_vectors.write(spec, LITE0, tmp_path / "f.npz", "cpu", cache=deep.parent / "cache"))
    assert only(events, FeaturesComputed)[0].computed == 0
    assert only(events, RangesEstimated)[0].ranges == ESTIMATED


@pytest.mark.slow
def test_a_whole_model_of_deep_photos_is_refused(run, tmp_path):
    """Its program would read them without the run's value range."""
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(UserError, match="more than 8 bits") as error:
        list(export_model.export(run, out / "m.safetensors", "model"))
    assert "--format head" in error.value.hint
    assert not list(out.iterdir())
