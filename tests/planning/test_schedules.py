"""The factor on the rates, compared with torch's schedulers."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from studio.planning.schedules import factor
from studio.spec import TrainSpec
from studio.system import lazy_compiler


def factors(epochs: int, steps: int, **train: Any) -> list[float]:
    return [factor(step, steps, epochs, TrainSpec(**train)) for step in range(epochs * steps)]


@lazy_compiler.placeholder()
def of_torch(kind: Any, number: int, **options: Any) -> list[float]:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule = kind(optimizer, **options)
    rates = []
    for _ in range(number):
        rates.append(schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()
    return rates


def test_the_factor_of_the_constant_schedule_is_1():
    assert factors(3, 7) == [1.0] * 21


@pytest.mark.parametrize(("epochs", "steps"), [(1, 1), (2, 5), (10, 33)])
def test_the_cosine_schedule_equals_that_of_torch(epochs, steps):
    expected = of_torch(torch.optim.lr_scheduler.CosineAnnealingLR, epochs * steps, T_max=epochs * steps)
    assert factors(epochs, steps, schedule="cosine") == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("epochs", "steps"), [(1, 9), (5, 8), (10, 33)])
def test_one_cycle_is_torchs_with_its_top_after_a_quarter(epochs, steps):
    number = epochs * steps
    expected = of_torch(torch.optim.lr_scheduler.OneCycleLR, number - 1, max_lr=1.0, total_steps=number, pct_start=0.25)
    actual = factors(epochs, steps, schedule="one_cycle")
    assert actual[:-1] == pytest.approx(expected, abs=1e-9)
    assert actual[-1] == pytest.approx(1 / 25 / 1e4)
    assert max(range(number), key=actual.__getitem__) == pytest.approx(number / 4, abs=1)


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("schedule", ["cosine", "one_cycle"])
def test_the_shortest_runs_have_a_positive_rate(schedule, number):
    """Use four steps, for which torch's OneCycleLR divides by zero."""
    actual = factors(1, number, schedule=schedule)
    assert all(0 < one <= 1 for one in actual)
    assert max(actual) > 0.5


def test_one_cycle_of_two_steps_falls_to_its_end_in_the_second():
    assert factors(1, 2, schedule="one_cycle") == [1.0, pytest.approx(1 / 25 / 1e4)]


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_the_warm_up_is_linear_and_its_first_step_learns(schedule):
    actual = factors(4, 10, schedule=schedule, warmup=0.5)
    assert actual[:5] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert actual[5] == 1.0
    assert actual[-1] == (1.0 if schedule == "constant" else pytest.approx(0, abs=0.01))
    assert actual[5:] == sorted(actual[5:], reverse=True)


def test_one_cycle_rises_by_itself():
    assert factors(4, 10, schedule="one_cycle", warmup=2) == factors(4, 10, schedule="one_cycle")


@pytest.mark.parametrize("schedule", ["constant", "cosine", "one_cycle"])
@pytest.mark.parametrize("warmup", [0.0, 1.5, 7.0])
def test_rates_of_epochs_before_an_extension_stay_the_same(schedule, warmup):
    short = factors(5, 6, schedule=schedule, warmup=warmup)
    long = factors(10, 6, schedule=schedule, warmup=warmup, extended=(5,))
    assert long[:30] == short


def test_cosine_and_one_cycle_begin_anew_at_a_former_end_and_constant_does_not():
    for schedule in ("cosine", "one_cycle"):
        actual = factors(12, 6, schedule=schedule, extended=(5, 8))
        assert actual[30:48] == factors(3, 6, schedule=schedule)
        assert actual[48:] == factors(4, 6, schedule=schedule)
    assert factors(12, 6, extended=(5,), warmup=1) == factors(12, 6, warmup=1)


def test_an_extension_does_not_warm_up_again():
    actual = factors(4, 10, schedule="cosine", warmup=1, extended=(2,))
    assert actual[20] == 1.0


def test_the_phase_of_the_head_was_never_extended():
    train = TrainSpec(schedule="cosine", extended=(2,))
    assert factor(20, 10, 4, train, "head") == pytest.approx(0.5)
    assert factor(20, 10, 4, train) == 1.0


def test_an_extended_cosine_reaches_its_end_before_it_begins_again():
    found = factors(4, 5, schedule="cosine", extended=(1,))
    assert found[:5] == pytest.approx(factors(1, 5, schedule="cosine"))
    assert found[5:] == pytest.approx(factors(3, 5, schedule="cosine"))
    assert factors(4, 5, schedule="cosine", extended=(4,)) == factors(4, 5, schedule="cosine"), "its own end"


def test_a_warm_up_belongs_to_the_first_section_alone():
    found = factors(4, 5, schedule="cosine", extended=(2,), warmup=1)
    assert found[:5] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert found[5] == 1.0
    assert found[10] == 1.0, "the second section begins at once"
    assert found[11] < 1.0


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 5, 8])
def test_short_cycles_rise_to_one_and_end_low(steps):
    found = factors(1, steps, schedule="one_cycle")
    assert max(found) > 0.9
    if steps > 1:
        assert found[-1] == pytest.approx(1 / 25 / 1e4)
    assert all(0 < one <= 1.0 for one in found)


def test_a_warm_up_of_all_epochs_leaves_no_cosine():
    assert factors(2, 2, schedule="cosine", warmup=2) == pytest.approx([0.25, 0.5, 0.75, 1.0])
    assert factors(1, 2, schedule="cosine", warmup=0.5) == pytest.approx([1.0, 1.0])
