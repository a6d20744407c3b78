from __future__ import annotations

from studio.spec import (
    AugmentSpec,
    AugmentStep,
    BackboneSpec,
    DatasetSpec,
    HeadSpec,
    TrainSpec,
    UserError,
)
from studio.spec.backbone import PreprocessSpec


def test_the_defaults_are_those_that_were_measured():
    """The tables in docs/benchmarks.md are for these defaults; new ones have to be measured first."""
    train, head = TrainSpec(), HeadSpec()
    assert (train.epochs, train.lr, train.batch_size, train.optimizer) == (10, 1e-3, 32, "adamw")
    assert (train.schedule, train.warmup, train.weight_decay, train.label_smoothing) == ("constant", 0, 0.01, 0)
    assert (train.result, train.patience, train.head_epochs, train.balance) == ("loss", 0, 0, "none")
    assert (head.kind, head.start, head.standardize) == ("linear", "zero", True)


def test_a_user_error_is_one_line():
    assert str(UserError("No folder.", "Choose one.")) == "No folder. Choose one."
    assert str(UserError("No folder.")) == "No folder."


def test_a_targets_file_inside_a_moved_folder_is_found():
    spec = DatasetSpec("/old/photos", 0.3, 5, "/old/photos/tables/ages.csv")
    assert spec.moved("") is spec
    assert spec.moved("/new") == DatasetSpec("/new", 0.3, 5, "/new/tables/ages.csv")
    beside = DatasetSpec("/old/photos", targets="/old/ages.csv")
    assert beside.moved("/new") == DatasetSpec("/new", targets="/old/ages.csv")
    assert DatasetSpec("/old").moved("/new") == DatasetSpec("/new")


def test_only_steps_drawn_in_each_epoch_are_random():
    flip = (AugmentStep("flip"),)
    assert AugmentSpec(flip).random
    assert not AugmentSpec(flip, views=1).random
    assert not AugmentSpec().random


def test_the_epochs_of_both_phases():
    assert (TrainSpec(epochs=10).planned, TrainSpec(epochs=10).all_epochs) == ("10", 10)
    both = TrainSpec(epochs=10, head_epochs=3)
    assert (both.planned, both.all_epochs) == ("3 + 10", 13)


def test_a_border_has_the_mean_color_unless_another_is_chosen():
    steps = PreprocessSpec(mean=(0.0, 0.5, 1.0))
    assert steps.border_color == (0, 128, 255)
    assert PreprocessSpec(fill=(1, 2, 3)).border_color == (1, 2, 3)


def test_a_network_is_the_same_whatever_the_crop_policy():
    assert BackboneSpec("resnet18", "none", 64, crop="fit", border="black").network == BackboneSpec(
        "resnet18", "none", 64
    )


def test_the_folders_can_be_the_target_again():
    spec = DatasetSpec("photos", targets="a.csv", labels="b.csv", label_pattern="c")
    assert spec.sources == ("a.csv", "b.csv", "c")
    assert spec.by_folders() == DatasetSpec("photos")
