"""The decision rule of a run: thresholds, temperature, least confidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from studio.commands.evaluation import decisions
from studio.evaluate.probabilities import thresholds
from studio.events import DecisionStored
from studio.formatting.numbers import figures, plain_percent
from studio.notebook.job_runner import ProgressChoice, run_job
from studio.notebook.photo_folder import PathLike
from studio.notebook.tables import Described, Description
from studio.spec import UserError
from studio.spec.decision import CRITERIA


class Thresholds(Described):
    """The decision rule that is stored with a run, and how well it answers the validation photos.

    Attributes:
        document: Everything, as `thaw threshold --json` prints it; its `rule` is None if there is none.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = dict(document)

    def __getitem__(self, key: str) -> Any:
        """An entry of the document: `run.threshold()["answered"]["value"]`."""
        return self.document[key]

    def _describe(self) -> Description:
        about, rule = self.document, self.document["rule"]
        if rule is None:
            words = f"{about['name']}: no thresholds are chosen; the most probable class is always the answer."
            return Description((words,))
        chosen = {one["class"]: one for one in rule["thresholds"]}
        rows = [["class", "from", "rule", "precision", "recall", "F1", "not sure"]]
        for row in about["per_class"]:
            one = chosen.get(row["name"], {"value": None, "rule": ""})
            value = "–" if one["value"] is None else f"{one['value']:.3f}"
            scores = (_with_interval(row[key]) for key in ("precision", "recall", "f1"))
            rows.append([row["name"], value, one["rule"], *scores, f"{row['unanswered']:,}"])
        lines = (
            f"{about['name']}, epoch {about['epoch']}: temperature {figures(rule['temperature'])}, not sure below "
            f"{rule['least_confidence']:.3f}",
            f"{_with_interval(about['answered'])} of {about['answered']['n']:,} validation photos are answered, "
            f"{_with_interval(about['accuracy'])} of these right ({about['judged_by']})",
        )
        return Description(lines, rows, frozenset({1, 6}))


def threshold(
    run: PathLike,
    classes: str | Sequence[str] = (),
    *,
    rule: str | None = None,
    at: float | None = None,
    remove: bool = False,
    temperature: float | Literal["fit"] | None = None,
    confidence: float | None = None,
    coverage: float | None = None,
    known: float | None = None,
    clear: bool = False,
    progress: ProgressChoice = False,
) -> Thresholds:
    """Choose, show or remove the thresholds of a run; predictions and exports answer by them from then on.

    Without any choice, the stored rule is returned.

    Args:
        run: Folder of the run.
        classes: Class or classes whose thresholds are chosen; () for every class.
        rule: Rule that chooses each threshold: "f1", "recall=0.95", "precision=0.9" or "cost=1:5" (costs of a photo
            wrongly called one of the class, and of a missed one).
        at: The threshold itself, 0…1.
        remove: True to remove the thresholds of these classes.
        temperature: Divisor of the scores; "fit" for the one with the lowest cross-entropy, 1 for none.
        confidence: The model does not answer where the highest probability is lower, 0…1.
        coverage: Share of the photos to answer, 0…1, by which that probability is chosen.
        known: Share of the validation photos to accept as like the training photos, above 0, up to 1.
        clear: True to discard the stored rule first.
        progress: True for a progress bar, False for none, or a function that is called with each event.

    Raises:
        UserError: There is no run, it predicts numbers or has no such class, no threshold obeys the rule, or a value
            is out of bounds.
    """
    names = (classes,) if isinstance(classes, str) else tuple(classes)
    _check(names, rule, at, remove)
    _check_shares(at=at, confidence=confidence, coverage=coverage, known=known)
    if temperature is not None and temperature != "fit" and not _between(1e-3, temperature, 1e3):
        raise UserError(f"temperature cannot be {temperature!r}.", 'Use "fit" or a number from 0.001 to 1,000.')
    if confidence is not None and coverage is not None:
        raise UserError("confidence and coverage exclude each other.", "Coverage chooses the least confidence.")
    change = decisions.change_of(
        Path(run),
        names,
        criterion=rule,
        value=at,
        remove=remove,
        temperature=temperature,
        confidence=confidence,
        coverage=coverage,
        known=known,
    )
    events = run_job(decisions.decide(Path(run), change, clear), progress)
    return Thresholds(next(event for event in events if isinstance(event, DecisionStored)).document)


def _check(names: Sequence[str], rule: str | None, at: float | None, remove: bool) -> None:
    chosen = sum((rule is not None, at is not None, remove))
    if chosen > 1:
        raise UserError("rule, at and remove exclude each other.", "Give one of them.")
    if names and not chosen:
        raise UserError("classes need rule, at or remove.", 'For example: classes="bees", rule="recall=0.95"')
    if rule is not None:
        try:
            thresholds.parse(rule)
        except ValueError:
            raise UserError(f"rule cannot be {rule!r}.", f"Use {CRITERIA}.") from None


def _check_shares(**shares: float | None) -> None:
    for name, share in shares.items():
        if share is not None and (not _between(0, share, 1) or (name == "known" and not share)):
            above = "above 0, up to 1" if name == "known" else "from 0 to 1"
            raise UserError(f"{name} cannot be {share!r}.", f"Use a number {above}.")


def _between(low: float, value: object, high: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def _with_interval(one: Mapping[str, Any]) -> str:
    ends = "unknown" if one["low"] is None else f"{plain_percent(one['low'])} – {plain_percent(one['high'])}"
    return f"{plain_percent(one['value'])} ({ends})"
