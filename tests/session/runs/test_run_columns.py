"""Columns, filter and order of the list of runs, and names that distinguish runs."""

from __future__ import annotations

import math

import pytest
from run_summaries import DONE, INTERRUPTED, summary

from studio.evaluate.compare.repetitions import repetitions
from studio.events import Figure, RunDescription, RunSummary
from studio.planning.presets import from_scratch
from studio.session.runs import run_columns
from studio.session.runs.run_columns import COLUMNS, RunView, column_of, listed, view_of
from studio.session.runs.run_differences import differences
from studio.spec import FreezePlan
from studio.spec.dataset import ValueRange
from studio.spec.structs import replace

FAILED = summary("failed", "failed", 0, 3, figure=None, result_epoch=0, started="2026-01-03T00:00:00+00:00")
MINE = replace(DONE, path="/nowhere/runs/mine", description=RunDescription("Zwei\nZeilen", "best", True, ("paper",)))


def trained(run: RunSummary, **settings: object) -> RunSummary:
    return replace(run, spec=replace(run.spec, train=replace(run.spec.train, **settings)))


def test_every_run_has_a_text_in_every_column_and_every_order_is_possible():
    runs = (DONE, INTERRUPTED, FAILED, MINE, replace(DONE, seconds=None))
    for column in COLUMNS:
        texts = [column.text(run, None) for run in runs]
        assert all("\n" not in text for text in texts)
        for descending in (False, True):
            assert len(listed(runs, RunView(sort=column.key, descending=descending))) == len(runs)
    assert [column_of(key).text(MINE, None) for key in ("run", "result", "tags", "epochs")] == [
        "★ Zwei\\nZeilen", "1, lowest loss", "paper", "3 of 3",
    ]  # fmt: skip


def test_figures_that_are_not_numbers_come_last_in_both_directions():
    runs = [replace(DONE, path=str(value), figure=Figure("mae", value)) for value in (3.0, math.nan, 1.0, 2.0, 0.5)]
    orders = [
        [run.path for run in listed(runs, RunView(sort="figure", descending=descending))]
        for descending in (False, True)
    ]
    assert orders == [["0.5", "1.0", "2.0", "3.0", "nan"], ["3.0", "2.0", "1.0", "0.5", "nan"]]


def test_runs_without_a_value_come_last_in_both_directions():
    better = replace(DONE, path="better", figure=Figure("accuracy", 0.95))
    runs = (FAILED, DONE, better)
    assert listed(runs, RunView(sort="figure")) == (better, DONE, FAILED)
    assert listed(runs, RunView(sort="figure", descending=False)) == (DONE, better, FAILED)
    assert listed(runs, RunView()) == (FAILED, DONE, better), "newest first; equal ones stay in order"


@pytest.mark.parametrize(
    ("text", "found"),
    [("", 3), ("zeilen", 1), ("BEST paper", 1), ("failed", 1), ("lite0", 3), ("paper failed", 0), ("seed 7", 3)],
)
def test_a_run_is_found_if_it_contains_every_word(text, found):
    assert len(listed((DONE, FAILED, MINE), RunView(text=text))) == found


def test_only_runs_with_a_star():
    assert listed((DONE, MINE), RunView(starred=True)) == (MINE,)
    assert RunView(starred=True).is_filtered
    assert not RunView(text=" ").is_filtered


def test_a_heading_sorts_and_reverses():
    view = RunView().sorted_by("figure")
    assert (view.sort, view.descending) == ("figure", True)
    assert not view.sorted_by("figure").descending
    assert not view.sorted_by("backbone").descending, "texts begin with A"


def test_columns_are_chosen_and_stored():
    view = RunView().with_column("tags", True).with_column("epochs", True)
    assert view.columns == ("figure", "epochs", "tags")
    assert view.with_column("figure", False).columns == ("epochs", "tags")
    assert view_of("-figure", ["tags", "gone", "run"]) == RunView(sort="figure", columns=("tags",))
    assert view_of("gone", []) == RunView(columns=())
    assert view_of("epochs", ["gone"]) == RunView(sort="epochs", descending=False)


def test_repeated_runs_show_mean_and_spread():
    runs = [trained(replace(DONE, path=str(seed)), seed=seed) for seed in (1, 2)]
    (group,) = repetitions(runs)
    assert run_columns.reached(runs[0], group) == "90.0\u202f%\nØ 90.0 ± 0.0\u202f%"
    error = replace(DONE, figure=Figure("mae", 3.21987))
    assert run_columns.reached(error) == "±\u202f3.22"


def test_run_names_contain_the_settings_that_differ():
    one, other = trained(replace(DONE, path="1"), lr=0.01, schedule="cosine"), trained(replace(DONE, path="2"), seed=8)
    assert differences((one, other)) == {"1": "rate 0.01, cosine, seed 7", "2": "rate 1e-3, constant, seed 8"}
    same = trained(replace(DONE, path="3"), epochs=9, checkpoint_minutes=9.0)
    assert differences((DONE, same)) == {DONE.path: "", "3": ""}, "its progress tells the epochs"
    assert differences((DONE,)) == {}
    scratch = replace(one, path="4", spec=from_scratch(one.spec))
    assert not {"weights", "batchNorm"} & {word.split(" ")[0] for word in differences((one, scratch))["4"].split(", ")}
    wide = replace(one, spec=replace(one.spec, backbone=replace(one.spec.backbone, image_size=64)))
    assert "image size 64" in differences((one, wide))["1"] or "64" in differences((one, wide))[wide.path]


def test_a_rate_that_no_layer_uses_is_not_a_difference():
    frozen = trained(replace(DONE, path="1"), lr=0.5)
    thawed = trained(replace(DONE, path="2"), backbone_lr=1e-4)
    thawed = replace(thawed, spec=replace(thawed.spec, freeze=FreezePlan(thaw=("layer4",))))
    assert differences((frozen, thawed)) == {"1": "rate 0.5", "2": "rate 1e-3, layer rate 1e-4"}


def test_settings_without_effect_are_not_a_difference():
    plain = replace(DONE, path="1")
    blocks = replace(plain.spec.backbone, readout="blocks", readout_blocks=6)
    tokens = replace(DONE, path="2", spec=replace(plain.spec, backbone=blocks))
    words = differences((plain, tokens))
    assert words == {
        "1": "readout: as published",
        "2": "readout: class tokens of the last blocks, blocks of the readout 6",
    }
    adapters = replace(plain.spec, freeze=FreezePlan(lora_rank=4, lora_alpha=8.0, lora_layers="mlp"))
    adapted = replace(DONE, path="3", spec=replace(adapters, train=replace(adapters.train, lora_lr=1e-3)))
    words = differences((plain, adapted))
    assert words == {"1": "", "3": "LoRA alpha 8, LoRA layers: mlp, LoRA learning rate 1e-3"}


def test_differences_name_numbers_lists_files_and_disabled_settings():
    def with_dataset(path: str, **settings: object) -> RunSummary:
        return replace(DONE, path=path, spec=replace(DONE.spec, dataset=replace(DONE.spec.dataset, **settings)))

    plain = with_dataset("1")
    assert differences((plain, with_dataset("2", targets="/tables/ages.csv"))) == {"1": "", "2": "targets ages.csv"}
    some, none = differences((with_dataset("1", folders=("a", "b")), with_dataset("2"))).values()
    assert (some.split(" ")[0], none.split(" ")[0]) == ("2", "no")
    ranged = differences((with_dataset("1", value_range=ValueRange(0, 4095)), with_dataset("2")))
    assert ranged == {"1": "value range", "2": ""}


@pytest.mark.parametrize(
    ("setting", "number", "words"),
    [("patience", 0, "training to the last epoch"), ("warmup", 0.0, "no warm-up"), ("clip_norm", 0.0, "no limit")],
)
def test_a_zero_that_disables_a_setting_is_written_as_a_word(setting, number, words):
    off = trained(replace(DONE, path="off"), **{setting: number})
    for value in (1, 2):
        on = trained(replace(DONE, path="on"), **{setting: type(number)(value)})
        found = differences((off, on))
        assert found["off"] == words
        assert found["on"].endswith(f" {value}")
        assert words not in found["on"]
