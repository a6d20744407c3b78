"""Output of `thaw forecast`: what a run will cost, before it is trained."""

from __future__ import annotations

import argparse

from studio.cli import layer_table, progress
from studio.cli.options.specs import run_of
from studio.commands import advice
from studio.events import Forecast
from studio.formatting.numbers import many, megabytes, seconds, small_bytes
from studio.spec.structs import asdict, replace
from studio.system.output import say, say_json, say_table


def forecast(options: argparse.Namespace) -> int:
    """Print the forecast of a run with these options."""
    spec = run_of(options, layer_table.for_fine_tuning(options))
    stream = progress.drain(advice.forecast(spec, options.measure))
    result = next(event for event in stream if isinstance(event, Forecast))
    if options.json:
        document = {**asdict(replace(result, spec=None)), "memory_bytes": result.memory.total}
        del document["spec"]
        say_json(document)
        return 0
    measured = result.measured
    memory = result.memory
    parts = [("weights", memory.weights), ("gradients", memory.gradients), ("optimizer", memory.optimizer)]
    parts.append(("activations", memory.activations))
    words = ", ".join(f"{name} {small_bytes(size)}" for name, size in parts)
    rows = [["", "FORECAST", *(["MEASURED"] if measured else [])]]
    rows.append([f"Memory of a step, {result.batch} photos", megabytes(memory.total)])
    rows.append(["Time of a step", seconds(result.step_seconds)])
    if measured:
        rows[1].append(megabytes(measured.memory_bytes) if measured.memory_bytes else "not known here")
        rows[2].append(seconds(measured.seconds))
    say_table(rows, right={1, 2})
    say(f"Memory: {words}.")
    photos = f"{result.photos:,} photos"
    say(f"First pass over {photos}: {seconds(result.first_pass_seconds)}, {small_bytes(result.cache_bytes)} of cache.")
    writing = f"{seconds(result.writing_seconds)} to write its checkpoint and weights"
    say(f"An epoch: {seconds(result.epoch_seconds)}, then {writing}; {result.trainable:,} parameters train.")
    epochs = spec.train.all_epochs
    train, proof = seconds(result.run_seconds(epochs)), seconds(result.proof_seconds)
    say(f"The run, {many(epochs, 'epoch')}: {train}, with {proof} for the proof at its end.")
    say(f"Largest batch that fits into {megabytes(result.available_bytes)} of free memory: {_largest(result)}.")
    say(f"Computed on {result.device} in {result.precision}.")
    return 0


def _largest(result: Forecast) -> str:
    if not result.largest_batch:
        return "none, not even one photo"
    return f"{result.largest_batch:,} photos"
