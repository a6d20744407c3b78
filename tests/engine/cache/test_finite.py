"""Features that are not finite: they are never stored, and the error is not that of a diverging run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tiny import LAST_BLOCK, LITE0, finish, load, only, record, recorded, run_spec, trained

from studio.data.scan import listing
from studio.engine.backbones import backbone
from studio.engine.cache import finite
from studio.engine.cache.store import FeatureStore
from studio.engine.export import feature_vectors
from studio.engine.extraction import extract
from studio.engine.predict import predict, trained_model
from studio.events import Dataset, ImageSkipped, Warned
from studio.jobs.protocol import never
from studio.spec import AugmentSpec, AugmentStep, DatasetSpec, UserError
from studio.spec.structs import replace

FIRST = "conv_stem.weight"


def overflowing_network() -> backbone.Backbone:
    """The bundled network with finite weights whose features overflow."""
    base = load(LITE0)
    base.network.get_parameter(FIRST).data.mul_(1e38)
    return base


@pytest.fixture
def broken(monkeypatch):
    """Replaces the backbone that runs load by one whose features overflow."""
    real = backbone.load

    def load_broken(*args, **options):
        base = yield from real(*args, **options)
        base.network.get_parameter(FIRST).data.mul_(1e38)
        return base

    monkeypatch.setattr(backbone, "load", load_broken)


def dataset_of(photos: Path) -> Dataset:
    return listing(DatasetSpec(str(photos)))


def extract_features(base: backbone.Backbone, photos: Path, cache: Path):
    return finish(extract.extract(base, dataset_of(photos), "features", torch.device("cpu"), never, cache))


def files_in(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.suffix in (".rows", ".keys", ".npz", ".csv")]


def test_finite_numbers_are_distinguished_from_others():
    assert finite.is_finite(np.full(1000, 3e38, np.float32)), "a sum that overflows is no proof"
    assert not finite.is_finite(np.array([1, np.nan, 2], np.float32))
    assert not finite.is_finite(np.array([np.inf, -np.inf], np.float32))
    assert finite.is_finite(np.zeros(3, np.uint8))
    with pytest.raises(finite.NotFiniteError, match="infinity") as error:
        finite.require_finite([b"a", b"b"], np.array([[1, 2], [3, np.inf]], np.float32))
    assert error.value.digest == b"b"


def test_features_that_are_not_finite_are_not_stored_and_the_photo_is_named(photos, tmp_path):
    with pytest.raises(UserError, match=r"cold.00\.jpg from “tf_efficientnet_lite0” contain (NaN|infinity)") as fault:
        extract_features(overflowing_network(), photos, tmp_path / "cache")
    assert "weights" in fault.value.hint
    assert files_in(tmp_path / "cache") == []


@pytest.mark.slow
@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize("name", ["f.npz", "f.csv"])
def test_no_file_of_features_is_written(photos, tmp_path, name):
    with pytest.raises(UserError, match="they were not stored"):
        list(feature_vectors.write(DatasetSpec(str(photos)), LITE0, tmp_path / name, "cpu", cache=tmp_path / "cache"))
    assert not (tmp_path / name).exists()


@pytest.mark.slow
@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize("augmented", [False, True])
def test_a_run_on_a_frozen_network_reports_features_that_are_not_finite(photos, tmp_path, augmented):
    spec = run_spec(photos, backbone=LITE0)
    if augmented:
        spec = replace(spec, augment=AugmentSpec((AugmentStep("flip", 1.0),), views=1))
    with pytest.raises(UserError, match="they were not stored") as fault:
        list(recorded(spec, tmp_path / "run", tmp_path / "cache"))
    assert "diverged" not in str(fault.value)
    assert record(tmp_path / "run")["status"] == "failed"


@pytest.mark.slow
@pytest.mark.usefixtures("broken")
def test_a_run_with_thawed_layers_reports_features_that_are_not_finite(photos, tmp_path):
    with pytest.raises(UserError, match="they were not stored") as fault:
        trained(photos, tmp_path / "run", LAST_BLOCK, LITE0)
    assert "diverged" not in str(fault.value)


@pytest.mark.slow
def test_a_row_of_an_earlier_version_that_is_not_finite_is_computed_again(photos, tmp_path):
    base = load(LITE0)
    whole = extract_features(base, photos, tmp_path / "cache")[1]
    expected = whole.rows.take(np.arange(len(whole.rows)))
    folder = next(file.parent for file in (tmp_path / "cache").rglob("*.rows"))
    for file in folder.iterdir():
        file.unlink()
    old = FeatureStore(folder, expected.shape[1:], "float32", {})
    bad = expected.copy()
    bad[3] = np.nan
    old.put(list(whole.digests), bad)
    old.close()
    again = extract_features(base, photos, tmp_path / "cache")[1]
    assert np.array_equal(again.rows.take(np.arange(len(again.rows))), expected)


@pytest.mark.slow
def test_equal_features_for_every_photo_cause_a_warning(photos, tmp_path):
    base = load(LITE0)
    assert only(extract_features(base, photos, tmp_path / "cache")[0], Warned) == []
    base.network.get_parameter(FIRST).data.zero_()
    base = replace(base, fingerprint="other")
    warned = only(extract_features(base, photos, tmp_path / "cache")[0], Warned)
    assert "the same features for all 24 photos" in warned[0].title


@pytest.mark.slow
def test_no_prediction_is_made_from_features_that_are_not_finite(photos, tmp_path, monkeypatch):
    trained(photos, tmp_path / "run", backbone=LITE0, epochs=1)
    real = trained_model.load

    def broken(*args, **options):
        model = yield from real(*args, **options)
        model.base.network.get_parameter(FIRST).data.mul_(1e38)
        return model

    monkeypatch.setattr(trained_model, "load", broken)
    photo = str(photos / "cold" / "00.jpg")
    events = list(predict.predict(tmp_path / "run", [photo], "cpu"))
    assert only(events, ImageSkipped)[0].path == photo
    assert "instead of a prediction" in only(events, ImageSkipped)[0].reason
