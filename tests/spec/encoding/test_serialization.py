from __future__ import annotations

import json

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
)
from studio.spec.encoding.conversion import decode
from studio.spec.encoding.serialization import VERSION, known_settings, run_spec_from_json, to_json

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


def test_a_record_with_values_beyond_the_current_bounds_is_read():
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


def test_the_crop_policy_is_recorded_and_old_records_have_the_default():
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
def test_a_wrong_value_or_name_is_an_error_that_names_it(path, value):
    with pytest.raises(UserError, match=path.rpartition(".")[2]):
        run_spec_from_json(changed(path, value))


@pytest.mark.parametrize("data", [{}, {"dataset": {}}, [], "spec", None, 3])
def test_a_spec_without_a_folder_or_of_another_format_is_an_error(data):
    with pytest.raises(UserError):
        run_spec_from_json(data)


@pytest.mark.parametrize("version", [VERSION + 1, "one", None])
def test_a_newer_format_requires_an_update(version):
    with pytest.raises(UserError, match="newer"):
        run_spec_from_json({**to_json(RICH), "version": version})


def test_a_part_alone_is_written_too():
    assert to_json(HeadSpec(kind="mlp"))["kind"] == "mlp"


def test_bytes_are_converted_to_a_struct():
    assert decode(b'{"name": "resnet18"}', BackboneSpec) == BackboneSpec("resnet18")


def newer(**parts: dict) -> dict:
    data = json.loads(json.dumps(to_json(RICH)))
    for part, values in parts.items():
        data[part] |= values
    return data


def test_settings_of_a_newer_version_are_left_out_and_named():
    step = {"kind": "mixup", "amount": 0.2, "chance": 0.5}
    data = newer(
        backbone={"readout": "register"},
        freeze={"lora_layers": "conv", "lora_kind": "dora"},
        train={"optimizer": "muon"},
        augment={"steps": [step, {"kind": "flip", "amount": 1.0, "chance": 0.5}]},
        dataset={"weights_of_classes": {"ants": 2}},
    )
    data["distillation"] = {"teacher": "a"}
    before = json.dumps(data)
    spec, unknown = known_settings(data)
    assert json.dumps(data) == before
    assert set(unknown) == {
        "readout “register”",
        "LoRA layers “conv”",
        "lora kind “dora”",
        "optimizer “muon”",
        "augmentation step “mixup”",
        "weights of classes",
        "distillation",
    }
    assert (spec.backbone.readout, spec.freeze.lora_layers) == ("default", "all")
    assert [step.kind for step in spec.augment.steps] == ["flip"]
    assert known_settings(to_json(RICH)) == (RICH, ())


@pytest.mark.parametrize("values", [{"epochs": "3"}, {"lr": None}, {"lr": "fast"}])
def test_a_damaged_value_is_not_taken_for_one_of_a_newer_version(values):
    with pytest.raises(UserError, match="cannot be"):
        known_settings(newer(train=values))


def test_hundreds_of_unknown_settings_are_not_read_one_by_one():
    spec, unknown = known_settings(to_json(RICH) | {f"later {number}": number for number in range(100)})
    assert (spec, len(unknown)) == (RICH, 100)
    with pytest.raises(UserError, match="later 100"):
        known_settings(to_json(RICH) | {f"later {number}": number for number in range(101)})
