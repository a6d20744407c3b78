"""Runs that differ only in their seed: mean, spread and the interval of the mean."""

from __future__ import annotations

import numpy as np
import pytest
from run_summaries import summary
from scipy import stats

from studio.evaluate.compare import repetitions
from studio.events import Figure, RunSummary
from studio.spec.structs import replace


def seeded(seed: int, value: float, name: str = "", **more: object) -> RunSummary:
    run = summary(name or f"seed-{seed}", figure=Figure("accuracy", value), **more)
    return replace(run, spec=replace(run.spec, train=replace(run.spec.train, seed=seed)))


@pytest.mark.parametrize("degrees", [*range(1, 12), 30, 31, 99, 100])
def test_quantiles_are_those_of_scipy(degrees):
    assert repetitions.t_quantile(degrees) == pytest.approx(stats.t.ppf(0.975, degrees), abs=1e-9)


@pytest.mark.parametrize("values", [(0.9, 0.92), (0.9, 0.9, 0.9), (3.0, 1.0, 4.0, 1.0, 5.0)])
def test_the_interval_of_the_mean_is_that_of_scipy(values):
    mean, deviation, low, high = repetitions.mean_interval(values)
    assert (mean, deviation) == pytest.approx((np.mean(values), np.std(values, ddof=1)))
    if deviation:
        ends = stats.t.interval(0.95, len(values) - 1, loc=mean, scale=stats.sem(values))
        assert (low, high) == pytest.approx(ends)
    else:
        assert low == high == mean


def test_the_interval_of_three_runs_contains_the_mean_of_all_seeds_in_95_percent():
    values = np.random.default_rng(1).normal(0.9, 0.02, (4000, 3))
    ends = [repetitions.mean_interval(row)[2:] for row in values.tolist()]
    assert np.mean([low <= 0.9 <= high for low, high in ends]) == pytest.approx(0.95, abs=0.01)


def test_runs_of_one_plan_are_grouped_by_seed():
    runs = [seeded(8, 0.92), seeded(7, 0.9), seeded(7, 0.9, "again"), seeded(9, 0.97)]
    (group,) = repetitions.repetitions(runs)
    assert group.seeds == (7, 8, 9)
    assert [path.rsplit("/", 1)[1] for path in group.runs] == ["seed-7", "seed-8", "seed-9"]
    assert group.short() == "93.0 ± 3.6\u202f%"
    assert group.words() == (
        "mean 93.0\u202f%, SD 3.6 points, 95\u202f% interval of the mean 84.0 – 100.0\u202f% (t distribution)"
    )
    assert repetitions.of_run(runs[0].path, (group,)) is group
    assert repetitions.of_run(runs[2].path, (group,)) is None


def test_other_plans_photos_and_unfinished_runs_are_not_repetitions():
    one = seeded(7, 0.9)
    faster = replace(seeded(8, 0.9), spec=replace(one.spec, train=replace(one.spec.train, seed=8, lr=0.1)))
    others = [faster, seeded(8, 0.9, photos=41), seeded(8, 0.9, state="cancelled"), seeded(8, float("nan"))]
    for other in others:
        assert repetitions.repetitions([one, other]) == ()
    longer = replace(
        seeded(8, 0.9), spec=replace(one.spec, train=replace(one.spec.train, seed=8, checkpoint_minutes=9))
    )
    assert len(repetitions.repetitions([one, longer])) == 1


def test_errors_have_their_own_unit():
    runs = [replace(seeded(seed, 0.0), figure=Figure("mae", value)) for seed, value in ((1, 3.0), (2, 5.0))]
    (group,) = repetitions.repetitions(runs)
    assert group.short() == "4 ± 1.4"
    assert group.low < 0


def test_repetitions_use_consecutive_seeds_and_the_same_split():
    spec = seeded(7, 0.9).spec
    specs = repetitions.seeds_of(spec, 3)
    assert [one.train.seed for one in specs] == [7, 8, 9]
    assert specs[0] == spec
    assert {one.dataset for one in specs} == {spec.dataset}


def test_the_interval_of_shares_stays_within_0_and_1():
    (low,) = repetitions.repetitions([seeded(1, 0.02), seeded(2, 0.2)])
    assert (low.low, low.high) == (0.0, 1.0), "two runs say hardly anything"
    (narrow,) = repetitions.repetitions([seeded(1, 0.5), seeded(2, 0.501)])
    assert 0.49 < narrow.low < 0.5 < narrow.high < 0.51
