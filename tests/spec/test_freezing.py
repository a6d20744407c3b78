import pytest

from studio.spec import FreezePlan


@pytest.mark.parametrize(
    ("plan", "nothing"),
    [
        (FreezePlan(), True),
        (FreezePlan(batch_norm="update"), True),
        (FreezePlan("none"), False),
        (FreezePlan(until="layer3"), False),
        (FreezePlan(thaw=("layer4",)), False),
        (FreezePlan(lora_rank=4), False),
    ],
)
def test_a_plan_knows_whether_a_backbone_trains(plan, nothing):
    assert plan.trains_nothing is nothing


def test_other_frozen_layers_with_the_policies_of_the_plan_before():
    before = FreezePlan("none", batch_norm="update", lora_rank=4, lora_alpha=8.0, lora_layers="mlp", lora_after="a")
    after = FreezePlan(until="layer3").with_policies_of(before)
    assert (after.base, after.until, after.thaw) == ("all", "layer3", ())
    assert (after.batch_norm, after.lora_rank, after.lora_alpha) == ("update", 4, 8.0)
    assert (after.lora_layers, after.lora_after) == ("mlp", "a")
