"""Names of runs and their epochs in words, the same everywhere in the window."""

from __future__ import annotations

import datetime
import functools
import math
import re
from pathlib import Path

from studio.catalog import catalog, readouts
from studio.evaluate import metrics
from studio.evaluate.epochs.best_epoch import criterion
from studio.evaluate.epochs.curve_rules import guessing_loss
from studio.events import RunSummary
from studio.formatting import run_names, typography
from studio.formatting.language import tr, translated
from studio.session import selectors
from studio.session.state import AppState, RunState
from studio.spec import RunSpec, UserError


def name(spec: RunSpec) -> str:
    """A run in a few words: "Lite0, frozen", "resnet18, layer4 thawed"."""
    return typography.one_line(f"{typography.short_backbone(spec.backbone.name)}, {training(spec)}")


def training(spec: RunSpec) -> str:
    """What trains, in a few words: “frozen”, “layer4 thawed”."""
    return translated(run_names.training(spec).removeprefix("all "))


def readout(spec: RunSpec) -> str:
    """The readout of a run's backbone in words; "" for the published one, or where the backbone is unknown."""
    try:
        info = readouts.chosen(catalog.find(spec.backbone.name), spec.backbone)
    except UserError:
        return ""
    return translated(readouts.words(info, spec.backbone)) if info.readout else ""


def title(run: RunSummary) -> str:
    """The user's title of a run, or else its backbone and what trains."""
    return typography.one_line(run.description.title) or name(run.spec)


def guessing(run: RunState | None) -> float:
    """The loss of guessing on the photos of a run; infinite where they are unknown."""
    if run is None or run.dataset is None:
        return math.inf
    return guessing_loss(0 if run.dataset.target else len(run.dataset.classes))


def clock(stamp: str) -> str:
    """The start of a run, as short as possible: "12:04" today, "20 Nov" this year, "20 Nov 2025" in other years."""
    return _clock(stamp, datetime.datetime.now().astimezone().date())


@functools.lru_cache(maxsize=1024)  # lists show the same runs again and again
def _clock(stamp: str, today: datetime.date) -> str:
    try:
        start = datetime.datetime.fromisoformat(stamp).astimezone()
    except ValueError:
        return "–"
    if start.date() == today:
        return start.strftime("%H:%M")
    return start.strftime("%d %b" if start.year == today.year else "%d %b %Y").lstrip("0")


def shown(state: AppState) -> str:
    """The run shown and its start: "Lite0, frozen · 14:06"; "" where none is shown."""
    run = state.run
    if run is None:
        return ""
    listed = next((one for one in state.run_list.listed if one.path == run.started.run), None)
    start = clock(listed.started if listed is not None else _stamp(run.started.run))
    words = title(listed) if listed is not None else name(run.started.spec)
    return " · ".join(part for part in (words, start) if part != "–")


def epoch_shown(run: RunState) -> int:
    """The epoch of a run whose figures and predictions are shown; 0 before the first."""
    predictions = run.predictions or run.numbers
    return predictions.epoch if predictions is not None else len(run.epochs)


def epoch(run: RunState, judged: int = 0) -> str:
    """The epoch shown and its criterion: "epoch 22 of 30, lowest validation loss"; "" before the first.

    Args:
        run: The run shown.
        judged: Number of the epoch whose weights the user chose to judge; 0 where none was chosen.
    """
    number = judged or epoch_shown(run)
    if not number:
        return ""
    best = selectors.best_epoch(run)
    rule, running = run.started.spec.train.result, run.status == "running"
    kind = ""
    if rule == "last" and number == len(run.epochs):
        kind = tr("running") if running else tr("the last one")
    elif best is not None and best.epoch == number:
        kind = translated(criterion(rule, metrics.task_of(run.started.spec.dataset.targets))) + (
            tr(" so far") if running else ""
        )
    elif judged == len(run.epochs):
        kind = tr("the last one")
    end = max(run.started.spec.train.all_epochs, number)
    return tr("epoch {number:,} of {end:,}").format(number=number, end=end) + (f", {kind}" if kind else "")


def _stamp(run: str) -> str:
    """The start of a run, parsed from the name of its folder; "" where the name has no time."""
    match = re.match(r"(\d{4}-\d{2}-\d{2})_(\d{2})-(\d{2})-(\d{2})", Path(run).name)
    return "{}T{}:{}:{}".format(*match.groups()) if match else ""
