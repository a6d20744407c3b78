"""Which runs are compared in the window."""

from __future__ import annotations

import states
from comparisons import compared
from run_summaries import summary

from studio.events import RunSummary
from studio.session import reducer, selectors, user_choices
from studio.session.runs import comparing
from studio.session.state import AppState, RunList
from studio.spec import DatasetSpec, TrainSpec
from studio.spec.structs import replace


def run(path: str, folder: str = "/photos", targets: str = "", **more: object) -> RunSummary:
    spec = replace(states.spec(folder), dataset=DatasetSpec(folder, targets=targets))
    return replace(summary(""), path=path, spec=spec, **more)  # type: ignore[arg-type]


def with_runs(*runs: RunSummary, chosen: str = "") -> AppState:
    state = replace(states.state(), spec=states.spec("/photos"))
    return replace(state, run_list=RunList(runs, chosen=chosen, is_listed=True))


def test_two_runs_with_an_epoch_are_needed() -> None:
    one, other = run("/1"), run("/2")
    for state in (
        with_runs(),
        with_runs(one),
        with_runs(one, replace(other, epochs=0)),
        with_runs(one, replace(other, state="running")),
        with_runs(one, run("/2", targets="/t.csv")),
    ):
        assert comparing.cannot_compare(state) == comparing.TOO_FEW
    assert comparing.cannot_compare(with_runs(one, other)) == ""
    assert "already" in comparing.cannot_compare(comparing.opened(with_runs(one, other), "/1", "/2"))


def test_the_selected_run_is_compared_with_the_newest_one_on_the_same_folder() -> None:
    runs = (run("/new", "/other"), run("/2"), run("/1"), run("/numbers", targets="/t.csv"))
    assert comparing.proposed(with_runs(*runs)) == ("/1", "/2")
    assert comparing.proposed(with_runs(*runs, chosen="/1")) == ("/2", "/1")
    assert comparing.proposed(with_runs(*runs, chosen="/numbers")) == ("/1", "/2")
    assert comparing.proposed(with_runs(*runs, chosen="/new")) == ("/2", "/new")
    assert [one.path for one in comparing.partners(with_runs(*runs), "/1")] == ["/2", "/new"]
    assert [one.path for one in comparing.partners(with_runs(*runs), "/gone")] == ["/2", "/1", "/numbers", "/new"]


def test_the_run_shown_is_compared_with_its_baseline() -> None:
    shown = states.run()
    state = with_runs(run("/2"), run(shown.id), run("/1")).showing(shown)
    assert comparing.proposed(state) == ("/2", shown.id)
    assert comparing.proposed(replace(state, compared="/1")) == ("/1", shown.id)


def test_a_result_of_another_choice_is_ignored() -> None:
    state = comparing.opened(AppState(), "/runs/a", "/runs/b")
    result = compared()
    shown = reducer.reduce(state, "compare", result)
    assert shown.pair is not None
    assert shown.pair.result is result
    for other in (compared("/runs/b", "/runs/a"), compared(part="train")):
        assert reducer.reduce(state, "compare", other) is state
    kept = comparing.opened(shown, "/runs/a", "/runs/b", "train").pair
    assert kept is not None
    assert (kept.part, kept.result) == ("train", result), "until the new one arrives"
    assert comparing.opened(shown, "/runs/b", "/runs/a").pair.result is None  # type: ignore[union-attr]
    assert reducer.reduce(comparing.closed(shown), "compare", result).pair is None


def test_why_no_report_can_be_written() -> None:
    finished = states.state().showing(states.run())
    assert selectors.cannot_report(finished) == ""
    assert selectors.cannot_report(AppState()).startswith("Open a run")
    assert selectors.cannot_report(states.with_job(finished, "report")) == "A report is being written."
    assert selectors.cannot_report(states.state().showing(states.run(done=False))) == "Training is in progress."
    state = comparing.opened(finished, "/runs/a", "/runs/b")
    assert selectors.cannot_report(state) == "The runs are being compared."
    assert selectors.cannot_report(comparing.received(state, compared())) == ""


def test_a_run_or_folder_that_is_opened_ends_the_comparison() -> None:
    known = states.run()
    state = comparing.opened(states.state().showing(known), "/runs/a", "/runs/b")
    assert user_choices.run_shown(state, known.id).pair is None
    assert user_choices.run_shown(state, "/unknown").pair is not None
    opened = reducer.reduce(reducer.job_started(state, "open_run"), "open_run", known.started)
    assert opened.pair is None
    other = replace(state.spec, dataset=DatasetSpec("/other"))
    assert user_choices.spec_changed(state, other).pair is None
    assert user_choices.spec_changed(state, replace(state.spec, train=TrainSpec(epochs=77))).pair is not None


def test_two_chosen_runs_can_be_compared_if_both_have_epochs_and_one_task() -> None:
    state = with_runs(run("/1"), run("/2"), run("/numbers", targets="/t.csv"), replace(run("/none"), epochs=0))
    assert comparing.cannot_compare_two(state, "/1", "/2") == ""
    for a, b in (("/1", "/none"), ("/none", "/1"), ("/1", "/gone"), ("/gone", "/1")):
        assert comparing.cannot_compare_two(state, a, b).startswith("A run without a finished epoch")
    for a, b in (("/1", "/numbers"), ("/numbers", "/1")):
        assert "the other numbers" in comparing.cannot_compare_two(state, a, b)
