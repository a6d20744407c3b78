"""When the run shown gives no answer, in words: by its least confidence and thresholds, or unlike anything seen."""

from __future__ import annotations

from studio.formatting import numbers
from studio.formatting.language import tr
from studio.session import part_results
from studio.session.evaluation import deciding, judging
from studio.session.part_results import PartResults
from studio.session.state import AppState, RunState
from studio.session.using import words
from studio.spec.decision import PLAIN


def limits(state: AppState) -> str:
    """The rule by which the run shown answers or does not, in sentences; "" without a run."""
    run = state.run
    if run is None or not run.epochs:
        return ""
    rule = run.decision or PLAIN
    if run.dataset is not None and run.dataset.target:
        own = tr("A number is always given.")
    elif rule.least_confidence or rule.thresholds:
        own = tr("Rule: {words}.").format(words=deciding.words(rule))
    else:
        own = tr("No least confidence: every photo gets an answer.")
    return f"{own} {_unlike(state, rule.known_kept)}".strip()


def _unlike(state: AppState, share: float) -> str:
    """The limit from which a photo is unlike anything seen; "" until the answer for a photo tells if there is one."""
    given = state.given
    place = max(0, given.rows.place(given.chosen))
    if not given.rows or not words.are_of_run(state) or given.rows[place].why:
        return ""
    if given.rows[place].unlike is None:
        return tr("“Unlike anything seen” is unknown: the run stored no features of its training photos.")
    beyond, kept = _limit(state), tr("{share} of the validation photos").format(share=numbers.percent(share, 0))
    return tr("Unlike anything seen: {beyond} {kept}.").format(
        beyond=tr("beyond {beyond}, the distance of").format(beyond=beyond) if beyond else tr("farther than"), kept=kept
    )


def _limit(state: AppState) -> str:
    """The distance from which a photo is unlike anything seen, by the trace of the photo shown; "" without it."""
    trace = words.trace_now(state)
    return f"{trace.limit:.2g}" if trace is not None and trace.limit is not None else ""


def in_short(state: AppState) -> str:
    """The rule of `limits` in a few words."""
    run = state.run
    limit = _limit(state)
    own = deciding.words(run.decision) if run is not None and run.decision is not None else ""
    return ", ".join(filter(None, (own, tr("unlike beyond {limit}").format(limit=limit) if limit else ""))) or tr(
        "no limits set"
    )


def validation(state: AppState) -> PartResults | None:
    """The validation photos with the answers by the stored rule; None where their predictions are not at hand."""
    run, which = state.run, judging.weights(state)
    if run is None or run.dataset is None or run.dataset.target:
        return None
    rule, epoch = run.decision or PLAIN, judging.epoch_of(run, which)
    found = run.evaluations.get(("val", which)) or _of_training(run)
    return deciding.decided(found, rule) if found is not None and found.judged.epoch == epoch else None


def _of_training(run: RunState) -> PartResults | None:
    if run.predictions is None or run.dataset is None:
        return None
    return part_results.of_events(run.id, run.dataset, run.predictions)


def counts(results: PartResults) -> str:
    """How many validation photos are sure by the rule, and how many of these are right.

    Not “answered”: photos unlike anything seen have no answer either, however sure.
    """
    sure, total = int(results.sure.sum()), len(results.sure)
    right = sure - int(results.wrong.sum())
    share = tr(", {right} right").format(right=numbers.percent(right / sure)) if sure else ""
    return tr("{sure} of {total} sure{share}").format(sure=numbers.exact(sure), total=numbers.exact(total), share=share)
