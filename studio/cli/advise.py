"""Output of `thaw advise`: suggestions for a run before it is trained."""

from __future__ import annotations

import argparse

from studio.cli import progress
from studio.cli.options.specs import backbone_of, run_of
from studio.commands import advice, imports, network
from studio.events import LayerTable, RatesSuggested
from studio.spec import UserError
from studio.spec.structs import asdict, replace
from studio.system.output import say, say_json, say_table

LEAST_STEPS, MOST_STEPS = 20, 1000
PARTS = {"head": "head", "network": "thawed layers"}
OPTIONS = {"head": "--lr", "network": "--backbone-lr"}


def advise(options: argparse.Namespace) -> int:
    """Print the advice that `options.about` names."""
    if not LEAST_STEPS <= options.steps <= MOST_STEPS:
        raise UserError(
            f"--steps must be {LEAST_STEPS} to {MOST_STEPS} (got {options.steps}).", "80 are enough for most networks."
        )
    table = None
    if options.fine_tune:
        events = imports.start(network.inspect(replace(backbone_of(options), weights="none")))
        table = next(event for event in events if isinstance(event, LayerTable))
    spec = run_of(options, table)
    advised = progress.drain(advice.rates(spec, options.steps))
    result = next(event for event in advised if isinstance(event, RatesSuggested))
    if options.json:
        say_json({"tests": [asdict(test) for test in result.tests]})
        return 0
    rows = [["PART", "SUGGESTED", "LOWEST LOSS AT", "STEPS", "OPTION"]]
    for test in result.tests:
        rate = "–" if test.rate is None else f"{test.rate:g}"
        option = "" if test.rate is None else f"{OPTIONS[test.part]} {test.rate:g}"
        rows.append([PARTS[test.part], rate, f"{test.lowest:.1e}", str(len(test.rates)), option])
    say_table(rows, right={1, 2, 3})
    for test in result.tests:
        say(f"{PARTS[test.part].capitalize()}: {test.why}")
    return 0
