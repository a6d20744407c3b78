"""The crop policy of a run: training, prediction and export see the same pixels, and caches are never mixed."""

from __future__ import annotations

import csv
from pathlib import Path
from types import SimpleNamespace

import msgspec
import numpy as np
import pytest
import torch
from PIL import Image
from tiny import LITE0, SMALL, finish, load, only, record, trained
from trimming import few

from studio.catalog import catalog
from studio.data.images.decode import read
from studio.data.images.preprocess import frame
from studio.data.scan import listing
from studio.engine.backbones.backbone import LoadedBackbone
from studio.engine.cache import artifacts
from studio.engine.export import head
from studio.engine.export.model import export_model
from studio.engine.extraction import extract
from studio.engine.predict import compiled_model, part_predictions, predict
from studio.events import FeaturesComputed, ImagePrediction, ModelExported
from studio.jobs.protocol import never
from studio.runs import folder as runs
from studio.runs.head_card import read as read_card
from studio.spec import DatasetSpec
from studio.spec.structs import asdict, replace

POLICIES = [("default", "mean"), ("squash", "mean"), ("fit", "mean"), ("fit", "black")]


@pytest.fixture
def wide(photos: Path) -> Path:
    """The photos, each with a broad margin on one side: what is seen depends on the policy."""
    for file in photos.glob("*/*.jpg"):
        image = Image.open(file)
        canvas = Image.new("RGB", (3 * image.width, image.height), (20, 200, 20))
        canvas.paste(image, (image.width, 0))
        canvas.save(file, quality=95)
    return photos


@pytest.mark.parametrize(("crop", "border"), few(POLICIES, ["squash"]))
def test_training_prediction_and_export_agree(wide: Path, tmp_path: Path, crop: str, border: str) -> None:
    backbone = replace(SMALL, crop=crop, border=border)
    run = tmp_path / "run"
    trained(wide, run, backbone=backbone, epochs=1)
    steps = catalog.preprocess_for(backbone)
    written = record(run)
    assert written["preprocess"]["crop"] == steps.crop
    assert ("crop" in written["spec"]["backbone"]) == (crop != "default")
    with (run / "predictions.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = [str(wide / row["path"]) for row in rows]
    answers = only(list(predict.predict(run, names, "cpu")), ImagePrediction)
    about, dataset = runs.read(run), listing(DatasetSpec(str(wide)))
    for split in ("train", "val"):
        part = replace(dataset, photos=tuple(photo for photo in dataset.photos if photo.split == split))
        _, judged = finish(part_predictions.predict(run, about, part, split, "best", "cpu", never))
        files = [str(wide / path) for path in judged.paths]
        shares = [one.probabilities for one in only(list(predict.predict(run, files, "cpu")), ImagePrediction)]
        assert judged.predicted == pytest.approx(np.array(shares), abs=1e-5)
    out = tmp_path / "head.safetensors"
    list(head.export(run, out))
    exported = only(list(predict.predict(out, names, "cpu")), ImagePrediction)
    assert exported == [replace(one, epoch=exported[0].epoch) for one in answers]
    for row, answer in zip(rows, answers, strict=True):
        assert float(row["p(cold)"]) == pytest.approx(answer.probabilities[0], abs=1e-5)
    assert read_card(out).spec.backbone == backbone


@pytest.mark.slow
def test_a_whole_model_has_the_border(wide: Path, tmp_path: Path) -> None:
    run, out = tmp_path / "run", tmp_path / "model.pt2"
    trained(wide, run, backbone=replace(LITE0, crop="fit", border="black"), epochs=2, lr=0.1)
    (result,) = only(list(export_model.export(run, out, "pt2")), ModelExported)
    assert result.certificate.passed, result.certificate.first_difference
    # The limit would notice another border.
    names = [str(file) for file in sorted(wide.glob("*/*.jpg"))]
    black = only(list(predict.predict(run, names, "cpu")), ImagePrediction)
    record_file = run / "run.json"
    record_file.write_text(record_file.read_text().replace('"black"', '"white"'))
    white = only(list(predict.predict(run, names, "cpu")), ImagePrediction)
    changes = [abs(a.probabilities[0] - b.probabilities[0]) for a, b in zip(black, white, strict=True)]
    assert max(changes) > result.certificate.tolerance


def test_rows_of_another_policy_are_never_used(wide: Path, tmp_path: Path) -> None:
    dataset = listing(DatasetSpec(str(wide)))
    base = load()
    rows = {}
    for crop, border in (*POLICIES, POLICIES[0]):
        steps = catalog.preprocess_for(replace(SMALL, crop=crop, border=border))
        own = replace(base, preprocess=steps)
        events, extraction = finish(
            extract.extract(own, dataset, "pixels", torch.device("cpu"), never, tmp_path / "cache")
        )
        counts = only(events, FeaturesComputed)[0]
        assert (counts.reused > 0) == ((crop, border) in rows)
        rows[crop, border] = extraction.rows.take(np.arange(len(extraction.rows)))
        first = read(wide / dataset.photos[0].path)
        assert (rows[crop, border][0] == frame(first, steps)).all()
    assert len({rows[key].tobytes() for key in rows}) == len(POLICIES)


def test_the_network_is_loaded_and_compiled_once_for_all_policies(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = LoadedBackbone()
    first = finish(shop.get(SMALL, never))[1]
    second = finish(shop.get(replace(SMALL, crop="fit", border="white"), never))[1]
    assert second.network is first.network
    assert second.preprocess.border_color == (255, 255, 255)
    assert finish(shop.get(SMALL, never))[1] is first


def test_the_key_of_a_compiled_network_is_that_of_earlier_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    keys: list[dict[str, object]] = []
    monkeypatch.setattr(artifacts, "key", lambda _kind, **parts: keys.append(parts) or "key")
    before = [("name", str), ("weights", str), ("image_size", int)]
    former = msgspec.defstruct("BackboneSpec", before)(SMALL.name, "none", 32)
    own = catalog.preprocess_for(SMALL)
    steps = msgspec.defstruct("PreprocessSpec", asdict(own))(*asdict(own).values())
    for crop in ("default", "squash", "fit"):
        train = SimpleNamespace(seed=7)
        spec = SimpleNamespace(backbone=replace(SMALL, crop=crop, border="black"), train=train)
        saved = SimpleNamespace(about=SimpleNamespace(spec=spec, weights_hash="f0"), moved="")
        compiled_model._key(saved)
    assert {key["backbone"] for key in keys} == {repr(former)}
    assert {key["preprocess"] for key in keys} == {repr(steps)}
