"""Output of the commands that train, and of `thaw backbones`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from studio.catalog import catalog
from studio.catalog.entry import BackboneInfo
from studio.cli import layer_table, progress, workers
from studio.cli.data.dataset import say_choices, say_ranges
from studio.cli.options.specs import run_of
from studio.cli.runs import seeds
from studio.cli.runs.runs import follow_training
from studio.commands import dataset
from studio.commands import training as jobs
from studio.evaluate.epochs.best_epoch import epoch_words, result_words
from studio.evaluate.metrics import in_report, task_of
from studio.events import RunStarted
from studio.jobs.protocol import Work
from studio.runs import folder
from studio.runs.files.record import RunRecord, document
from studio.runs.layer_changes import ChangeSummary, sentence, summarize
from studio.spec import DatasetSpec, RunSpec, TrainSpec, UserError
from studio.spec.structs import asdict
from studio.system import paths, worker_place
from studio.system.names import command_word
from studio.system.output import say, say_json, say_table


def demo(options: argparse.Namespace) -> int:
    """Train on sample photos with the bundled backbone."""
    if not options.headless and not options.json:
        for name in ("epochs", "out"):
            if getattr(options, name) is not None:
                raise UserError(f"--{name} has no effect on the window.", "Add --headless to train in the terminal.")
        from studio import app

        return app.run(None, demo=True, then_exit=True)
    progress.drain(dataset.sample())
    training = TrainSpec() if options.epochs is None else TrainSpec(epochs=options.epochs)
    spec = RunSpec(DatasetSpec(str(paths.sample_folder())), train=training)
    return _trained(jobs.train(spec, options.out), options.json)


def backbones(options: argparse.Namespace) -> int:
    """Print the catalog of backbones."""
    matches = catalog.search(" ".join(options.search))
    if options.json:
        say_json([_backbone_document(entry) for entry in matches])
        return 0
    if not matches:
        raise UserError(
            f"No backbone has “{' '.join(options.search)}” in its name or family.", "“thaw backbones” lists all."
        )
    rows = [["NAME", "SOURCE", "PARAMETERS", "GMACS", "IMAGENET", "FEATURES", "INPUT", "LICENSE", "WEIGHTS"]]
    for entry in matches:
        where = catalog.whereabouts(entry)
        size = "×".join(map(str, entry.input_size[1:]))
        weights = f"to download ({entry.download_mb:.0f} MB)" if where == "to download" else where
        rows.append(
            [
                entry.name,
                entry.source,
                f"{entry.parameters / 1e6:.1f} M",
                f"{entry.macs / 1e9:.2f}",
                "–" if entry.accuracy is None else f"{entry.accuracy:.1f} %",
                str(entry.features),
                size,
                entry.license or "not stated",
                weights,
            ]
        )
    say_table(rows, right={2, 3, 4, 5})
    return 0


def _backbone_document(entry: BackboneInfo) -> dict[str, Any]:
    """An entry of the catalog as JSON, with the state of its weights."""
    fields = asdict(entry)
    fields["licence"] = fields.pop("license")  # scripts read this key
    return {**fields, "where": catalog.whereabouts(entry)}


def train(options: argparse.Namespace) -> int:
    """Train a run."""
    spec = run_of(options, layer_table.for_fine_tuning(options))
    if options.seeds is not None:
        if worker_place.count() > 1:
            raise UserError("--seeds does not work with several workers.", "Train one seed at a time: --seed N.")
        return seeds.train(spec, options.seeds, options.out, options.json)
    return _trained(jobs.train(spec, options.out), options.json)


def resume(options: argparse.Namespace) -> int:
    """Continue or extend a run."""
    return _trained(jobs.resume(options.run, options.epochs, options.data), options.json)


def _trained(work: Work, as_json: bool) -> int:
    if worker_place.is_assistant():
        return workers.assist(work)
    events = follow_training(work)
    run = next(event.run for event in events if isinstance(event, RunStarted))
    record = folder.read(Path(run))
    if as_json:
        say_json(document(record))
        return 0
    _say_report(record)
    say_choices(record.choices)
    say_ranges(record.value_range)
    if not record.frozen_layers:
        say("No layer was frozen")
    elif not record.frozen_unchanged:
        say("Frozen layers CHANGED: this is a defect, please report it")
    if proof := sentence(_proof(record), record.adapters):
        say(proof)
    say(_course(record))
    say(f"Run: {run}")
    say(f"Export the head: thaw export {command_word(run)} --out head.safetensors")
    return 0


def _proof(record: RunRecord) -> ChangeSummary:
    """Summary of the changes of all layers."""
    return summarize(record.layers, record.spec.freeze.batch_norm == "update")


def _course(record: RunRecord) -> str:
    """The course of the training: “3 + 2 epochs, the first 3 of head warm-up; epoch 4 had the …; stopped early …”."""
    count = len(record.epochs)
    warm_up = sum(epoch.phase == "head" for epoch in record.epochs)
    parts = [f"{count} epoch{'' if count == 1 else 's'}"]
    if 0 < warm_up < count:
        parts = [f"{warm_up} + {count - warm_up} epochs, the first {warm_up} of head warm-up"]
    if record.best_epoch:
        parts.append(f"epoch {record.best_epoch} had the {record.criterion}")
    if record.stopped_early:
        patience = record.spec.train.patience
        parts.append(f"stopped early: no improvement for {patience} epoch{'' if patience == 1 else 's'}")
    return "; ".join(parts)


def _which_epoch(record: RunRecord) -> str:
    """The epoch whose metrics are printed: “epoch 4 of 5, highest validation accuracy”."""
    judged = record.judged_epoch
    if judged != record.result_epoch:  # the predictions of the result were lost, and no later epoch was better
        why = f"not the result, epoch {record.result_epoch}, whose predictions were lost"
        return epoch_words(judged, len(record.epochs), why)
    return result_words(judged, len(record.epochs), record.spec.train.result, task_of(record.target))


def _say_report(record: RunRecord) -> None:
    """Print the report on the validation photos: its metrics, and a row per class for classification."""
    report = record.report
    assert report is not None
    (metric, main), *others = in_report(report)
    name = metric.validation_name
    parts = [f"{record.target}: {name}" if record.target else f"{name[:1].upper()}{name[1:]}"]
    parts[0] += f" {metric.plain_text(main.value)}"
    if main.interval is not None:
        low, high = main.interval
        half = "" if metric.format == "percent" else f" ± {metric.plain_text((high - low) / 2)}"
        parts[0] += f"{half} (95 % interval {metric.plain_text(low)} to {metric.plain_text(high)})"
    parts += [f"{row.short_name} {row.plain_text(figure.value)}" for row, figure in others]
    say(f"{', '.join(parts)}, on {report.photos:,} validation photos, {_which_epoch(record)}. {report.verdict}.")
    say(report.advice)
    if report.classes:
        rows = [["CLASS", "PHOTOS", "PRECISION", "RECALL", "F1"]]
        for score in report.classes:
            shares = [f"{share:.3f}" for share in (score.precision, score.recall, score.f1)]
            rows.append([score.name, f"{score.images:,}", *shares])
        say_table(rows, right={1, 2, 3, 4})
