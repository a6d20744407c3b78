"""Warnings about settings that usually give poor results."""

from __future__ import annotations

import pytest
import states

from studio.events import Dataset, Photo
from studio.session.plan.pitfalls import pitfall
from studio.session.state import AppState
from studio.spec import FreezePlan
from studio.spec.structs import replace

NONE = ("", "")
THAWED = FreezePlan(thaw=("layer2",))


def photos(*counts: int, target: str = "") -> Dataset:
    listed = tuple(
        Photo(f"{label}/{number}.jpg", label, "train") for label, count in enumerate(counts) for number in range(count)
    )
    return Dataset("/photos", tuple("abc"[: len(counts)]), listed, checked=True, target=target)


def with_photos(*counts: int, target: str = "", **train: object) -> AppState:
    return replace(states.state(**train), dataset=photos(*counts, target=target))


def test_there_is_no_warning_about_the_defaults() -> None:
    assert pitfall(states.state()) == NONE
    assert pitfall(AppState()) == NONE


def test_a_class_four_times_as_large_as_another_causes_a_warning() -> None:
    title, hint = pitfall(with_photos(8, 2))
    assert title == "a has 8 training photos, b only 2."
    assert "balance" in hint
    assert pitfall(with_photos(2, 3, 8))[0] == "c has 8 training photos, a only 2."
    assert pitfall(with_photos(7, 2)) == NONE
    assert pitfall(with_photos(8, 2, balance="weights")) == NONE
    assert pitfall(with_photos(8, 2, target="age")) == NONE
    assert pitfall(with_photos(8)) == NONE


@pytest.mark.parametrize(("lr", "backbone_lr", "warned"), [(1e-3, 1e-3, True), (1e-3, 2e-3, True), (1e-3, 9e-4, False)])
def test_a_backbone_rate_as_high_as_that_of_the_head_causes_a_warning(
    lr: float, backbone_lr: float, warned: bool
) -> None:
    state = states.state(THAWED, lr=lr, backbone_lr=backbone_lr)
    assert pitfall(state)[0].startswith("Pretrained layers") == warned
    assert pitfall(states.state(lr=lr, backbone_lr=backbone_lr)) == NONE, "nothing thawed"
    random = replace(state.spec, backbone=replace(state.spec.backbone, weights="none"))
    assert pitfall(replace(state, spec=random, layers_for=random.backbone)) == NONE


@pytest.mark.parametrize(
    ("plan", "size", "warned"),
    [
        (replace(THAWED, batch_norm="thawed"), 15, True),
        (replace(THAWED, batch_norm="thawed"), 16, False),
        (replace(THAWED, batch_norm="keep"), 4, False),
        (FreezePlan(batch_norm="thawed"), 4, False),
        (FreezePlan(batch_norm="update"), 4, True),
    ],
)
def test_statistics_of_small_batches_cause_a_warning(plan: FreezePlan, size: int, warned: bool) -> None:
    title, hint = pitfall(states.state(plan, batch_size=size))
    assert (title == f"BatchNorm statistics from batches of {size} are noisy.") == warned
    assert ("16 or more" in hint) == warned


def test_a_warm_up_as_long_as_the_run_causes_a_warning() -> None:
    assert pitfall(states.state(epochs=3, warmup=3.0))[0] == "The warm-up takes the whole training."
    assert pitfall(states.state(epochs=3, warmup=2.9)) == NONE
    assert pitfall(states.state(epochs=3, warmup=3.0, schedule="one_cycle")) == NONE
