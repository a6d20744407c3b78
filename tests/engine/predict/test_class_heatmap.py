"""Heatmaps of trained runs, and the files they are written to."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import own_network
import pytest
from PIL import Image
from tiny import only, plain, trained

from studio.engine.export import heatmap_file
from studio.engine.predict import class_heatmap
from studio.engine.predict.predict import predict
from studio.events import ClassHeatmap, ImagePrediction, Saved
from studio.spec import BackboneSpec, UserError


def heat_of(run: Path, photo: Path, *rest: Any) -> ClassHeatmap:
    return only(list(class_heatmap.compute(run, str(photo), *rest)), ClassHeatmap)[0]


@pytest.fixture
def run(photos: Path, tmp_path: Path) -> Path:
    trained(photos, tmp_path / "run", lr=0.01)
    return tmp_path / "run"


def test_the_heatmap_is_of_the_predicted_class_or_of_the_one_named(run: Path, photos: Path, tmp_path: Path) -> None:
    photo = photos / "warm" / "03.jpg"
    result = heat_of(run, photo)
    (prediction,) = only(list(predict(run, [str(photo)], "cpu", decided=False)), ImagePrediction)
    assert result.name == prediction.predicted
    assert result.probability == pytest.approx(max(prediction.probabilities), abs=1e-5)
    other = next(name for name in ("cold", "warm") if name != result.name)
    assert heat_of(run, photo, other, result.layer).probability == pytest.approx(1 - result.probability, abs=1e-5)
    assert result.heat.ndim == 2
    assert result.heat.min() >= 0
    for name, words in (("ants", "no class “ants”"), ("", "no layer called")):
        with pytest.raises(UserError, match=words):
            heat_of(run, photo, name, "" if name else "nowhere")

    out = tmp_path / "heat.npz"
    events = list(heatmap_file.write(run, str(photo), out))
    assert only(events, Saved)[0].path == str(out)
    with np.load(out) as file:
        assert np.array_equal(file["heat"], result.heat)
        assert (str(file["class"]), str(file["layer"])) == (result.name, result.layer)
        assert file["photo"].shape == (32, 32, 3)
    list(heatmap_file.write(run, str(photo), tmp_path / "heat.png"))
    with Image.open(tmp_path / "heat.png") as picture:
        assert (picture.size, picture.mode) == ((32, 32), "RGB")
    (photos / "bad.jpg").write_bytes(b"no photo")
    with pytest.raises(UserError, match=r"bad.jpg cannot be shown"):
        heat_of(run, photos / "bad.jpg")
    with pytest.raises(UserError, match=r"should end in"):
        list(heatmap_file.write(run, str(photo), tmp_path / "heat.jpg"))
    photo = tmp_path / "heat.png"
    before = photo.read_bytes()
    with pytest.raises(UserError, match="is the photo itself"):
        list(heatmap_file.write(run, str(photo), photo.parent / ".." / tmp_path.name / "heat.png"))
    assert photo.read_bytes() == before


def test_a_network_without_positions_is_refused_with_a_reason(photos: Path, tmp_path: Path) -> None:
    text = """
from torch import nn
def factory(): return nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, 6), nn.ReLU(), nn.Linear(6, 5))
"""
    trained(photos, tmp_path / "run", backbone=own_network.spec(own_network.write(tmp_path, text), size=8), epochs=1)
    with pytest.raises(UserError, match="no layer whose output has positions"):
        heat_of(tmp_path / "run", photos / "warm" / "03.jpg")


def test_a_class_is_refused_for_a_regression_run() -> None:
    numbers: Any = SimpleNamespace(target="age", classes=())
    with pytest.raises(UserError, match="predicts age, a number: it has no class “old”"):
        list(class_heatmap.of_model(numbers, "photo.jpg", "old"))


def test_the_photo_is_colored_where_the_heat_is() -> None:
    pixels, heat = np.full((8, 8, 3), 100, np.uint8), np.zeros((2, 2), np.float32)
    assert np.array_equal(heatmap_file.overlaid(pixels, heat), pixels), "a gray photo without heat is as it was"
    heat[0, 1] = 3.0
    picture = heatmap_file.overlaid(pixels, heat).astype(int)
    assert picture[0, 7].sum() > picture[7, 0].sum() == 300


@pytest.mark.slow
@pytest.mark.parametrize("name", ["vit_tiny_patch16_224", "timm/swin_tiny_patch4_window7_224", "resnet18"])
def test_the_default_layer_has_positions_that_the_score_depends_on(photos: Path, tmp_path: Path, name: str) -> None:
    size = 224 if "swin" in name else 64
    trained(photos, tmp_path / "run", backbone=BackboneSpec(name, "none", size), epochs=1, lr=0.1)
    result = heat_of(tmp_path / "run", photos / "warm" / "03.jpg")
    assert result.layer in {layer.path for layer in plain(name, size).table.layers}
    assert min(result.heat.shape) >= 2
    assert result.heat.any()
