"""The queue of runs."""

from __future__ import annotations

from types import MappingProxyType

import pytest

from studio.events import Dataset, Failed, Photo, Problem, RunStarted, RunSummary, Warned
from studio.runs.batches.queue_lines import QueueLine, QueueView
from studio.session import reducer
from studio.session.reducer import job_started, reduce
from studio.session.runs import run_queue
from studio.session.state import AppState, QueuedRun, RunList
from studio.spec import AugmentSpec, AugmentStep, BackboneSpec, DatasetSpec, FreezePlan, RunSpec, TrainSpec
from studio.spec.structs import replace

SPEC = RunSpec(DatasetSpec("/photos"), train=TrainSpec(epochs=5))
OTHER = replace(SPEC, backbone=BackboneSpec("resnet18"))
PHOTOS = Dataset("/photos", ("a", "b"), (Photo("a/1.jpg", 0, "train"), Photo("b/1.jpg", 1, "val")))


def training(run: str = "/runs/1") -> AppState:
    state = job_started(AppState(spec=SPEC, dataset=PHOTOS), "train")
    return reduce(state, "train", RunStarted(run, SPEC, "cpu", "features", (512,), 10, 20, ()))


def test_queued_runs_wait_in_order_and_each_can_be_removed() -> None:
    state = run_queue.with_runs(training(), [SPEC, OTHER])
    assert state.queue == (QueuedRun(1, SPEC), QueuedRun(2, OTHER))
    without = run_queue.without_run(state, 1)
    assert without.queue == (QueuedRun(2, OTHER),)
    assert run_queue.without_run(without, 1).queue == without.queue
    again = run_queue.with_runs(run_queue.without_run(without, 2), [SPEC])
    assert again.queue == (QueuedRun(3, SPEC),), "no number is reused"


def test_a_queued_run_is_moved_within_the_windows_own_queue() -> None:
    state = run_queue.with_runs(training(), [SPEC, OTHER, SPEC])
    state = replace(state, shared_queue=QueueView((QueueLine(7, SPEC), QueueLine(8, OTHER))))
    moved = run_queue.with_move(state, 3, 0)
    assert [one.number for one in moved.queue] == [3, 1, 2]
    places = [(one.number, one.place, one.last) for one in run_queue.queue_lines(moved)]
    assert places == [(3, 0, False), (1, 1, False), (2, 2, True), (7, 0, False), (8, 1, True)]


def test_only_valid_settings_are_queued_while_a_run_trains() -> None:
    assert run_queue.cannot_queue(training()) == ""
    idle = AppState(spec=SPEC, dataset=PHOTOS)
    assert run_queue.cannot_queue(idle) == "No run is in progress: press Train to start now."
    assert run_queue.cannot_queue(AppState()) == "Open an image folder first."
    broken = replace(PHOTOS, problems=(Problem("Only one class.", "Add another one."),))
    assert run_queue.cannot_queue(replace(training(), dataset=broken)) == "Only one class."


def test_the_next_run_is_shown_where_the_previous_one_or_none_was_shown() -> None:
    state = training()
    assert run_queue.is_followed(state)
    assert run_queue.is_followed(state.showing(None))
    assert not run_queue.is_followed(replace(state, shown="/runs/other"))
    assert not run_queue.is_followed(replace(state, jobs=MappingProxyType({})))


def test_a_failure_stays_shown_when_the_next_queued_run_starts() -> None:
    state = reduce(reduce(training(), "train", Warned("Few photos.")), "train", Failed("The disk is full.", ""))
    begun = reducer.job_started_from_queue(state, "train", False)
    assert (begun.faults, begun.warnings) == (state.faults, state.warnings)
    assert not begun.jobs["train"].shows_run
    assert reducer.job_started_from_queue(state, "train", True).jobs["train"].shows_run


@pytest.mark.parametrize(
    ("spec", "line"),
    [
        (SPEC, "Lite0, frozen · 5 epochs"),
        (replace(SPEC, train=TrainSpec(epochs=1)), "Lite0, frozen · 1 epoch"),
        (replace(OTHER, freeze=FreezePlan(thaw=("layer4",))), "resnet18, layer4 thawed · 5 epochs"),
    ],
)
def test_a_queued_run_in_words(spec: RunSpec, line: str) -> None:
    assert run_queue.words(QueuedRun(1, spec)) == line


def test_the_question_before_closing_names_the_queued_runs() -> None:
    state = training()
    assert run_queue.closing_words(state) == ("Training", "Finished epochs are kept in the run's folder.")
    one = run_queue.with_runs(state, [SPEC])
    assert run_queue.closing_words(one)[0] == "Training with 1 more run in the queue"
    assert run_queue.closing_words(one)[1].endswith("The queue is offered at the next start.")
    assert run_queue.closing_words(run_queue.with_runs(one, [SPEC]))[0].endswith("2 more runs in the queue")


def test_a_run_is_repeated_with_seeds_that_were_not_used() -> None:
    assert [spec.train.seed for spec in run_queue.repeated(AppState(spec=SPEC), 3)] == [7, 8, 9]
    run = RunSummary("/runs/1", "done", SPEC)
    other = RunSummary("/runs/2", "done", OTHER)
    state = run_queue.with_runs(AppState(run_list=RunList((run, other))), [_seeded(9)])
    assert [spec.train.seed for spec in run_queue.more_seeds(state, run, 3)] == [8, 10, 11]
    assert {spec.dataset for spec in run_queue.more_seeds(state, run, 3)} == {SPEC.dataset}


def test_a_queued_run_starts_only_when_no_other_trains() -> None:
    assert "empty" in run_queue.cannot_start(AppState())
    waiting = run_queue.with_runs(training(), [SPEC])
    assert "has ended" in run_queue.cannot_start(waiting)
    assert run_queue.cannot_start(replace(waiting, jobs=MappingProxyType({}))) == ""


def test_runs_left_in_a_queue_are_offered_in_words() -> None:
    assert run_queue.left_words(AppState()) == ""
    one = AppState(left_queue=(SPEC,))
    assert run_queue.left_words(one) == "A run was waiting when the program was closed: Lite0, frozen · 5 epochs."
    assert run_queue.left_words(replace(one, left_queue=(SPEC, OTHER))).startswith("2 runs were waiting")
    assert run_queue.left_words(replace(one, left_queue=(OTHER, SPEC))).endswith(
        f", first {run_queue.words(QueuedRun(0, OTHER))}."
    )


def _seeded(seed: int) -> RunSpec:
    return replace(SPEC, train=replace(SPEC.train, seed=seed))


def shared(*states: str, running: bool = False, worker: str = "") -> QueueView:
    lines = [
        QueueLine(number, OTHER, state, "No disk." * (state == "failed")) for number, state in enumerate(states, 3)
    ]
    return QueueView(tuple(lines), running, worker)


def test_the_runs_of_the_terminals_queue_come_last_in_one_list():
    state = replace(run_queue.with_runs(AppState(), [SPEC]), shared_queue=shared("waiting", "failed"))
    (own, first, second) = run_queue.queue_lines(state)
    assert (own.number, own.shared, own.details) == (1, False, "")
    assert (first.number, first.shared, first.details) == (3, True, "terminal 3, waiting")
    assert first.words == run_queue.words(QueuedRun(3, OTHER))
    assert second.details == "terminal 4, failed: No disk."
    assert run_queue.cannot_start(state) == ""
    line = run_queue.next_shared(state, {3})
    assert line is not None
    assert line.number == 4
    assert run_queue.next_shared(state, {3, 4}) is None


def test_the_failure_of_an_earlier_attempt_is_not_shown_during_the_next():
    line = QueueLine(3, OTHER, "waiting", "No disk.")
    state = AppState(shared_queue=QueueView((line,)))
    assert run_queue.queue_lines(state)[0].details == "terminal 3, waiting"
    without = AppState(shared_queue=QueueView((replace(line, state="failed", failure=""),)))
    assert run_queue.queue_lines(without)[0].details == "terminal 3, failed"


def test_another_process_that_trains_the_queue_is_named():
    state = AppState(shared_queue=shared("running", "waiting", running=True, worker="process 4711"))
    assert run_queue.queue_lines(state)[0].details.endswith("running in process 4711")
    assert run_queue.cannot_start(state) == "The queue of the terminal is running in process 4711."
    assert run_queue.next_shared(state, ()) is None
    assert run_queue.cannot_start(run_queue.with_runs(state, [SPEC])) == "", "the window's own may start"


def test_queued_runs_that_differ_in_one_setting_name_it():
    steps = [AugmentSpec((AugmentStep("crop", amount),)) for amount in (0.2, 0.4)]
    frozen = [FreezePlan("all", thaw=("a", "b", last)) for last in "cd"]
    pairs = (
        ([replace(SPEC, train=replace(SPEC.train, lr=lr)) for lr in (0.01, 1e-3)], ("rate 0.01", "rate 1e-3")),
        ([replace(SPEC, dataset=DatasetSpec(folder)) for folder in ("/a/x", "/b/x")], ("folder: /a/x", "folder: /b/x")),
        ([replace(SPEC, augment=one) for one in steps], ("steps: crop 0.2", "steps: crop 0.4")),
        ([replace(SPEC, freeze=one) for one in frozen], ("thawed: a, b, c", "thawed: a, b, d")),
        ([_seeded(1), _seeded(2)], ("", "")),
        ([SPEC, replace(SPEC, train=replace(SPEC.train, epochs=9))], ("", "")),
        ([SPEC, SPEC], ("", "")),
    )
    for specs, details in pairs:
        lines = run_queue.queue_lines(run_queue.with_runs(AppState(), specs))
        assert tuple(line.details for line in lines) == details
    beside = replace(SPEC, train=replace(SPEC.train, batch_size=8))
    (line,) = run_queue.queue_lines(run_queue.with_runs(training(), [beside]))
    assert line.details == "batch 8", "it differs from the run in progress"
