"""The replay of a run as the window shows it: whether it can begin, what it does, and its result in words."""

from __future__ import annotations

from studio.events import RunReplayed, RunSummary
from studio.formatting import numbers, typography
from studio.formatting.language import counted, tr, translated
from studio.session.runs import run_list
from studio.session.state import AppState

TITLES = {
    "same": tr("Same: all losses, metrics and weights are equal, bit for bit"),
    "differs": tr("Differs: the results are not those of the run"),
    "cannot": tr("Cannot be replayed"),
}

MOST = 200
"""Largest number of differences that are shown."""


def cannot_replay(state: AppState) -> str:
    """The reason why the chosen run cannot be replayed now; "" where it can."""
    run = run_list.chosen(state)
    if run is None:
        return run_list.NONE_CHOSEN
    if run.state == "running":
        return tr("The run is still training.")
    return run_list.not_known(state) or ("" if run.epochs else tr("The run has no finished epoch."))


def cannot_start(state: AppState) -> str:
    """The reason why no replay can begin now; "" where one can."""
    return tr("A replay is in progress.") if "replay" in state.jobs else ""


def beside(state: AppState) -> str:
    """What a run in progress means for a replay; "" without one."""
    if "train" not in state.jobs:
        return ""
    return tr("Training is in progress. Its results do not change, but both take longer while they run together.")


def ended(result: RunReplayed, name: str) -> str:
    """The result in a sentence, for a user who closed the dialog."""
    return tr("Replay of {name}: {title}").format(name=name, title=title(result))


def about(run: RunSummary) -> str:
    """What the replay of a run does, in sentences."""
    took = (
        tr(" The run took {seconds}.").format(seconds=numbers.seconds(run.seconds)) if run.seconds is not None else ""
    )
    return tr(
        "The run is trained again from its record, {epochs}, with all features computed again, in a "
        "process of its own and a temporary folder. Photos and run are only read.{took}"
    ).format(epochs=counted(run.epochs, "epoch"), took=took)


def title(result: RunReplayed) -> str:
    """The result as a heading."""
    if result.result == "same" and result.unchecked:
        return tr("Same: all that could be compared is equal, bit for bit")
    size = result.largest_difference
    more = tr(", by up to {size:.2g}").format(size=size) if result.result == "differs" and size is not None else ""
    return TITLES[result.result] + more


def details(result: RunReplayed) -> str:
    """The reasons, the differences and what could not be checked, one per line."""
    lines = [*map(translated, result.why)]
    if result.differences:
        lines += ["", tr("Differences:")]
    for one in result.differences[:MOST]:
        where = tr("epoch {epoch}, {what}").format(epoch=one.epoch, what=one.what) if one.epoch else one.what
        lines.append(f"{where}: {one.difference:.2g}")
    if len(result.differences) > MOST:
        lines.append(tr("and {differences} more").format(differences=numbers.exact(len(result.differences) - MOST)))
    for kind, paths in (
        (tr("Changed"), result.photos.changed),
        (tr("Gone or unreadable"), result.photos.missing),
        (tr("New"), result.photos.added),
        (tr("Of another class, number or split"), result.photos.moved),
    ):
        if paths:
            lines += ["", f"{kind}:", *paths]
    if result.unchecked:
        lines += ["", tr("Not checked, because the record is too old to say:"), *map(translated, result.unchecked)]
    if not lines:
        lines = [f"{counted(result.epochs, 'epoch')} in {numbers.seconds(result.seconds)}."]
    return "\n".join(map(typography.one_line, lines)).strip()
