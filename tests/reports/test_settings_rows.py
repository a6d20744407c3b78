from __future__ import annotations

import shlex

import pytest

from studio.cli.options import specs as options
from studio.cli.options.parser import make_parser
from studio.reports import settings_rows
from studio.spec import (
    AugmentSpec,
    BackboneSpec,
    DatasetSpec,
    FreezePlan,
    HeadSpec,
    LayerRate,
    RunSpec,
    TrainSpec,
    ValueRange,
)
from studio.spec.augmentation import AugmentStep


@pytest.mark.parametrize(
    "spec",
    [
        RunSpec(DatasetSpec("/photos")),
        RunSpec(DatasetSpec("/my photos/it's", 0.3, 11, value_range=ValueRange(0, 4095)), train=TrainSpec(seed=11)),
        RunSpec(
            DatasetSpec("/photos", test_fraction=0.1, split_by="name", split_pattern="-[0-9]+"),
            BackboneSpec("resnet18", "none", 96),
            FreezePlan("none", thaw=("layer4", "layer3"), freeze=("layer1",), batch_norm="thawed"),
            HeadSpec(kind="mlp", hidden=64, standardize=False),
            TrainSpec(
                epochs=3, lr=3e-4, layer_rates=(LayerRate("layer4", 1e-6),), balance="weights", deterministic=False
            ),
            AugmentSpec((AugmentStep("flip"), AugmentStep("rotation", 0.1, 0.25)), 2),
        ),
    ],
)
def test_the_command_trains_with_the_same_settings(spec: RunSpec) -> None:
    words = shlex.split(settings_rows.command(spec))
    assert options.run_of(make_parser().parse_args(words[1:])) == spec


def test_every_setting_is_a_row() -> None:
    rows = settings_rows.of(RunSpec(DatasetSpec("/photos"), train=TrainSpec(epochs=3)))
    named = {(row.part, row.name): row for row in rows}
    assert (named["Training", "Epochs"].value, named["Training", "Epochs"].is_default) == ("3", False)
    assert named["Backbone", "Weights"].is_default
    assert named["Freezing", "Thawed"].value == "none"


def test_labels_of_settings_by_their_path() -> None:
    assert settings_rows.label("train.lr") == "Head learning rate"
    assert settings_rows.label("dataset.value_range.low") == "Value range"
    assert settings_rows.label("other.key") == "other.key"


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "none"), (True, "on"), (1e-5, "1e-5"), (("a", "b"), "a, b"), ({"low": 1}, "1"), (3, "3")],
)
def test_values_of_settings_as_text(value: object, text: str) -> None:
    assert settings_rows.plain(value) == text


@pytest.mark.parametrize(
    ("setting", "value", "text"),
    [
        ("train.backbone_lr", 1e-5, "1e-5"),
        ("train.result", "metric", "Accuracy"),
        ("train.deterministic", False, "off"),
        ("backbone.image_size", None, "default"),
        ("dataset.value_range.low", 1.0, "1"),
        ("augment.steps", [{"kind": "flip", "amount": 1.0}], "flip 1"),
    ],
)
def test_values_of_settings_by_their_path(setting: str, value: object, text: str) -> None:
    assert settings_rows.value_of(setting, value) == text
