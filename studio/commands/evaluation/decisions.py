"""Jobs that store or remove the decision rule of a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from studio.commands.imports import imported
from studio.evaluate.documents import decision as documents
from studio.evaluate.probabilities import decisions
from studio.events import DecisionStored, Events, JudgedPart, Stage
from studio.jobs.protocol import Stop, Work
from studio.runs import decision_file, judged_photos
from studio.runs import folder as runs
from studio.runs.files.record import RunRecord
from studio.spec import UserError
from studio.spec.decision import ClassThreshold, DecisionRule
from studio.spec.structs import replace
from studio.system import paths

Change = Callable[[DecisionRule], DecisionRule]
"""A function from the decision rule before a change to the one after it."""


def change_of(
    run: Path,
    classes: Sequence[str] = (),
    *,
    criterion: str | None = None,
    value: float | None = None,
    remove: bool = False,
    temperature: float | Literal["fit"] | None = None,
    confidence: float | None = None,
    coverage: float | None = None,
    known: float | None = None,
) -> Change | None:
    """The change of a decision rule that the user's choices ask for; None if they ask for none.

    Args:
        run: Folder of the run.
        classes: Names of the classes whose thresholds are chosen; () for all.
        criterion: Rule by which a threshold is chosen, as `thresholds.parse` reads it; None for none.
        value: The threshold itself, 0…1.
        remove: True to remove the thresholds.
        temperature: Divisor of the scores; "fit" for the one with the lowest cross-entropy, None to leave it.
        confidence: Least probability of an answer; None to leave it.
        coverage: Share of the photos to answer, by which `confidence` is chosen.
        known: Share of the validation photos that count as like the training photos; None to leave it.

    Raises:
        UserError: There is no run.
    """
    chooses = criterion is not None or value is not None or remove
    if not chooses and all(one is None for one in (temperature, confidence, coverage, known)):
        return None
    where = paths.expanded(run)
    names = tuple(dict.fromkeys(classes or runs.read(where, only_known=False).classes)) if chooses else ()

    def change(rule: DecisionRule) -> DecisionRule:
        if chooses:
            others = tuple(one for one in rule.thresholds if one.name not in names)
            new = () if remove else (ClassThreshold(name, value or 0.0, criterion or "") for name in names)
            rule = replace(rule, thresholds=(*others, *new))
        if temperature is not None:
            number = 1.0 if isinstance(temperature, str) else temperature
            rule = replace(rule, temperature=number, temperature_fitted=isinstance(temperature, str))
        if confidence is not None:
            rule = replace(rule, least_confidence=confidence, coverage=None)
        if coverage is not None:
            rule = replace(rule, coverage=coverage)
        return rule if known is None else replace(rule, known_kept=known)

    return change


def decide(run: Path, change: Change | None = None, clear: bool = False) -> Work:
    """Choose the decision rule of a run on its validation photos, store it, and judge it; yields `DecisionStored`.

    Args:
        run: Folder of the run.
        change: Function from the stored rule to the new one; None to leave it as it is.
        clear: True to discard the stored rule first, also if there is no change.

    Raises:
        UserError: The run predicts numbers, has no predictions or no such class, or no threshold satisfies the rule.
    """

    def work(stop: Stop) -> Events:
        where = paths.expanded(run).absolute()
        where = where.parent if where.name == runs.RUN else where
        record = runs.read(where, only_known=False)
        if record.target:
            raise UserError(f"The run predicts {record.target}, a number.", "Only classes have thresholds.", where)
        yield Stage("decide", "Choosing thresholds")
        before = None if clear else decision_file.read(where, record.classes)
        if clear and change is None:
            decision_file.write(where, None)
        if change is None and before is None:
            yield DecisionStored(str(where), None, _head(where, record))
            return
        part = judged_photos.stored(where, record, record.spec.dataset.folder)
        if part is None:
            raise UserError(f"The run {where} has no predictions yet.", "Resume it.", where)
        rule = before or DecisionRule()
        if change is not None:
            rule = _chosen(change(rule), part, record)
            if rule.known_kept != (before or DecisionRule()).known_kept:
                # Runs of earlier versions did not store the features by which unlike photos are recognized.
                yield from imported()
                from studio.engine.predict import novelty_fit

                yield from novelty_fit.fit(where, "auto", stop)
            decision_file.write(where, None if rule == DecisionRule(epoch=rule.epoch) else rule)
        yield DecisionStored(str(where), rule, _head(where, record) | documents.document(part, rule, record.classes))

    return work


def store(run: Path, rule: DecisionRule | None) -> Work:
    """Store a rule as it is, or remove it; yields `DecisionStored`.

    Raises:
        UserError: The rule cannot be written.
    """

    def work(_stop: Stop) -> Events:
        yield Stage("decide", "Saving the thresholds")
        decision_file.write(run, rule)
        yield DecisionStored(str(run), rule)

    return work


def _chosen(rule: DecisionRule, part: JudgedPart, record: RunRecord) -> DecisionRule:
    unknown = [one.name for one in rule.thresholds if one.name not in record.classes]
    if unknown:
        raise UserError(f"The run has no class “{unknown[0]}”.", f"Its classes are {', '.join(record.classes)}.")
    try:
        rule = decisions.fitted(rule, part.truth, part.predicted, record.classes)
    except decisions.UnmetRuleError as error:
        raise UserError(str(error), "Ask for less, or set the threshold itself with --at.") from error
    return replace(rule, chosen_on="val", epoch=part.epoch)


def _head(run: Path, record: RunRecord) -> dict[str, object]:
    return {"run": str(run), "name": run.name, "epoch": record.predicted_epoch, "part": "val", "rule": None}
