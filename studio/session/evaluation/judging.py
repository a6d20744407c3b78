"""The part, epoch and results that the Evaluate page shows."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from studio.events import Failed, PartPredicted, RunEvaluated, Split
from studio.events.runs import WeightsChoice
from studio.formatting.language import tr
from studio.session import selectors
from studio.session.judged_choices import JudgedChoice
from studio.session.part_words import BEFORE_PHOTOS
from studio.session.runs import run_words
from studio.session.state import AppState, RunState
from studio.spec import structs

if TYPE_CHECKING:
    from studio.session.part_results import PartResults

JOB = "evaluate"

NO_TEST = tr("This split has no test photos. Hold some out in Images.")


def choice(state: AppState) -> JudgedChoice:
    """The choice for the run shown; the validation photos and the result where none was made."""
    run = state.shown or ""
    return state.judged if state.judged.run == run else JudgedChoice(run)


def part_chosen(state: AppState, part: Split) -> AppState:
    """The state after the user chose the part to judge."""
    return replace(state, judged=replace(choice(state), part=part))


def weights_chosen(state: AppState, weights: WeightsChoice | None) -> AppState:
    """The state after the user chose the epoch whose weights are judged."""
    return replace(state, judged=replace(choice(state), weights=weights))


def table_chosen(state: AppState, table: str) -> AppState:
    """The state after the user chose a table by whose columns the photos are sliced; "" for none."""
    return replace(state, judged=replace(choice(state), table=table))


def table_failed(state: AppState, failed: Failed) -> AppState:
    """The state after an evaluation failed: a table that is the reason is no longer in use."""
    table = choice(state).table
    return table_chosen(state, "") if table and table in failed.title else state


def result_weights(run: RunState) -> WeightsChoice:
    """The weights that are the result of a run."""
    return "last" if run.started.spec.train.result == "last" else "best"


def weights(state: AppState) -> WeightsChoice:
    """The weights that are judged."""
    run = state.run
    return choice(state).weights or (result_weights(run) if run is not None else "best")


def epoch_of(run: RunState, which: WeightsChoice) -> int:
    """Number of the best or of the last epoch so far; 0 before the first."""
    best = selectors.best_epoch(run)
    return len(run.epochs) if which == "last" or best is None else best.epoch


def evaluation(state: AppState) -> PartResults | None:
    """The evaluation of the chosen part and epoch on request, if it is as recent as the predictions of the run."""
    run = state.run
    if run is None:
        return None
    which, part = weights(state), choice(state).part
    results = run.evaluations.get((part, which))
    if results is None:
        return None
    if part == "val" and is_live(state):
        return results if results.judged.epoch == run_words.epoch_shown(run) else None
    # While a run trains, a later epoch becomes the last or the best one.
    return results if results.judged.epoch >= epoch_of(run, which) else None


def is_live(state: AppState) -> bool:
    """True where the predictions of the training itself are shown: those of the validation photos by the result."""
    run = state.run
    return (
        run is not None and choice(state).part == "val" and epoch_of(run, weights(state)) == run_words.epoch_shown(run)
    )


def is_missing(state: AppState) -> bool:
    """True where the chosen part can be evaluated without a request, and is not evaluated yet."""
    run = state.run
    if run is None or not run.epochs or run.status == "running" or choice(state).part == "test":
        return False
    results = evaluation(state)
    return results is None or not results.document


def cannot_judge(state: AppState, part: Split) -> str:
    """The reason why a part cannot be judged; "" where it can."""
    run = state.run
    if run is None or not run.epochs:
        return tr("Open a run with at least one finished epoch first.")
    count = photos_of(state, part)
    if count == 0:
        return (
            NO_TEST
            if part == "test"
            else tr("This run has no {part_words} photos.").format(part_words=BEFORE_PHOTOS[part])
        )
    return ""


def has_proposal(state: AppState) -> bool:
    """True where the verdict shown proposes settings."""
    results = evaluation(state)
    reasons = results.document["verdict"]["reasons"] if results is not None and results.document else ()
    return any(reason.get("proposal") for reason in reasons)


def cannot_set_up(state: AppState) -> str:
    """The reason why the settings that the verdict proposes cannot be chosen now; "" where they can."""
    run = state.run
    if run is None:
        return tr("Open a run first.")
    own = structs.replace(
        run.started.spec.backbone, image_size=None
    )  # the layers are the same for every size of photos
    if state.layers is None or state.layers_for is None or structs.replace(state.layers_for, image_size=None) != own:
        if structs.replace(state.spec.backbone, image_size=None) == own:
            return tr("The layers of the backbone are not listed yet.")
        return tr("Another backbone is chosen now: use the settings of this run first (Head).")
    return ""


def photos_of(state: AppState, part: Split) -> int | None:
    """Number of photos of a part; None where it is unknown."""
    run, data = state.run, state.dataset
    if run is None:
        return None
    results = run.evaluations.get((part, weights(state)))
    if results is not None:
        return len(results.judged.paths)
    if part == "val":
        predictions = run.predictions or run.numbers
        return len(predictions.photos) if predictions is not None else None
    counts = run.dataset.counts() if run.dataset is not None else {}
    if part in counts or "train" in counts:  # without training photos it is not the whole data set
        return sum(counts.get(part, ()))
    folder = run.started.spec.dataset.folder
    if data is not None and data.folder == folder and run.started.spec.dataset == state.spec.dataset:
        return sum(data.counts().get(part, ()))
    return None


def with_results(state: AppState, event: PartPredicted | RunEvaluated) -> AppState:
    """The state after predictions or an evaluation arrived; nothing changes where the run is no longer known."""
    run = state.runs.get(str(event.document["run"]) if isinstance(event, RunEvaluated) else event.run)
    if run is None:
        return state
    if isinstance(event, RunEvaluated):
        key: tuple[Split, WeightsChoice] = (event.document["part"], event.weights)
        before = run.evaluations.get(key)
        if before is None:
            return state
        results = replace(before, document=event.document, slice_photos=event.slice_photos)
    else:
        from studio.session.part_results import PartResults

        key = (event.judged.split, event.weights)
        results = PartResults(event.run, event.classes, event.target, event.judged)
    evaluations = MappingProxyType({**run.evaluations, key: results})
    return state.with_run(replace(run, evaluations=evaluations))
