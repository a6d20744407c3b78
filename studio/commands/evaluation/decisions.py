"""Jobs that store or remove the decision rule of a run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from studio.commands.imports import imported
from studio.evaluate.documents import decision as documents
from studio.evaluate.probabilities import decisions
from studio.events import DecisionStored, Events, JudgedPart, Stage
from studio.jobs.protocol import Stop, Work
from studio.runs import decision_file, judged_photos
from studio.runs import folder as runs
from studio.runs.files.record import RunRecord
from studio.spec import UserError
from studio.spec.decision import DecisionRule
from studio.spec.structs import replace
from studio.system import paths


def decide(run: Path, change: Callable[[DecisionRule], DecisionRule] | None = None, clear: bool = False) -> Work:
    """Choose the decision rule of a run on its validation photos, store it, and judge it; yields `DecisionStored`.

    Args:
        run: Folder of the run.
        change: Function from the stored rule to the new one; None to leave it as it is.
        clear: True to begin without the stored rule, and to remove it where there is no change.

    Raises:
        UserError: The run predicts numbers, has no predictions, has no such class, or no threshold obeys the rule.
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
                # A run of an earlier version has nothing stored by which unlike photos are recognized.
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
