"""The comparison of settings of several runs: axes, positions on them, texts."""

from __future__ import annotations

import math

import pytest
from run_summaries import PHOTOS, summary

from studio.events import Figure, RunSummary
from studio.session.runs.run_words import clock
from studio.session.runs.settings_axes import Axis, cannot_compare, comparison
from studio.spec import BackboneSpec, DatasetSpec, FreezePlan, HeadSpec, RunSpec, TrainSpec
from studio.spec.structs import replace


def run(name: str, accuracy: float | None = 0.9, folder: str = PHOTOS, key: str = "accuracy", **parts) -> RunSummary:
    spec = RunSpec(DatasetSpec(folder), **{"train": TrainSpec(epochs=3), **parts})
    return replace(summary(name), spec=spec, figure=None if accuracy is None else Figure(key, accuracy))


def summary_of(rates: tuple[float, ...]):
    return [run(f"r{place}", 0.5 + place / 10, train=TrainSpec(lr=rate)) for place, rate in enumerate(rates)]


def test_there_is_an_axis_for_each_setting_that_differs_and_the_result_comes_last():
    runs = [run("a", 0.8, head=HeadSpec(kind="mlp", hidden=64)), run("b", 0.9), run("c", None)]
    shown = comparison(runs)
    assert [one.path[-1] for one in shown.runs] == ["b", "a"], "the best first; one without a result is left out"
    assert [axis.name for axis in shown.axes] == ["head", "accuracy"], "a width that only one run uses is no axis"
    assert shown.headings == ("Run", "Validation accuracy", "Kind of head")
    assert shown.row(1)[1:] == ("80.0\u202f%", "mlp")
    assert (
        shown.sentence(0)
        == f"Lite0, frozen · {clock(runs[1].started)}: validation accuracy 90.0\u202f%, kind of head linear"
    )
    assert [axis.places for axis in shown.axes] == [(0.0, 1.0), (1.0, 0.0)]


def test_a_setting_without_a_value_differs_from_one_with_a_value():
    sizes = [run(str(size), backbone=BackboneSpec(image_size=size)) for size in (None, 128)]
    axis = comparison(sizes).axes[0]
    assert (axis.name, set(axis.texts)) == ("image_size", {"default", "128"})


def test_numbers_far_apart_are_on_a_logarithmic_axis():
    near, far = comparison(summary_of((0.1, 0.2, 0.3))), comparison(summary_of((1e-4, 1e-3, 1e-2)))
    assert near.axes[0].places == pytest.approx((1.0, 0.5, 0.0))
    assert far.axes[0].places == pytest.approx((1.0, 0.5, 0.0))
    assert [text for _, text in far.axes[0].ticks] == ["1e-4", "1e-3", "0.01"]
    result = comparison([run("a", 0.02), run("b", 0.5), run("c", 0.98)]).axes[-1]
    assert result.places == pytest.approx((1.0, 0.5, 0.0)), "the result is never on a logarithmic axis"


def test_a_run_without_effect_of_a_setting_is_below_all_others():
    plan = FreezePlan(until="blocks.5")
    runs = [
        run("a", 0.7, freeze=plan, train=TrainSpec(backbone_lr=1e-5)),
        run("b", 0.8, freeze=plan, train=TrainSpec(backbone_lr=1e-4)),
        run("c", 0.9),
    ]
    axis = next(axis for axis in comparison(runs).axes if axis.name == "backbone_lr")
    assert axis.texts == ("–", "1e-4", "1e-5")
    assert axis.places[0] == 0 < axis.places[2] < axis.places[1] == 1
    assert axis.ticks[0] == (0.0, "–")


def test_many_values_have_few_labels_and_all_stay_on_the_axis():
    rates = tuple(1e-4 * 1.1**step for step in range(60))
    axis = comparison(summary_of(rates)).axes[0]
    assert len(axis.ticks) == 6
    ticks = sorted(place for place, _ in axis.ticks)
    assert ticks == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1], abs=0.02), "evenly far from each other"
    assert {place for place, _ in axis.ticks} <= set(axis.places)
    assert (min(axis.places), max(axis.places)) == (0.0, 1.0)
    many = [run(f"n{step}", backbone=BackboneSpec(f"net{step}")) for step in range(40)]
    categories = next(axis for axis in comparison(many).axes if axis.name == "backbone")
    assert len(categories.ticks) <= 14
    assert len(set(categories.places)) == 40


def test_a_single_value_is_in_the_middle_of_its_axis():
    assert comparison([run("a", 0.5), run("b", 0.5, train=TrainSpec(lr=0.1))]).axes[-1].places == (0.5, 0.5)


def test_values_close_to_each_other_share_a_label():
    axis = comparison(summary_of((1, 1.01, 1.02, 1.03, 1.04, 1.05, 1.06, 9.0))).axes[0]
    assert sorted(text for _, text in axis.ticks) == ["1", "9"]


def test_errors_are_better_when_they_are_low():
    shown = comparison([run("a", 5.0, key="mae"), run("b", 2.0, key="mae", train=TrainSpec(lr=0.1))])
    assert shown.runs[0].path.endswith("b")


def test_why_runs_cannot_be_compared():
    assert cannot_compare([run("a"), run("b")]) == ""
    assert "two runs" in cannot_compare([run("a"), run("b", None)])
    assert "two runs" in cannot_compare([])
    assert "numbers" in cannot_compare([run("a"), run("b", key="mae")])
    assert "different photos" in cannot_compare([run("a"), run("b", folder="/elsewhere")])
    same = [run("a"), run("b", folder=PHOTOS + "/")]
    assert cannot_compare(same) == ""
    assert len(comparison(same).axes) == 1, "equal settings leave the result alone"


def test_runs_with_the_same_title_are_distinguished_by_their_start():
    one, other = run("a"), replace(run("b", 0.8), started="2026-02-03T03:04:05+00:00")
    assert comparison([one, other]).names == tuple(f"Lite0, frozen · {clock(each.started)}" for each in (one, other))
    third = run("c", 0.7, freeze=FreezePlan("none"))
    assert comparison([one, third]).names == ("Lite0, frozen", "Lite0, thawed")


def test_an_axis_that_begins_at_zero_is_linear():
    runs = [run(f"r{decay}", 0.5 + decay, train=TrainSpec(weight_decay=decay)) for decay in (0.0, 0.001, 0.1)]
    axis = next(axis for axis in comparison(runs).axes if axis.name == "weight_decay")
    assert axis.places == pytest.approx((1.0, 0.01, 0.0))


def test_a_setting_with_capitals_keeps_them_in_a_sentence():
    runs = [run(str(rank), 0.8, freeze=FreezePlan(lora_rank=rank)) for rank in (0, 4)]
    assert "LoRA rank 4" in " ".join(comparison(runs).sentence(place) for place in range(2))


def axis_of(name: str, *runs: RunSummary) -> Axis | None:
    return next((axis for axis in comparison(runs).axes if axis.name == name), None)


@pytest.mark.parametrize(
    ("rates", "middle"),
    [((0.01, 0.1, 0.199), 0.09 / 0.189), ((0.25, 0.5, 5.0), math.log(2) / math.log(20)), ((1, 2, 30), None)],
)
def test_an_axis_is_logarithmic_from_a_factor_of_twenty_on(rates, middle):
    axis = axis_of("lr", *summary_of(rates))
    expected = math.log(rates[1] / rates[0]) / math.log(rates[2] / rates[0]) if middle is None else middle
    assert axis.places == pytest.approx((1, expected, 0))


def test_six_values_all_have_a_label_and_seven_share_them():
    six = summary_of((1, 1.01, 1.02, 1.03, 1.04, 9.0))
    assert len(axis_of("lr", *six).ticks) == 6
    assert len(axis_of("lr", *six, run("x", 0.4, train=TrainSpec(lr=1.05))).ticks) == 2


def test_a_text_setting_of_only_one_run_has_no_axis():
    def adapted(name: str, rank: int, layers: str) -> RunSummary:
        return run(name, 0.5 + rank / 10, freeze=FreezePlan(lora_rank=rank, lora_layers=layers))

    assert axis_of("lora_layers", adapted("a", 2, "mlp"), adapted("b", 0, "all")) is None
    axis = axis_of("lora_layers", adapted("a", 2, "mlp"), adapted("b", 0, "all"), adapted("c", 1, "attention"))
    assert axis.texts == ("mlp", "attention", "–")
    assert axis.places == (1.0, 0.5, 0.0), "the run on which it has no effect is below the others"
    assert axis.ticks == ((0.0, "–"), (0.5, "attention"), (1.0, "mlp"))


@pytest.mark.parametrize(("number", "ticks"), [(14, 14), (15, 8), (28, 14), (29, 10)])
def test_up_to_fourteen_words_all_have_a_label(number, ticks):
    axis = axis_of("backbone", *(run(f"n{step}", backbone=BackboneSpec(f"net{step:02}")) for step in range(number)))
    assert len(axis.ticks) == ticks
    assert (min(axis.places), max(axis.places)) == (0.0, 1.0)
    assert sorted(axis.places) == pytest.approx([step / (number - 1) for step in range(number)])
