"""The command `thaw threshold`."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from studio.cli import progress
from studio.commands.evaluation import decisions
from studio.events import DecisionStored
from studio.formatting.numbers import plain_percent
from studio.reports.values import metric_name
from studio.spec import UserError
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


def _change(options: argparse.Namespace) -> decisions.Change | None:
    """The change of the decision rule that the options ask for; None if they ask for none."""
    if options.classes and options.rule is None and options.at is None and not options.none:
        raise UserError("--class needs --rule, --at or --none.", "For example: --class bees --rule recall=0.95")
    return decisions.change_of(
        options.run,
        options.classes,
        criterion=options.rule,
        value=options.at,
        remove=options.none,
        temperature=options.temperature,
        confidence=options.confidence,
        coverage=options.coverage,
        known=options.known,
    )


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
