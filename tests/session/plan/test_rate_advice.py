"""Suggested learning rates: whether they are of the present settings, their curves, and the settings that use them."""

from __future__ import annotations

import math

import pytest
from folded_states import SPEC, opened

from studio.events import RatesSuggested, RateTest
from studio.session.plan import rate_advice
from studio.session.reducer import job_started
from studio.spec import FreezePlan, TrainSpec
from studio.spec.structs import replace

HEAD = RateTest("head", (1e-5, 1e-4, 1e-3, 1e-2), (1.0, 0.8, 0.4, math.inf), 2e-3, 5e-3, "It falls fastest there.")
LAYERS = RateTest("network", (1e-6, 1e-5), (1.0, 0.9), 4e-5, 1e-4, "So it is.")
THAWED = replace(SPEC, freeze=FreezePlan("none"), train=TrainSpec(backbone_lr=1e-5, lora_lr=1e-4))
LORA = replace(THAWED, freeze=FreezePlan("all", lora_rank=4))
BOTH = replace(THAWED, freeze=FreezePlan("all", thaw=("layer4",), lora_rank=4))


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"train": TrainSpec(lr=0.5, backbone_lr=0.5, lora_lr=0.5, epochs=99)}, True),
        ({"train": TrainSpec(batch_size=99)}, False),
        ({"freeze": FreezePlan("none")}, False),
    ],
)
def test_a_suggestion_holds_for_other_rates_and_epochs_alone(change, same):
    suggestion = RatesSuggested((HEAD,), SPEC)
    state = replace(opened(), rates_suggested=suggestion, spec=replace(SPEC, **change))
    assert (rate_advice.suggestion_now(state) is suggestion) == same
    assert rate_advice.suggestion_now(opened()) is None
    assert rate_advice.suggestion_now(replace(state, rates_suggested=RatesSuggested((HEAD,)))) is None


def test_only_one_range_test_runs_at_a_time():
    assert rate_advice.cannot_test(job_started(opened(), "advise_rates")) == "The rates are being tested."
    assert rate_advice.cannot_test(opened()) == rate_advice.obstacle(opened())


def test_the_rate_of_thawed_layers_and_adapters_keep_their_ratio():
    assert rate_advice.rates_of(SPEC, HEAD) == {"lr": 2e-3}
    assert rate_advice.rates_of(THAWED, LAYERS) == {"backbone_lr": 4e-5}
    assert rate_advice.rates_of(LORA, LAYERS) == {"lora_lr": 4e-5}
    assert rate_advice.rates_of(BOTH, LAYERS) == {"backbone_lr": pytest.approx(4e-6), "lora_lr": 4e-5}
    assert rate_advice.rates_of(THAWED, replace(LAYERS, rate=None)) == {}


def test_the_settings_with_the_suggested_rates():
    suggestion = RatesSuggested((HEAD, replace(LAYERS, rate=None)), THAWED)
    assert rate_advice.is_usable(suggestion)
    assert not rate_advice.is_usable(RatesSuggested((replace(HEAD, rate=None),)))
    used = rate_advice.applied(THAWED, suggestion)
    assert used == replace(THAWED, train=replace(THAWED.train, lr=2e-3))
    assert rate_advice.applied(THAWED, RatesSuggested((HEAD, LAYERS))).train.backbone_lr == 4e-5


def test_a_curve_ends_before_an_infinite_loss_and_marks_the_suggested_rate():
    state = replace(opened(), spec=THAWED)
    head, layers = rate_advice.curves(state, RatesSuggested((HEAD, LAYERS)))
    assert (head.name, layers.name) == ("Head", "Thawed layers")
    assert head.rates.tolist() == [1e-5, 1e-4, 1e-3]
    assert head.losses.tolist() == [1.0, 0.8, 0.4]
    assert len(head.smooth) == 3
    assert head.present == THAWED.train.lr
    assert head.sentence == "Suggested: 2e-3; set now: 1e-3. It falls fastest there."
    assert layers.present == 1e-5
    (none,) = rate_advice.curves(state, RatesSuggested((replace(HEAD, rate=None),)))
    assert none.sentence == "No rate is suggested. It falls fastest there."


@pytest.mark.parametrize(
    ("spec", "name", "present"),
    [(LORA, "Adapters", 1e-4), (BOTH, "Thawed layers and adapters", 1e-4), (THAWED, "Thawed layers", 1e-5)],
)
def test_the_part_that_was_tested_is_named(spec, name, present):
    (curve,) = rate_advice.curves(replace(opened(), spec=spec), RatesSuggested((LAYERS,)))
    assert (curve.name, curve.present) == (name, present)
    (head,) = rate_advice.curves(replace(opened(), spec=spec), RatesSuggested((HEAD,)))
    assert head.name == "Head"
