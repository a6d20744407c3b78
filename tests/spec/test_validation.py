from __future__ import annotations

import math

import pytest

from studio.spec import (
    AugmentSpec,
    AugmentStep,
    DatasetSpec,
    HeadSpec,
    LayerRate,
    RunSpec,
    TrainSpec,
    UserError,
    ValueRange,
)
from studio.spec.validation import check, check_split


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"epochs": 0}, r"^Epochs must be at least 1 \(got 0\)\. The default is 10\.$"),
        ({"batch_size": 0}, r"Batch size must be at least 1 \(got 0\)"),
        ({"lr": math.nan}, r"Head learning rate must be more than 0 and at most 1,000,000 \(got nan\)"),
        ({"lr": 0.0}, r"Head learning rate .*got 0\.0"),
        ({"backbone_lr": -1e-5}, r"Backbone learning rate .*got -1e-05"),
        ({"lr": math.inf}, r"got inf"),
        ({"weight_decay": math.nan}, r"Weight decay must be 0 or more \(got nan\)"),
        ({"optimizer": "lion"}, r"Optimizer must be adamw, adam or sgd \(got lion\)"),
        ({"seed": -1}, r"Seed must be 0 or more .*got -1"),
        ({"seed": 2**63}, r"Seed must be .*less than 9,223,372,036,854,775,808"),
        ({"head_epochs": -1}, r"Head warm-up must be 0 or more \(got -1\)\. Use 0 for no warm-up\."),
        ({"layer_decay": 0.0}, r"Layer-wise LR decay must be more than 0 and at most 1 \(got 0\.0\)"),
        ({"layer_decay": 1.5}, r"Layer-wise LR decay .*got 1\.5"),
        (
            {"layer_rates": (LayerRate("layer4", 0.0),)},
            r"Learning rate of layer4 must be more than 0 and at most 1,000,000 \(got 0\.0\)",
        ),
        ({"warmup": -1.0}, r"Warm-up must be 0 or more \(got -1\.0\)"),
        ({"extended": (5,), "epochs": 5}, "extended"),
        ({"extended": (3, 2)}, "extended"),
        ({"label_smoothing": 1.0}, r"Label smoothing must be 0 or more and less than 1 \(got 1\.0\)"),
        ({"clip_norm": math.nan}, r"Gradient clipping must be 0 or more \(got nan\)\. Use 0 for no limit\."),
        ({"patience": -1}, r"^Patience must be 0 or more \(got -1\)\. Use 0 for training to the last epoch\.$"),
        ({"checkpoint_minutes": 0.0}, r"Checkpoint must be more than 0 \(got 0\.0\)"),
    ],
)
def test_settings_that_cannot_train_are_errors_that_name_them(values, words):
    with pytest.raises(UserError, match=words) as fault:
        check(RunSpec(DatasetSpec("/photos"), train=TrainSpec(**values)))
    assert fault.value.hint


def test_the_defaults_can_train():
    check(RunSpec(DatasetSpec("/photos")))
    check(
        RunSpec(
            DatasetSpec("/photos"),
            train=TrainSpec(epochs=1, batch_size=1, lr=1e-12, backbone_lr=10, weight_decay=0, seed=0),
        )
    )


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"head": HeadSpec(kind="mlp", hidden=0)}, r"Hidden width must be from 1 to 65,536 \(got 0\)"),
        ({"head": HeadSpec(dropout=1.0)}, r"Dropout must be 0 or more and less than 1 \(got 1\.0\)"),
        (
            {"augment": AugmentSpec((AugmentStep("flip", probability=2.0),))},
            r"Probability of flip must be from 0 to 1 \(got 2\.0\)",
        ),
        ({"augment": AugmentSpec((AugmentStep("flip"),), views=-1)}, r"Views must be 0 or more \(got -1\)"),
        ({"augment": AugmentSpec((), views=2)}, "views need augmentation"),
        (
            {"augment": AugmentSpec((AugmentStep("flip"), AugmentStep("crop", amount=1.01)))},
            r"Amount of crop must be from 0 to 1 \(got 1\.01\)",
        ),
        ({"augment": AugmentSpec((AugmentStep("rotation", amount=-0.01),))}, r"Amount of rotation .*got -0\.01"),
    ],
)
def test_impossible_heads_and_augmentations_are_errors(changed, words):
    with pytest.raises(UserError, match=words) as fault:
        check(RunSpec(DatasetSpec("/photos"), **changed))
    assert fault.value.hint


@pytest.mark.parametrize(("low", "high"), [(1.0, 1.0), (2.0, 1.0), (0.0, math.inf), (math.nan, 1.0)])
def test_an_impossible_value_range_is_an_error(low, high):
    with pytest.raises(UserError, match="value range"):
        check(RunSpec(DatasetSpec("/photos", value_range=ValueRange(low, high))))


@pytest.mark.parametrize("chosen", [None, ValueRange(0, 4095), ValueRange(-1.0, 1e-3)])
def test_an_increasing_value_range_or_none_is_allowed(chosen):
    check(RunSpec(DatasetSpec("/photos", value_range=chosen)))


def test_settings_at_their_limits_can_train():
    steps = (AugmentStep("flip", 0.0, 0.0), AugmentStep("crop", 1.0, 1.0))
    check(RunSpec(DatasetSpec("/p"), head=HeadSpec(kind="mlp", hidden=1, dropout=0.0), augment=AugmentSpec(steps, 1)))
    check(RunSpec(DatasetSpec("/p"), head=HeadSpec(kind="mlp", hidden=65536)))
    check(
        RunSpec(DatasetSpec("/p"), train=TrainSpec(lr=1e6, layer_decay=1.0, warmup=0.0, clip_norm=0.0, seed=2**63 - 1))
    )
    with pytest.raises(UserError, match=r"got 65537"):
        check(RunSpec(DatasetSpec("/p"), head=HeadSpec(kind="mlp", hidden=65537)))


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (DatasetSpec("photos", val_fraction=0.6, test_fraction=0.4), "leave no photos for training"),
        (DatasetSpec("photos", val_fraction=1.5), "Validation share must be"),
        (DatasetSpec("photos", split_by="name"), "needs a pattern"),
        (DatasetSpec("photos", split_by="name", split_pattern="("), "not a regular expression"),
        (DatasetSpec("photos", split_by="table"), "needs a table"),
    ],
)
def test_an_impossible_split_is_refused(spec, words):
    with pytest.raises(UserError) as caught:
        check_split(spec)
    assert words in caught.value.title
    assert caught.value.hint


def test_splits_at_the_limit_are_allowed():
    check_split(DatasetSpec("photos", val_fraction=0.5, test_fraction=0.49))
    check_split(DatasetSpec("photos", split_by="name", split_pattern="^(.)"))
    check_split(DatasetSpec("photos", split_by="table", split_table="groups.csv"))
