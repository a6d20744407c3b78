"""Each preset changes only its own settings."""

from __future__ import annotations

from layer_tables import TABLE

from studio.catalog import catalog
from studio.planning.blocks import last_block
from studio.planning.freezing import frozen_leaves
from studio.planning.presets import fine_tuned, from_scratch, head_only, pretrained
from studio.spec import AugmentSpec, BackboneSpec, DatasetSpec, FreezePlan, HeadSpec, LayerRate, RunSpec, TrainSpec
from studio.spec.structs import replace
from studio.spec.validation import check

SPEC = RunSpec(
    DatasetSpec("/photos", 0.3, 11),
    BackboneSpec("resnet18", image_size=96),
    FreezePlan("none", batch_norm="update"),
    HeadSpec(kind="mlp", hidden=64),
    TrainSpec(epochs=4, lr=0.02, backbone_lr=0.5, seed=3, patience=2, layer_rates=(LayerRate("stem", 1e-4),)),
)


def test_head_only_freezes_all_and_keeps_the_rest():
    asked = head_only(fine_tuned(SPEC, TABLE))
    assert asked.freeze == FreezePlan("all", batch_norm="update")
    assert (asked.train.head_epochs, asked.train.schedule) == (0, "constant")
    assert asked == replace(SPEC, freeze=asked.freeze, train=replace(SPEC.train, backbone_lr=1e-5))
    assert head_only(asked) == asked


def test_fine_tuning_has_two_phases_and_thaws_the_last_block():
    asked = fine_tuned(SPEC, TABLE)
    assert frozen_leaves(asked.freeze, TABLE.layers) == frozen_leaves(last_block(TABLE), TABLE.layers)
    train = asked.train
    assert (train.head_epochs, train.epochs, train.backbone_lr, train.schedule) == (3, 4, 1e-5, "cosine")
    assert (train.lr, train.patience, asked.head, asked.freeze.batch_norm) == (0.02, 2, SPEC.head, "update")
    assert fine_tuned(asked, TABLE) == asked
    check(asked)


def test_from_scratch_is_the_same_plan_with_random_weights_and_nothing_frozen():
    plan = replace(fine_tuned(SPEC, TABLE), augment=AugmentSpec())
    plan = replace(plan, train=replace(plan.train, extended=(2,), layer_decay=0.5))
    asked = from_scratch(plan)
    assert asked.backbone == BackboneSpec("resnet18", "none", 96)
    assert frozen_leaves(asked.freeze, TABLE.layers) == frozenset()
    assert asked.freeze.batch_norm == "thawed", "statistics of random weights are useless"
    assert (asked.dataset, asked.head, asked.augment) == (plan.dataset, plan.head, plan.augment)
    assert asked.train.backbone_lr == asked.train.lr == 0.02
    assert asked.train.all_epochs == plan.train.all_epochs == 7, "both see each photo equally often"
    assert (asked.train.seed, asked.train.schedule, asked.train.patience) == (3, "cosine", 2)
    assert (asked.train.layer_rates, asked.train.layer_decay) == ((), 1.0)
    check(asked)
    assert from_scratch(asked) == asked


def test_pretrained_resets_settings_for_random_weights():
    spec = replace(head_only(SPEC), freeze=FreezePlan("all"), train=replace(TrainSpec(), epochs=7))
    assert head_only(pretrained(from_scratch(spec))) == spec
    assert pretrained(from_scratch(spec), "/w.pth").backbone.weights == "/w.pth"
    assert pretrained(spec) == spec
    own = replace(spec, backbone=replace(spec.backbone, weights="none"), train=replace(spec.train, backbone_lr=0.5))
    assert pretrained(own) == replace(own, backbone=spec.backbone), "a rate set by hand stays"
    nameless = replace(own, backbone=replace(own.backbone, name="no_such_network"))
    assert pretrained(nameless) == nameless


def test_the_pretrained_preset_changes_nothing_for_a_network_without_weights():
    name = next(entry.name for entry in catalog.load() if not entry.weights)
    scratch = from_scratch(replace(SPEC, backbone=BackboneSpec(name)))
    assert pretrained(scratch) == scratch


def test_fine_tuning_keeps_the_adapters_and_head_only_drops_them():
    adapted = replace(SPEC, freeze=replace(SPEC.freeze, lora_rank=4, lora_alpha=8.0, lora_layers="mlp"))
    plan = fine_tuned(adapted, TABLE).freeze
    assert (plan.lora_rank, plan.lora_alpha, plan.lora_layers) == (4, 8.0, "mlp")
    assert replace(plan, lora_rank=0) == replace(fine_tuned(SPEC, TABLE).freeze, lora_alpha=8.0, lora_layers="mlp")
    assert head_only(adapted).freeze.lora_rank == 0
