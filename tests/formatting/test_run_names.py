import pytest
from stories import SPEC

from studio.formatting import run_names, times
from studio.spec import BackboneSpec, FreezePlan
from studio.spec.structs import replace


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (FreezePlan(), "all frozen"),
        (FreezePlan("none"), "all thawed"),
        (FreezePlan(thaw=("blocks.6",)), "blocks.6 thawed"),
        (FreezePlan(until="layer3"), "frozen up to layer3"),
        (FreezePlan("none", freeze=("bn1", "bn2")), "all but bn1, bn2 thawed"),
        (FreezePlan(thaw=("a", "b", "c", "d"), freeze=("a.x",)), "a + 3 more thawed, a.x frozen"),
    ],
)
def test_freeze_plans_in_words(plan, words):
    assert run_names.freezing(plan) == words


@pytest.mark.parametrize(
    ("weights", "plan", "words"),
    [
        ("default", FreezePlan("none"), "all thawed"),
        ("none", FreezePlan("none"), "from scratch"),
        ("none", FreezePlan(), "all frozen, random weights"),
    ],
)
def test_where_training_starts_in_words(weights, plan, words):
    spec = replace(SPEC, freeze=plan, backbone=BackboneSpec("resnet18", weights))
    assert run_names.training(spec) == words


@pytest.mark.parametrize(
    ("backbone", "plan", "words"),
    [
        ("tf_efficientnet_lite0", FreezePlan(), "Lite0, frozen"),
        ("resnet18", FreezePlan(thaw=("layer4",)), "resnet18, layer4 thawed"),
        ("vit_tiny_patch16_224", FreezePlan(lora_rank=8), "vit_tiny_patch16_224, frozen, LoRA 8"),
    ],
)
def test_a_run_in_a_few_words(backbone, plan, words):
    assert run_names.name(replace(SPEC, freeze=plan, backbone=BackboneSpec(backbone))) == words


def test_a_run_with_its_start_for_a_report():
    assert run_names.dated(SPEC, "") == run_names.name(SPEC)
    stamp = "2026-01-02T03:04:05+00:00"
    assert run_names.dated(SPEC, stamp) == f"{run_names.name(SPEC)} · {times.local(stamp)}"
