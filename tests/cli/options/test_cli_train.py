"""Options of `thaw train`, and its output about layers, phases and the best epoch."""

from __future__ import annotations

import json

import pytest

from studio.cli.options import parser
from studio.cli.options.specs import run_of
from studio.planning.blocks import last_block
from studio.planning.freezing import covers
from studio.spec import (
    AugmentSpec,
    BackboneSpec,
    FreezePlan,
    HeadSpec,
    LayerRate,
    RunSpec,
    TrainSpec,
    UserError,
)

QUICK = ("--image-size", "32", "--device", "cpu")


@pytest.fixture(scope="module")
def table():
    from studio.commands import imports, network
    from studio.events import LayerTable

    events = imports.start(network.inspect(BackboneSpec(weights="none", image_size=32)))
    return next(event for event in events if isinstance(event, LayerTable))


def spec_of(*arguments: object, table=None) -> RunSpec:
    """The run that the options describe."""
    return run_of(parser.make_parser().parse_args(["train", "/photos", *map(str, arguments)]), table)


def test_without_options_the_run_has_the_defaults():
    spec = spec_of()
    assert (spec.freeze, spec.head, spec.train) == (FreezePlan(), HeadSpec(), TrainSpec())
    assert (spec.backbone, spec.augment) == (BackboneSpec(), AugmentSpec())


def test_the_crop_policy_and_a_recipe_of_augmentation():
    spec = spec_of("--crop", "fit", "--border", "black", "--augment", "light", "--augment", "rotation:0.1")
    assert (spec.backbone.crop, spec.backbone.border) == ("fit", "black")
    assert [step.kind for step in spec.augment.steps] == ["flip", "crop", "colour", "rotation"]
    with pytest.raises(UserError, match="invalid choice: 'stretch'"):
        spec_of("--crop", "stretch")


@pytest.mark.parametrize(
    ("arguments", "field", "value"),
    [
        (("--head-epochs", 3), "head_epochs", 3),
        (("--lora-lr", 1e-3), "lora_lr", 1e-3),
        (("--layer-decay", 0.8), "layer_decay", 0.8),
        (("--schedule", "one_cycle"), "schedule", "one_cycle"),
        (("--warmup", 0.5), "warmup", 0.5),
        (("--label-smoothing", 0.1), "label_smoothing", 0.1),
        (("--balance", "sampling"), "balance", "sampling"),
        (("--clip-norm", 1), "clip_norm", 1.0),
        (("--patience", 4), "patience", 4),
        (("--precision", "bfloat16"), "precision", "bfloat16"),
        (("--no-deterministic",), "deterministic", False),
        (("--checkpoint-minutes", 0.5), "checkpoint_minutes", 0.5),
        (("--weight-decay", 0), "weight_decay", 0.0),
        (
            ("--rate", "blocks.6=1e-4", "--rate", "blocks.6.0.bn1 = 0.002"),
            "layer_rates",
            (LayerRate("blocks.6", 1e-4), LayerRate("blocks.6.0.bn1", 0.002)),
        ),
    ],
)
def test_every_training_option_sets_its_field_and_no_other(arguments, field, value):
    train, default = spec_of(*arguments).train, TrainSpec()
    assert getattr(train, field) == value
    changed = [name for name in TrainSpec.__struct_fields__ if getattr(train, name) != getattr(default, name)]
    assert changed == [field]


def test_options_of_the_head_and_of_freezing():
    spec = spec_of("--head", "mlp", "--hidden", 64, "--dropout", 0.5, "--raw-features")
    assert spec.head == HeadSpec(False, "mlp", 64, 0.5)
    spec = spec_of("--freeze", "none", "--freeze-layers", "blocks.3", "bn1", "--batch-norm", "update")
    assert spec.freeze == FreezePlan("none", freeze=("blocks.3", "bn1"), batch_norm="update")


def test_options_of_adapters():
    spec = spec_of("--lora-rank", 8, "--lora-alpha", 4, "--lora-layers", "mlp", "--lora-after", "blocks.3")
    assert spec.freeze == FreezePlan(lora_rank=8, lora_alpha=4.0, lora_layers="mlp", lora_after="blocks.3")
    assert spec_of("--from-scratch", "--lora-rank", 8).freeze.lora_rank == 0


def test_every_training_setting_has_an_option(thaw):
    _, out, _ = thaw("train", "--help")
    options = {word.strip(",[]") for word in out.split() if word.strip("[").startswith("--")}
    for field in TrainSpec.__struct_fields__:
        if field not in ("layer_rates", "extended"):  # “--rate”, and “thaw resume --epochs”
            assert f"--{field.replace('_', '-')}" in options
    for group in (
        "presets:",
        "freezing:",
        "training:",
        "head:",
        "head warm-up:",
        "adapters (LoRA):",
        "optimizer:",
        "data:",
        "stopping and safety:",
    ):
        assert f"\n{group}\n" in out


@pytest.mark.parametrize("text", ["blocks.6", "=1e-4", "blocks.6=fast", "blocks.6="])
def test_an_invalid_rate_is_refused_with_a_message(thaw, text):
    status, out, err = thaw("train", "/photos", "--rate", text)
    assert (status, out) == (2, "")
    assert "is not a rate of a layer, such as blocks.6=1e-4" in err


@pytest.mark.slow
def test_a_rate_of_an_unknown_layer_proposes_names(thaw, photos, tmp_path):
    rates = ("--thaw", "blocks.6", "--rate", "blocks.66=1")
    status, _, err = thaw("train", photos, *QUICK, *rates, "--out", tmp_path / "run")
    assert status == 2
    assert "no layer called “blocks.66”. Did you mean" in err


def test_from_scratch_freezes_nothing_and_keeps_rates_and_epochs():
    spec = spec_of("--from-scratch", "--thaw", "blocks.6", "--lr", 0.02, "--epochs", 4, "--head-epochs", 2, "--seed", 3)
    assert spec.backbone.weights == "none"
    assert spec.freeze == FreezePlan("none", batch_norm="thawed")
    assert (spec.train.lr, spec.train.backbone_lr, spec.train.epochs, spec.train.head_epochs) == (0.02, 0.02, 6, 0)
    assert spec.train.seed == 3


@pytest.mark.slow
def test_fine_tuning_has_two_phases_and_reports_changes(thaw, photos, tmp_path):
    status, out, err = thaw("train", photos, *QUICK, "--fine-tune", "--epochs", 2, "--out", tmp_path / "run")
    assert status == 0, err
    data = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert [epoch["phase"] for epoch in data["epochs"]] == ["head"] * 3 + ["network"] * 2
    spec = data["spec"]
    assert (spec["train"]["schedule"], spec["train"]["backbone_lr"], spec["freeze"]["base"]) == ("cosine", 1e-5, "all")
    moved = [layer["path"] for layer in data["layers"] if not layer["unchanged"]]
    assert moved
    assert all(any(covers(name, path) for name in spec["freeze"]["thaw"]) for path in moved)
    layers = len(data["layers"])
    assert data["proof"] == {"layers": layers, "unchanged": layers - len(moved)}
    assert f"{layers - len(moved)} of {layers} layers unchanged (hash equal), largest change" in out
    assert "3 + 2 epochs, the first 3 of head warm-up" in out
    assert f"epoch {data['best_epoch']} had the lowest validation loss" in out


@pytest.mark.slow
def test_options_override_fine_tuning(table):
    spec = spec_of("--fine-tune", "--backbone-lr", 1e-3, "--head-epochs", 1, "--thaw", "blocks.5", table=table)
    assert spec.freeze == FreezePlan(thaw=("blocks.5",))
    assert (spec.train.backbone_lr, spec.train.head_epochs, spec.train.schedule) == (1e-3, 1, "cosine")
    spec = spec_of("--fine-tune", "--batch-norm", "update", table=table)
    assert (spec.freeze.thaw, spec.freeze.batch_norm) == (last_block(table).thaw, "update")


@pytest.mark.slow
def test_train_says_that_a_run_stopped_early(thaw, photos, tmp_path):
    arguments = ("--epochs", 30, "--patience", 1, "--lr", 3, "--optimizer", "sgd", "--out", tmp_path / "run")
    status, out, _ = thaw("train", photos, *QUICK, *arguments)
    assert status == 0
    data = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert len(data["epochs"]) < 30
    assert data["stopped_early"]
    assert "stopped early: no improvement for 1 epoch" in out
