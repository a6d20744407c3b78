"""The run shown and its epoch, in words."""

from __future__ import annotations

import datetime
import math

import pytest
import states

from studio.events import RunSummary
from studio.session.runs import run_words
from studio.session.state import AppState, RunList
from studio.spec import FreezePlan, Result
from studio.spec.structs import replace


def test_a_run_in_a_few_words() -> None:
    assert run_words.name(states.spec()) == "resnet18, frozen"
    assert run_words.name(states.spec(freeze=FreezePlan(thaw=("layer4",)))) == "resnet18, layer4 thawed"


def test_the_start_of_a_run_as_time_or_date() -> None:
    now = datetime.datetime.now().astimezone()
    assert run_words.clock(now.isoformat()) == now.strftime("%H:%M")
    earlier = now.replace(year=now.year - 1, month=3, day=5)
    assert run_words.clock(earlier.isoformat()) == f"5 Mar {now.year - 1}"
    other = now.replace(month=1 if now.month > 6 else 12, day=20)
    assert run_words.clock(other.isoformat()) == other.strftime("20 %b")
    assert run_words.clock("yesterday") == "–"


def test_the_run_shown_is_named_with_its_time() -> None:
    assert run_words.shown(AppState()) == ""
    run = states.run()
    known = AppState().showing(run)
    assert run_words.shown(known) == "resnet18, frozen", "its folder says no time"
    dated = replace(run, started=replace(run.started, run="/runs/2001-02-03_04-05-06 resnet18"))
    assert run_words.shown(known.showing(dated)) == "resnet18, frozen · 3 Feb 2001"
    listed = RunSummary(run.started.run, "done", run.started.spec, started="2002-05-06T07:08:09")
    other = replace(listed, path="/runs/other", started="2003-05-06T07:08:09")
    assert run_words.shown(replace(known, run_list=RunList((other, listed)))) == "resnet18, frozen · 6 May 2002"


@pytest.mark.parametrize(
    ("result", "done", "epoch", "words"),
    [
        ("loss", True, 3, "epoch 3 of 10, lowest validation loss"),
        ("loss", False, 3, "epoch 3 of 10, lowest validation loss so far"),
        ("metric", True, 3, "epoch 3 of 10, highest validation accuracy"),
        ("last", True, 3, "epoch 3 of 10, the last one"),
        ("last", False, 3, "epoch 3 of 10, running"),
        ("loss", True, 2, "epoch 2 of 10"),
        ("last", True, 2, "epoch 2 of 10"),
    ],
)
def test_the_epoch_shown_and_why(result: Result, done: bool, epoch: int, words: str) -> None:
    run = states.run(states.spec(result=result), done=done)
    run = replace(run, predictions=replace(run.predictions, epoch=epoch))
    assert run_words.epoch(run) == words


def test_the_epoch_that_the_user_chose_to_judge_is_named() -> None:
    run = states.run(states.spec(result="loss"))
    run = replace(run, predictions=replace(run.predictions, epoch=2))
    assert run_words.epoch(run, 2) == run_words.epoch(run)
    assert run_words.epoch(run, 3).startswith("epoch 3 of ")
    other = replace(run, epochs=tuple(replace(one, val_loss=float(one.epoch)) for one in run.epochs))
    assert run_words.epoch(other, 3).endswith(", the last one"), "the first epoch is the best one"


def test_before_the_first_epoch_none_is_shown() -> None:
    run = replace(states.run(), predictions=None, epochs=())
    assert (run_words.epoch(run), run_words.epoch_shown(run)) == ("", 0)
    assert run_words.epoch_shown(replace(states.run(), predictions=None)) == 3


def test_a_run_with_more_epochs_than_planned_counts_its_own() -> None:
    run = states.run(states.spec(epochs=2, head_epochs=1, result="last"))
    assert run_words.epoch(run) == "epoch 3 of 3, the last one"
    assert run_words.epoch(states.run(states.spec(epochs=2, result="last"))) == "epoch 3 of 3, the last one"


def test_the_loss_of_guessing_follows_from_the_number_of_classes() -> None:
    run = states.run()
    assert run_words.guessing(None) == run_words.guessing(replace(run, dataset=None)) == math.inf
    assert run_words.guessing(run) == pytest.approx(math.log(2))
    three = replace(run, dataset=states.dataset(classes=("a", "b", "c")))
    assert run_words.guessing(three) == pytest.approx(math.log(3))
    assert run_words.guessing(replace(run, dataset=replace(run.dataset, target="kg"))) == 1.0
