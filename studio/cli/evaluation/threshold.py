"""The command `thaw threshold`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from studio.cli import progress
from studio.commands.evaluation import decisions
from studio.events import DecisionStored
from studio.formatting.numbers import plain_percent
from studio.reports.values import metric_name
from studio.spec import UserError
from studio.spec.decision import ClassThreshold, DecisionRule
from studio.spec.structs import replace
from studio.system.output import say, say_json, say_table


def threshold(options: argparse.Namespace) -> int:
    """Choose, show or remove the thresholds of a run."""
    work = decisions.decide(options.run, _change(options), options.clear)
    event = next(event for event in progress.drain(work) if isinstance(event, DecisionStored))
    if options.json:
        say_json(event.document)
    else:
        _say(event.document)
    return 0


def _change(options: argparse.Namespace) -> Callable[[DecisionRule], DecisionRule] | None:
    """The change that the options ask for; None where they ask for none."""
    chooses = options.rule is not None or options.at is not None or options.none
    if options.classes and not chooses:
        raise UserError("--class needs --rule, --at or --none.", "For example: --class bees --rule recall=0.95")
    others = (options.temperature, options.confidence, options.coverage, options.known)
    if not chooses and all(one is None for one in others):
        return None

    def change(rule: DecisionRule) -> DecisionRule:
        if chooses:
            rule = replace(rule, thresholds=_thresholds(rule, options))
        if options.temperature is not None:
            fits = options.temperature == "fit"
            rule = replace(rule, temperature=1.0 if fits else options.temperature, temperature_fitted=fits)
        if options.confidence is not None:
            rule = replace(rule, least_confidence=options.confidence, coverage=None)
        if options.coverage is not None:
            rule = replace(rule, coverage=options.coverage)
        return rule if options.known is None else replace(rule, known_kept=options.known)

    return change


def _thresholds(rule: DecisionRule, options: argparse.Namespace) -> tuple[ClassThreshold, ...]:
    names = options.classes or _class_names(options.run)
    others = tuple(one for one in rule.thresholds if one.name not in names)
    if options.none:
        return others
    return (*others, *(ClassThreshold(name, options.at or 0.0, options.rule or "") for name in dict.fromkeys(names)))


def _class_names(run: Path) -> tuple[str, ...]:
    from studio.runs import folder

    return folder.read(run, only_known=False).classes


def _say(document: Mapping[str, Any]) -> None:
    rule = document["rule"]
    if rule is None:
        say(f"{document['name']}: no thresholds are chosen; the most probable class is always the answer.")
        return
    say(f"{document['name']}, epoch {document['epoch']}, chosen on the validation photos:")
    fitted = " (fitted)" if rule["temperature_fitted"] else ""
    say(f"  temperature {rule['temperature']:.3g}{fitted}")
    by = f" (so that {plain_percent(rule['coverage'], 0)} are answered)" if rule["coverage"] is not None else ""
    if rule["least_confidence"]:
        say(f"  not sure below a probability of {rule['least_confidence']:.3f}{by}")
    share = plain_percent(rule["known_kept"], 0)
    say(f"  unlike the training photos: farther from them than {share} of the validation photos")
    chosen = {one["class"]: one for one in rule["thresholds"]}
    rows = [
        [
            f"  {row['name']}",
            f"{chosen[row['name']]['value']:.3f}" if row["name"] in chosen else "–",
            chosen[row["name"]]["rule"] if row["name"] in chosen else "",
            *(_with_interval(row[key]) for key in ("precision", "recall", "f1")),
            f"{row['unanswered']:,}",
        ]
        for row in document["per_class"]
    ]
    say_table([["  CLASS", "FROM", "RULE", "PRECISION", "RECALL", "F1", "NOT SURE"], *rows], right={1, 6})
    say(f"Answered: {_with_interval(document['answered'])} of {document['answered']['n']:,} validation photos")
    say(f"Right, of these: {_with_interval(document['accuracy'])} ({document['judged_by']})")
    averages = (
        f"{metric_name(key)} {_with_interval(document['metrics'][key])}" for key in ("balanced_accuracy", "macro_f1")
    )
    say(f"Over the classes: {', '.join(averages)}")


def _with_interval(one: Mapping[str, Any]) -> str:
    if one["low"] is None:
        return f"{plain_percent(one['value'])} (unknown)"
    return f"{plain_percent(one['value'])} ({plain_percent(one['low'])} – {plain_percent(one['high'])})"
