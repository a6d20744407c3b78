from __future__ import annotations

import json
import math

import pytest

from studio.spec import (
    AugmentSpec,
    AugmentStep,
    BackboneSpec,
    DatasetSpec,
    FreezePlan,
    HeadSpec,
    LayerRate,
    RunSpec,
    TrainSpec,
    UserError,
    ValueRange,
)
from studio.spec.backbone import PreprocessSpec
from studio.spec.conversion import decode
from studio.spec.serialization import VERSION, run_spec_from_json, to_json
from studio.spec.validation import check, check_split

RICH = RunSpec(
    DatasetSpec("/photos/ä", 0.25, 3, split_by="photo", split_near=False),
    BackboneSpec("resnet18", "/weights.pt", 64),
    FreezePlan("none", "layer1", ("layer4", "fc"), ("layer2",), "update"),
    HeadSpec(standardize=False, kind="mlp", hidden=9),
    TrainSpec(3, 7, 0.01, 0.001, "sgd", 0.0, 11, "cuda:1", 2, 0.5, (LayerRate("layer4.0", 1e-4),), "cosine", 0.5, (1,)),
    AugmentSpec((AugmentStep("flip"), AugmentStep("rotation", 0.1, 1.0)), 3),
)


@pytest.mark.parametrize("spec", [RICH, RunSpec(DatasetSpec("/photos"))])
def test_a_spec_survives_json(spec):
    assert run_spec_from_json(json.loads(json.dumps(to_json(spec)))) == spec


def test_a_spec_is_written_as_version_0_1_wrote_it():
    """Keys, order and format do not change: records are compared, and other programs read them."""
    written = (
        '{"version": 1, "dataset": {"folder": "/photos/\\u00e4", "val_fraction": 0.25, "seed": 3, "targets": "", '
        '"value_range": null}, "backbone": {"name": "resnet18", "weights": "/weights.pt", "image_size": 64}, "freeze": '
        '{"base": "none", "until": "layer1", "thaw": ["layer4", "fc"], "freeze": ["layer2"], "batch_norm": "update"}, '
        '"head": {"standardize": false, "kind": "mlp", "hidden": 9, "dropout": 0.2, "start": "zero"}, "train": '
        '{"epochs": 3, "batch_size": 7, "lr": 0.01, "backbone_lr": 0.001, "optimizer": "sgd", "weight_decay": 0.0, '
        '"seed": 11, "device": "cuda:1", "head_epochs": 2, "layer_decay": 0.5, "layer_rates": [{"name": "layer4.0", '
        '"lr": 0.0001}], "schedule": "cosine", "warmup": 0.5, "extended": [1], "label_smoothing": 0.0, "balance": '
        '"none", "clip_norm": 0.0, "result": "loss", "patience": 0, "precision": "auto", "deterministic": true, '
        '"checkpoint_minutes": 5.0}, "augment": {"steps": [{"kind": "flip", "amount": 0.3, "chance": 0.5}, {"kind": '
        '"rotation", "amount": 0.1, "chance": 1.0}], "views": 3}}'
    )
    assert json.dumps(to_json(RICH)) == written


def test_a_record_made_under_other_bounds_opens():
    spec = run_spec_from_json({"dataset": {"folder": "/p"}, "train": {"lr": 1e9}, "head": {"hidden": 0}})
    assert (spec.train.lr, spec.head.hidden) == (1e9, 0)


@pytest.mark.parametrize(
    ("path", "value", "title"),
    [
        ("train.epochs", "3", "“spec.train.epochs” cannot be '3'."),
        ("train.sppeed", 1, "“spec.train” contains an unknown setting: sppeed."),
        ("freeze.thaw", ["layer4", 4], "“spec.freeze.thaw” cannot be 4."),
        ("train.layer_rates", [{"name": "layer4"}], "“spec.train.layer_rates” lacks the setting lr."),
        ("augment.steps", [{"kind": "flop"}], "“spec.augment.steps.kind” cannot be 'flop'."),
        ("dataset.value_range", "wide", "“spec.dataset.value_range” must contain named settings."),
        ("head", [], "“spec.head” must contain named settings."),
    ],
)
def test_a_wrong_record_is_refused_with_the_path_of_its_mistake(path, value, title):
    with pytest.raises(UserError) as mistake:
        run_spec_from_json(changed(path, value))
    assert mistake.value.title == title
    assert mistake.value.hint


def test_fields_missing_in_a_record_have_the_defaults_of_its_time():
    then = TrainSpec(epochs=10, batch_size=32, lr=1e-3, weight_decay=0.01, schedule="constant", result="last")
    before = RunSpec(
        DatasetSpec("/photos", split_by="photo", split_near=False), head=HeadSpec(start="random"), train=then
    )
    assert run_spec_from_json({"dataset": {"folder": "/photos"}}) == before
    assert run_spec_from_json({"dataset": {"folder": "/photos"}, "train": {"lr": 0.5}}).train.result == "last"


def test_the_crop_policy_is_recorded_and_old_records_mean_the_usual_one():
    assert (
        run_spec_from_json({"dataset": {"folder": "/p"}, "backbone": {"name": "resnet18"}}).backbone.crop == "default"
    )
    chosen = RunSpec(DatasetSpec("/p"), BackboneSpec("resnet18", crop="fit", border="white"))
    assert to_json(chosen)["backbone"] == {
        "name": "resnet18", "weights": "default", "image_size": None, "crop": "fit", "border": "white"
    }  # fmt: skip
    assert run_spec_from_json(to_json(chosen)) == chosen
    with pytest.raises(UserError, match="crop"):
        run_spec_from_json({"dataset": {"folder": "/p"}, "backbone": {"crop": "stretch"}})


def test_integers_are_accepted_as_rates():
    spec = run_spec_from_json({"dataset": {"folder": "/p"}, "train": {"lr": 1}})
    assert spec.train.lr == 1.0
    assert isinstance(spec.train.lr, float)


def changed(path: str, value: object) -> dict:
    data = json.loads(json.dumps(to_json(RICH)))
    *parents, last = path.split(".")
    place = data
    for parent in parents:
        place = place[parent]
    place[last] = value
    return data


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("train.epochs", "3"), ("train.epochs", 3.5), ("train.epochs", True), ("train.epochs", None),
        ("train.lr", "fast"), ("train.lr", True), ("train.optimizer", "rmsprop"), ("freeze.base", "some"),
        ("freeze.thaw", "layer4"), ("freeze.thaw", [4]), ("dataset", "/photos"), ("dataset", []),
        ("head.standardize", 1), ("backbone.image_size", "64"), ("dataset.folder", None), ("train.sppeed", 1),
        ("extra", {}),
    ],
)  # fmt: skip
def test_a_wrong_value_or_name_is_a_fault_that_names_it(path, value):
    with pytest.raises(UserError, match=path.rpartition(".")[2]):
        run_spec_from_json(changed(path, value))


@pytest.mark.parametrize("data", [{}, {"dataset": {}}, [], "spec", None, 3])
def test_a_spec_without_a_folder_or_of_another_form_is_an_error(data):
    with pytest.raises(UserError):
        run_spec_from_json(data)


@pytest.mark.parametrize("version", [VERSION + 1, "one", None])
def test_a_newer_form_asks_for_an_update(version):
    with pytest.raises(UserError, match="newer"):
        run_spec_from_json({**to_json(RICH), "version": version})


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
def test_numbers_that_cannot_train_are_faults_that_name_them(values, words):
    with pytest.raises(UserError, match=words) as fault:
        check(RunSpec(DatasetSpec("/photos"), train=TrainSpec(**values)))
    assert fault.value.hint


def test_the_defaults_are_those_that_were_measured():
    """The tables in docs/benchmarks.md are for these defaults; new ones have to be measured first."""
    train, head = TrainSpec(), HeadSpec()
    assert (train.epochs, train.lr, train.batch_size, train.optimizer) == (10, 1e-3, 32, "adamw")
    assert (train.schedule, train.warmup, train.weight_decay, train.label_smoothing) == ("constant", 0, 0.01, 0)
    assert (train.result, train.patience, train.head_epochs, train.balance) == ("loss", 0, 0, "none")
    assert (head.kind, head.start, head.standardize) == ("linear", "zero", True)


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


def test_a_fault_reads_as_one_line():
    assert str(UserError("No folder.", "Choose one.")) == "No folder. Choose one."
    assert str(UserError("No folder.")) == "No folder."


@pytest.mark.parametrize(("low", "high"), [(1.0, 1.0), (2.0, 1.0), (0.0, math.inf), (math.nan, 1.0)])
def test_a_range_of_values_that_no_photo_can_be_scaled_by_is_a_fault(low, high):
    with pytest.raises(UserError, match="value range"):
        check(RunSpec(DatasetSpec("/photos", value_range=ValueRange(low, high))))


@pytest.mark.parametrize("chosen", [None, ValueRange(0, 4095), ValueRange(-1.0, 1e-3)])
def test_a_range_that_rises_or_none_can_train(chosen):
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


def test_moved_photos_take_a_file_of_numbers_inside_of_them_along():
    spec = DatasetSpec("/old/photos", 0.3, 5, "/old/photos/tables/ages.csv")
    assert spec.moved("") is spec
    assert spec.moved("/new") == DatasetSpec("/new", 0.3, 5, "/new/tables/ages.csv")
    beside = DatasetSpec("/old/photos", targets="/old/ages.csv")
    assert beside.moved("/new") == DatasetSpec("/new", targets="/old/ages.csv")
    assert DatasetSpec("/old").moved("/new") == DatasetSpec("/new")


def test_only_changes_made_anew_in_each_epoch_are_random():
    flip = (AugmentStep("flip"),)
    assert AugmentSpec(flip).random
    assert not AugmentSpec(flip, views=1).random
    assert not AugmentSpec().random


def test_the_epochs_of_both_phases():
    assert (TrainSpec(epochs=10).planned, TrainSpec(epochs=10).all_epochs) == ("10", 10)
    both = TrainSpec(epochs=10, head_epochs=3)
    assert (both.planned, both.all_epochs) == ("3 + 10", 13)


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
def test_a_split_that_cannot_be_made_is_refused(spec, words):
    with pytest.raises(UserError) as caught:
        check_split(spec)
    assert words in caught.value.title
    assert caught.value.hint


def test_splits_at_the_limit_are_allowed():
    check_split(DatasetSpec("photos", val_fraction=0.5, test_fraction=0.49))
    check_split(DatasetSpec("photos", split_by="name", split_pattern="^(.)"))
    check_split(DatasetSpec("photos", split_by="table", split_table="groups.csv"))


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


def test_a_part_alone_is_written_too():
    assert to_json(HeadSpec(kind="mlp"))["kind"] == "mlp"


def test_bytes_are_converted_to_a_struct():
    assert decode(b'{"name": "resnet18"}', BackboneSpec) == BackboneSpec("resnet18")
