"""A run reads photos of more than 8 bits by one range, records it, and is used with it for ever."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from data.tiffs import png16, tiff
from tiny import LAST_BLOCK, SMALL, only, record, recorded, run_spec, trained

from studio.engine import export, prediction, training, vectors
from studio.events import EstimatedRange, Extracted, ImagePrediction, RangesFound, ValueRanges, Warned
from studio.spec import AugmentSpec, AugmentStep, DatasetSpec, Fault, FreezePlan, ValueRange
from studio.workbench import runs, value_ranges


def camera(folder: Path, white: float = 4095, kind: str = "u2", count: int = 8) -> Path:
    """Two classes, dark and bright, of values up to about `white`."""
    chance = np.random.default_rng(5)
    for label, level in (("bright", 0.9), ("dark", 0.25)):
        (folder / label).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            values = (chance.random((20, 24)) * level * white).astype(kind)
            (folder / label / f"{number}.tif").write_bytes(tiff(values))
    return folder


@pytest.fixture
def deep(tmp_path: Path) -> Path:
    return camera(tmp_path / "deep")


def predictions(run: Path) -> dict[str, list[float]]:
    with (run / "predictions.csv").open(encoding="utf-8", newline="") as file:
        return {row[0]: [float(number) for number in row[3:]] for row in list(csv.reader(file))[1:]}


def predicted(source: Path, folder: Path, paths: list[str]) -> dict[str, tuple[float, ...]]:
    events = prediction.predict(source, [str(folder / path) for path in paths], "cpu")
    found = only(list(events), ImagePrediction)
    return {Path(event.path).relative_to(folder).as_posix(): event.probabilities for event in found}


@pytest.mark.parametrize("plan", [FreezePlan(), LAST_BLOCK], ids=["frozen", "thawed"])
def test_run_and_exported_head_predict_what_the_run_wrote_down(deep: Path, tmp_path: Path, plan: FreezePlan) -> None:
    run = tmp_path / "run"
    events = trained(deep, run, plan)
    estimated = EstimatedRange("integer", 0.0, 4095.0, 12)
    assert only(events, RangesFound) == [RangesFound(ValueRanges(estimated=(estimated,)))]
    assert value_ranges.of(record(run)) == ValueRanges(estimated=(estimated,))
    expected = predictions(run)
    list(export.export(run, tmp_path / "head.safetensors"))
    for source in (run, tmp_path / "head.safetensors"):
        found = predicted(source, deep, list(expected))
        assert found.keys() == expected.keys()
        for path, numbers in expected.items():
            assert found[path] == pytest.approx(numbers, abs=1e-5)


def test_prediction_reads_one_photo_as_the_run_read_all(deep: Path, tmp_path: Path) -> None:
    """Alone, a dark photo would be taken for one of a camera of fewer bits."""
    trained(deep, tmp_path / "run", epochs=6, lr=0.02)
    alone = tmp_path / "alone" / "x.png"
    alone.parent.mkdir()
    alone.write_bytes(png16(np.random.default_rng(1).random((20, 24)) * 0.25 * 4095))
    events = list(prediction.predict(tmp_path / "run", [str(alone)], "cpu"))
    assert only(events, ImagePrediction)[0].predicted == "dark"
    assert not only(events, Warned)


def test_a_photo_whose_range_nobody_knows_is_predicted_with_a_warning(deep: Path, tmp_path: Path) -> None:
    trained(deep, tmp_path / "run")
    for number in range(2):
        (tmp_path / f"{number}.tif").write_bytes(tiff(np.full((9, 9), 0.5, "f4")))
    images = [str(tmp_path / f"{number}.tif") for number in range(2)]
    events = list(prediction.predict(tmp_path / "run", images, "cpu"))
    assert len(only(events, ImagePrediction)) == 2
    (warning,) = only(events, Warned)
    assert "0.tif and 1 more" in warning.title
    assert "0–1" in warning.title


def test_another_range_computes_deep_photos_anew_and_no_others(deep: Path, photos: Path, tmp_path: Path) -> None:
    for label in ("dark", "bright"):
        for number, photo in enumerate(sorted((photos / "cold").iterdir())[:5]):
            (deep / label / f"{number}.jpg").write_bytes(photo.read_bytes() + label.encode())
    cache = tmp_path / "cache"

    def computed(chosen: ValueRange | None, name: str) -> Extracted:
        spec = run_spec(deep)
        spec = replace(spec, dataset=replace(spec.dataset, value_range=chosen))
        return only(list(recorded(spec, tmp_path / name, cache)), Extracted)[0]

    first = computed(None, "a")
    assert (first.computed, first.reused) == (26, 0)
    again, other = computed(None, "b"), computed(ValueRange(0, 2000), "c")
    assert (again.computed, again.reused) == (0, 26)
    assert (other.computed, other.reused) == (16, 10)
    assert computed(ValueRange(0, 4095), "d").computed == 0  # the same range, whoever said it
    assert record(tmp_path / "c")["value_range"]["chosen"] == {"low": 0.0, "high": 2000.0}
    assert record(tmp_path / "c")["spec"]["dataset"]["value_range"] == {"low": 0.0, "high": 2000.0}


def test_ordinary_photos_keep_the_digests_of_version_01(photos: Path, tmp_path: Path) -> None:
    import hashlib

    trained(photos, tmp_path / "run")
    rows = list(csv.reader((tmp_path / "run" / "photos.csv").read_text(encoding="utf-8").splitlines()))
    known = {row[0]: row[-1] for row in rows if row[0].endswith(".jpg")}
    assert known
    for path, digest in known.items():
        assert digest == hashlib.blake2b((photos / path).read_bytes(), digest_size=16).hexdigest()
    assert value_ranges.of(record(tmp_path / "run")) == ValueRanges()


def test_a_run_that_goes_on_keeps_its_range(deep: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = tmp_path / "run"
    trained(deep, run)
    before = record(run)["value_range"]
    monkeypatch.setattr("studio.data.measuring.measure", lambda *_: pytest.fail("nothing is to be measured"))
    events = list(runs.recorded(training.resume(run, 4, cache=tmp_path / "cache"), run, go_on=True))
    assert only(events, Extracted)[0].computed == 0
    assert record(run)["value_range"] == before
    assert len(record(run)["epochs"]) == 4


def test_a_record_without_the_field_goes_on_photo_by_photo(deep: Path, tmp_path: Path) -> None:
    """Runs of version 0.1 themselves stand in `test_stored_runs`."""
    run = tmp_path / "run"
    trained(deep, run)
    data = record(run)
    del data["value_range"]
    (run / "run.json").write_text(json.dumps(data))
    assert value_ranges.of(data) == ValueRanges(by_photo=True)
    list(export.export(run, tmp_path / "head.safetensors"))
    assert json.loads((tmp_path / "head.json").read_text())["value_range"]["by_photo"] is True
    with pytest.raises(Fault, match="changed"):  # those photos were read by one range, and now would not be
        list(training.resume(run, 4, cache=tmp_path / "cache"))


def test_fixed_views_are_made_of_the_same_pixels(deep: Path, tmp_path: Path) -> None:
    spec = replace(run_spec(deep), augment=AugmentSpec((AugmentStep("flip", 0, 1.0),), views=1))
    list(recorded(spec, tmp_path / "run", tmp_path / "cache"))
    assert record(tmp_path / "run")["views"]["computed"] == 12
    assert value_ranges.of(record(tmp_path / "run")).estimated[0].high == 4095


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
def test_an_edited_record_is_refused_in_words(edited: object) -> None:
    with pytest.raises(Fault, match="value_range"):
        value_ranges.of({"value_range": edited})


def test_extracted_vectors_are_those_of_a_run(deep: Path, tmp_path: Path) -> None:
    trained(deep, tmp_path / "run")
    spec = DatasetSpec(str(deep))
    events = list(vectors.write(spec, SMALL, tmp_path / "f.npz", "cpu", cache=tmp_path / "cache"))
    assert only(events, Extracted)[0].computed == 0
    assert only(events, RangesFound)[0].ranges == value_ranges.of(record(tmp_path / "run"))
