"""Output of `thaw advise`: suggestions for a run before it is trained."""

from __future__ import annotations

import argparse

from studio.cli import layer_table, progress
from studio.cli.options.specs import run_of
from studio.commands import advice
from studio.events import BackboneAdvice, CutAdvice, RatesSuggested
from studio.formatting.numbers import count, many, percent, plain, seconds, small_bytes
from studio.planning.rate_choice import STEPS
from studio.session.plan.rate_advice import rates_of
from studio.spec import FreezePlan, RunSpec, TrainSpec, UserError
from studio.spec.settings import row_of
from studio.spec.structs import asdict
from studio.system.output import say, say_json, say_table

LEAST_STEPS, MOST_STEPS = 20, 1000
PARTS = {"head": "head", "network": "thawed layers"}


def advise(options: argparse.Namespace) -> int:
    """Print the advice that `options.about` names."""
    if options.about != "rate" and options.steps != STEPS:
        raise UserError(f"--steps has no effect on “thaw advise {options.about}”.", "It is for “thaw advise rate”.")
    if options.about == "rate" and not LEAST_STEPS <= options.steps <= MOST_STEPS:
        raise UserError(
            f"--steps must be {LEAST_STEPS} to {MOST_STEPS} (got {options.steps}).", "80 are enough for most networks."
        )
    spec = run_of(options, layer_table.for_fine_tuning(options))
    if options.about == "cut":
        return _cuts(spec, options.json)
    if options.about == "backbone":
        return _backbones(spec, options.json)
    return _rates(spec, options.steps, options.json)


def _options(plan: FreezePlan) -> str:
    """The options of `thaw train` for one of the advisor's plans."""
    if plan.until:
        return f"--freeze-until {plan.until}"
    return " ".join(["--freeze all", *(f"--thaw {layer}" for layer in plan.thaw)])


def _rates(spec: RunSpec, steps: int, json: bool) -> int:
    advised = progress.drain(advice.rates(spec, steps))
    result = next(event for event in advised if isinstance(event, RatesSuggested))
    if json:
        say_json({"tests": [asdict(test) for test in result.tests]})
        return 0
    rows = [["PART", "SUGGESTED", "LOWEST LOSS AT", "STEPS", "OPTION"]]
    for test in result.tests:
        rate = "–" if test.rate is None else f"{test.rate:g}"
        found = rates_of(spec, test).items()
        option = " ".join(f"{row_of(TrainSpec, name).flag} {value:g}" for name, value in found)
        rows.append([PARTS[test.part], rate, f"{test.lowest:.1e}", str(len(test.rates)), option])
    say_table(rows, right={1, 2, 3})
    for test in result.tests:
        say(f"{PARTS[test.part].capitalize()}: {test.why}")
    return 0


def _cuts(spec: RunSpec, json: bool) -> int:
    advised = progress.drain(advice.cuts(spec))
    result = next(event for event in advised if isinstance(event, CutAdvice))
    chosen = result.cuts[result.choice]
    if json:
        rows = [asdict(cut) for cut in result.cuts]
        for row, cut in zip(rows, result.cuts, strict=True):
            del row["plan"]
            row |= {"freeze_until": cut.plan.until, "thaw": cut.plan.thaw}
        say_json(
            {
                "cuts": rows,
                "choice": {**rows[result.choice], "why": result.why},
                "photos": result.photos,
                "seconds": result.seconds,
            }
        )
        return 0
    table = [["", "FROZEN UP TO", "PROBE", "95 % INTERVAL", "TRAINS", "EPOCH", "CACHE"]]
    for place, cut in enumerate(result.cuts):
        layer = cut.layer if cut.trainable else "all layers"
        between = f"{percent(cut.low)} to {percent(cut.high)}"
        epoch = seconds(cut.seconds) if cut.trainable else "head only"
        mark = "→" if place == result.choice else ""
        trained, size = f"{cut.trainable:,}", small_bytes(cut.bytes)
        table.append([mark, layer, percent(cut.accuracy), between, trained, epoch, size])
    say_table(table, right={2, 4, 5, 6})
    say(result.why)
    say(f"Probed on {result.photos:,} training photos, in {seconds(result.seconds)}. Options: {_options(chosen.plan)}")
    return 0


def _backbones(spec: RunSpec, json: bool) -> int:
    advised = progress.drain(advice.backbones(spec))
    result = next(event for event in advised if isinstance(event, BackboneAdvice))
    chosen = result.probes[result.choice]
    if json:
        rows = [
            {"name": probe.backbone.name, **{key: value for key, value in asdict(probe).items() if key != "backbone"}}
            for probe in result.probes
        ]
        document = asdict(result)
        for key in ("dataset", "probes", "choice", "why"):
            del document[key]
        downloads = [{"name": name, "megabytes": size} for name, size in result.downloads]
        choice = {**rows[result.choice], "why": result.why}
        say_json({"backbones": rows, "choice": choice, **document, "downloads": downloads})
        return 0
    table = [["", "BACKBONE", "PROBE", "95 % INTERVAL", "PARAMETERS", "MACS", "INPUT", "EPOCH, ALL THAWED"]]
    for place, probe in enumerate(result.probes):
        mark = "→" if place == result.choice else ""
        between = plain(f"{percent(probe.low)} to {percent(probe.high)}")
        size = "×".join(map(str, probe.image_size))
        cells = [mark, probe.backbone.name, plain(percent(probe.accuracy)), between, count(probe.parameters)]
        table.append([*cells, count(probe.macs), size, plain(seconds(probe.epoch_seconds))])
    say_table(table, right={2, 4, 5, 6, 7})
    say(plain(result.why))
    for note in result.notes:
        say(note)
    if result.left_out:
        were = "was" if result.left_out == 1 else "were"
        left = plain(many(result.left_out, "backbone"))
        say(f"{left} on this computer {were} not compared; --backbone adds one.")
    if result.downloads:
        names = ", ".join(f"{name} ({size:.0f} MB)" for name, size in result.downloads)
        say(f"Not on this computer, and worth a try: {names}. Nothing was downloaded.")
    say(
        f"Probed on {result.photos:,} training photos, in {plain(seconds(result.seconds))}. "
        f"Option: --backbone {chosen.backbone.name}"
    )
    return 0
