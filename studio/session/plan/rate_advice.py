"""Words, curves and settings of suggested learning rates."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from studio.events import RatesSuggested, RateTest
from studio.formatting.language import tr, translated
from studio.formatting.numbers import learning_rate
from studio.planning.rate_choice import smoothed
from studio.session.selectors import obstacle
from studio.session.state import AppState
from studio.spec import RunSpec, TrainSpec
from studio.spec.structs import replace

ABOUT = tr(
    "A short test takes steps at higher and higher rates and follows the loss: too low a rate changes nothing, a "
    "rate that is too high makes the loss rise. The suggestion lies where it falls fastest, and well below the rise. "
    "It works on a network of its own: nothing is trained or changed."
)

NAMES: dict[Literal["head", "network"], str] = {"head": tr("Head"), "network": tr("Thawed layers")}


@dataclass(frozen=True)
class RateCurve:
    """A range test as it is drawn.

    Attributes:
        name: The part whose rate was tested.
        rates: Rates (N,) of the steps.
        losses: Loss (N,) of each step.
        smooth: Smoothed losses (N,).
        suggested: The suggested rate; None where the loss did not fall.
        present: The rate that is set now.
        sentence: The result in words.
    """

    name: str
    rates: NDArray[np.float64]
    losses: NDArray[np.float64]
    smooth: NDArray[np.float64]
    suggested: float | None
    present: float
    sentence: str


def suggestion_now(state: AppState) -> RatesSuggested | None:
    """The suggestion for the settings chosen now, in which only rates and epochs may differ; None without one."""
    suggestion = state.rates_suggested
    if suggestion is None or suggestion.spec is None:
        return None
    return suggestion if _without_rates(suggestion.spec) == _without_rates(state.spec) else None


def cannot_test(state: AppState) -> str:
    """The reason why rates cannot be tested now; "" where they can."""
    if "advise_rates" in state.jobs:
        return tr("The rates are being tested.")
    return obstacle(state)


def curves(state: AppState, suggestion: RatesSuggested) -> list[RateCurve]:
    """One curve per test."""
    return [_curve(test, state.spec) for test in suggestion.tests]


def is_usable(suggestion: RatesSuggested) -> bool:
    """True where at least one loss fell, so that a rate is suggested."""
    return any(test.rate is not None for test in suggestion.tests)


def applied(spec: RunSpec, suggestion: RatesSuggested) -> RunSpec:
    """The settings with the suggested rates."""
    train = spec.train
    for test in suggestion.tests:
        if test.rate is not None:
            train = replace(train, **rates_of(spec, test))
    return replace(spec, train=train)


def rates_of(spec: RunSpec, test: RateTest) -> dict[str, Any]:
    """The settings that take over the suggestion of a test, by field of `TrainSpec`; empty without a suggestion.

    Thawed layers and adapters (LoRA) are tested together, at the ratio of their rates; the ratio does not change.
    """
    if test.rate is None:
        return {}
    if test.part == "head":
        return {"lr": test.rate}
    adapters = bool(spec.freeze.lora_rank)
    thaws = not adapters or not replace(spec.freeze, lora_rank=0).trains_nothing
    names = ["backbone_lr"] * thaws + ["lora_lr"] * adapters
    highest = max(getattr(spec.train, name) for name in names)
    return {name: test.rate * (getattr(spec.train, name) / highest) for name in names}


def _curve(test: RateTest, spec: RunSpec) -> RateCurve:
    finite = [loss for loss in test.losses if math.isfinite(loss)]
    rates = np.array(test.rates[: len(finite)])
    train = spec.train
    present = max(getattr(train, name) for name in rates_of(spec, replace(test, rate=1.0)))
    if test.rate is None:
        suggested = tr("No rate is suggested.")
    else:
        suggested = tr("Suggested: {rate}; set now: {present}.").format(
            rate=learning_rate(test.rate), present=learning_rate(present)
        )
    name = NAMES[test.part]
    if test.part == "network" and spec.freeze.lora_rank:
        name = tr("Adapters") if replace(spec.freeze, lora_rank=0).trains_nothing else tr("Thawed layers and adapters")
    return RateCurve(
        name, rates, np.array(finite), smoothed(finite), test.rate, present, f"{suggested} {translated(test.why)}"
    )


def _without_rates(spec: RunSpec) -> RunSpec:
    plain = TrainSpec()
    rates: dict[str, Any] = {name: getattr(plain, name) for name in ("lr", "backbone_lr", "lora_lr")}
    train = replace(spec.train, **rates, epochs=plain.epochs, extended=())
    return replace(spec, train=train)
