"""The backbone advisor: probes of several backbones, on training photos alone."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny import SMALL, finish, load, only, run_spec

from studio.data.images import preprocess
from studio.data.scan import list_photos
from studio.engine.advice import backbone_advisor
from studio.engine.backbones.backbone import normalize
from studio.evaluate import probe
from studio.events import BackboneAdvice, DatasetScanned, RunStarted, Warned
from studio.jobs.protocol import Interrupted
from studio.spec import UserError
from studio.spec.structs import replace

LARGER = replace(SMALL, image_size=48)


def advice(spec: Any, tmp_path: Path, **more: Any) -> BackboneAdvice:
    events = list(backbone_advisor.find(spec, cache=tmp_path / "cache", compared=(SMALL, LARGER), **more))
    assert not only(events, RunStarted)
    assert not only(events, DatasetScanned), "the window would show another folder"
    return only(events, BackboneAdvice)[0]


def facts(result: BackboneAdvice) -> dict[str, Any]:
    document = {**asdict(result), "seconds": None, "notes": None}
    for row in document["probes"]:
        row |= {"seconds": None, "epoch_seconds": None}
    return document


@pytest.mark.slow
def test_a_probe_equals_one_on_the_networks_own_features_of_training_photos(photos, tmp_path):
    spec = run_spec(photos)
    result = advice(spec, tmp_path)
    _, dataset = finish(list_photos(spec.dataset))
    training = [photo for photo in dataset.photos if photo.split == "train"]
    labels = np.array([photo.label for photo in training])
    for backbone, row in zip((SMALL, LARGER), result.probes, strict=True):
        base = load(backbone, spec.train.seed)
        pixels = np.stack([one.pixels for one in preprocess.load(dataset.folder, training, base.preprocess) if one])
        with torch.no_grad():
            features = base.features(normalize(pixels, base.preprocess, torch.device("cpu"))).numpy()
        shares = probe.cross_fitted(probe.logistic, features, labels, 2, spec.train.seed)
        assert row.accuracy == np.mean(shares.argmax(axis=1) == labels)
        assert row.low <= row.accuracy <= row.high
        assert (row.image_size, row.parameters) == (base.preprocess.size, base.table.parameters)
        assert row.epoch_seconds == pytest.approx(3 * row.seconds * len(training))
    assert result.probes[1].macs == pytest.approx(result.probes[0].macs * (48 / 32) ** 2)
    assert (result.photos, result.training_photos, result.device) == (len(training), len(training), "cpu")
    assert result.photo_size is not None


@pytest.mark.slow
def test_the_advice_follows_from_the_seed_and_not_from_other_photos_or_the_cache(photos, tmp_path):
    spec = run_spec(photos)
    expected = facts(advice(spec, tmp_path))
    assert facts(advice(spec, tmp_path)) == expected, "features are in the cache now"
    _, dataset = finish(list_photos(spec.dataset))
    for photo in dataset.photos:
        if photo.split != "train":
            (photos / photo.path).write_bytes((photos / dataset.photos[0].path).read_bytes())
    assert facts(advice(spec, tmp_path)) == expected


def test_targets_of_regression_and_missing_weights_are_refused(photos, tmp_path):
    spec = run_spec(photos)
    with pytest.raises(UserError, match="labels are numbers"):
        advice(replace(spec, dataset=replace(spec.dataset, targets="sizes.csv")), tmp_path)
    with pytest.raises(UserError, match="There are no weights of a backbone"):
        list(backbone_advisor.find(spec, cache=tmp_path, compared=()))


def test_the_advice_can_be_stopped(photos, tmp_path):
    with pytest.raises(Interrupted):
        advice(run_spec(photos), tmp_path, stop=lambda: True)


@pytest.mark.slow
def test_a_backbone_that_cannot_be_loaded_is_left_out_with_a_reason(photos, tmp_path):
    damaged = tmp_path / "weights.safetensors"
    damaged.write_bytes(b"no weights")
    spec, broken = run_spec(photos), replace(LARGER, name="resnet18", weights=str(damaged))
    events = list(backbone_advisor.find(spec, cache=tmp_path / "cache", compared=(SMALL, broken)))
    (result,) = only(events, BackboneAdvice)
    assert [row.backbone for row in result.probes] == [SMALL]
    assert result.left_out == 1
    assert any("resnet18 was left out" in event.title for event in only(events, Warned))
    with pytest.raises(UserError, match="weights"):
        list(backbone_advisor.find(replace(spec, backbone=broken), cache=tmp_path / "cache", compared=(SMALL, broken)))
