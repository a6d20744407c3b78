"""What each command of `thaw` prints. Progress goes to stderr, results to stdout."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from studio import catalogue, cli, commands, places, terminal
from studio.cli_runs import followed
from studio.data import range_words
from studio.evaluate.best_epoch import epoch_words, result_words
from studio.evaluate.numbers import figures
from studio.events import (
    Dataset,
    DatasetFound,
    ImagePrediction,
    ImageSkipped,
    LayerChange,
    LayerTable,
    RangesFound,
    RunStarted,
    Saved,
    ValueRanges,
)
from studio.events.runs import Which
from studio.failures import in_words
from studio.names import command_word
from studio.output import error_document, say, say_json, say_table
from studio.spec import BackboneSpec, DatasetSpec, Fault, RunSpec, TrainSpec, ValueRange
from studio.spec_json import run_spec_from_json
from studio.terminal import left_out_words
from studio.workbench import runs, value_ranges
from studio.workbench.jobs import Work
from studio.workbench.proof import Proof, sentence, summed

MOST_NOTES = 20
"""Notes on photos that are printed."""


def demo(options: argparse.Namespace) -> int:
    """Sample photos, bundled backbone, trained at once."""
    if not options.headless and not options.json:
        for name in ("epochs", "out"):
            if getattr(options, name) is not None:
                raise Fault(f"--{name} has no effect on the window.", "Add --headless to train in the terminal.")
        from studio import app

        return app.run(None, demo=True, then_exit=True)
    terminal.drain(commands.sample())
    training = TrainSpec() if options.epochs is None else TrainSpec(epochs=options.epochs)
    spec = RunSpec(DatasetSpec(str(places.sample_folder())), train=training)
    return _trained(commands.train(spec, options.out), options.json)


def scan(options: argparse.Namespace) -> int:
    """What a folder holds."""
    spec = cli.dataset_of(options)
    found = [event for event in terminal.drain(commands.scan(spec)) if isinstance(event, DatasetFound)]
    dataset = found[-1].dataset
    fault = None
    if dataset.problems:
        fault = Fault(dataset.problems[0].title, dataset.problems[0].hint, dataset.folder)
    if options.json:
        error = error_document(in_words(fault)) if fault else {}
        say_json({**_dataset_document(dataset, spec.value_range), **error})
    else:
        _say_dataset(dataset, spec.value_range)
    if fault is not None:
        raise fault
    return 0


def backbones(options: argparse.Namespace) -> int:
    """The catalogue."""
    found = catalogue.search(" ".join(options.search))
    if options.json:
        say_json([{**asdict(entry), "where": catalogue.whereabouts(entry)} for entry in found])
        return 0
    if not found:
        raise Fault(f"No backbone has “{' '.join(options.search)}” in its name.", "“thaw backbones” lists all.")
    rows = [["NAME", "SOURCE", "PARAMETERS", "GMACS", "FEATURES", "INPUT", "LICENCE", "WEIGHTS"]]
    for entry in found:
        where = catalogue.whereabouts(entry)
        size = "×".join(map(str, entry.input_size[1:]))
        weights = f"to download ({entry.download_mb:.0f} MB)" if where == "to download" else where
        rows.append(
            [
                entry.name,
                entry.source,
                f"{entry.parameters / 1e6:.1f} M",
                f"{entry.macs / 1e9:.2f}",
                str(entry.features),
                size,
                entry.licence or "not stated",
                weights,
            ]
        )
    say_table(rows, right={2, 3, 4})
    return 0


def layers(options: argparse.Namespace) -> int:
    """The layers of a backbone."""
    spec = BackboneSpec(options.backbone, options.weights, options.image_size)
    tables = [event for event in terminal.drain(commands.inspect(spec)) if isinstance(event, LayerTable)]
    table = tables[-1]
    shown = [layer for layer in table.layers if options.depth is None or layer.depth < options.depth]
    head = table.features * (options.classes or 0) + (options.classes or 0)
    if options.json:
        say_json(
            {
                "backbone": table.backbone,
                "image_size": list(table.image_size),
                "features": table.features,
                "parameters": table.parameters,
                "classifier": table.classifier,
                "layers": [asdict(layer) for layer in shown],
            }
        )
        return 0
    rows = [["LAYER", "TYPE", "INPUT", "OUTPUT", "PARAMETERS"]]
    for layer in shown:
        name = "  " * layer.depth + layer.path
        rows.append([name, layer.type, _shape(layer.input_shape), _shape(layer.output_shape), f"{layer.parameters:,}"])
    outputs = str(options.classes) if options.classes else "classes"
    rows.append([f"{table.classifier} (new)", "Linear", str(table.features), outputs, f"{head:,}" if head else "–"])
    say_table(rows, right={4})
    say(f"{table.parameters:,} parameters, {table.features} features a photo of {_shape((3, *table.image_size))}")
    return 0


def train(options: argparse.Namespace) -> int:
    """A run."""
    table = _table(cli.backbone_of(options)) if options.fine_tune else None
    return _trained(commands.train(cli.run_of(options, table), options.out), options.json)


def resume(options: argparse.Namespace) -> int:
    """A run goes on."""
    return _trained(commands.resume(options.run, options.epochs, options.data), options.json)


def extract(options: argparse.Namespace) -> int:
    """Feature vectors into a file."""
    work = commands.extract(cli.dataset_of(options), cli.backbone_of(options), options.out, options.device)
    events = terminal.drain(work)
    dataset = next(event.dataset for event in events if isinstance(event, DatasetFound))
    saved = next(event for event in events if isinstance(event, Saved))
    ranges = next(event.ranges for event in events if isinstance(event, RangesFound))
    if options.json:
        used = asdict(ranges) if ranges.chosen or ranges.estimated else None
        say_json({"out": saved.path, **_dataset_document(dataset, None), "value_range": used})
    else:
        say(f"{len(dataset.photos)} feature vectors written to {saved.path}")
        _say_ranges(ranges)
    return 0


def predict(options: argparse.Namespace) -> int:
    """Classes of images; exit status 2 where one could not be read, or none was found."""
    events = terminal.drain(commands.predict(options.run, options.images, options.device, options.epoch))
    found = [event for event in events if isinstance(event, ImagePrediction)]
    skipped = [event for event in events if isinstance(event, ImageSkipped)]
    data = _record(options.run)
    epoch, target = _epoch_used(found, data, options.epoch), data.get("target") or ""
    if target:
        return _predicted_numbers(target, epoch, found, skipped, options.json)
    classes, fault = list(data["classes"]), _without_prediction(skipped)
    if options.json:
        rows = [
            {
                "path": event.path,
                "predicted": event.predicted,
                "probabilities": dict(zip(classes, event.probabilities, strict=True)),
            }
            for event in found
        ]
        say_json({"epoch": epoch, "classes": classes, "predictions": rows, **_skipped_document(skipped, fault)})
    else:
        for event in found:
            ranked = sorted(zip(event.probabilities, classes, strict=True), reverse=True)[:5]
            say(f"{event.path}: {event.predicted}  ({', '.join(f'{name} {share:.3f}' for share, name in ranked)})")
    if fault is not None:
        raise fault
    return 0


def export(options: argparse.Namespace) -> int:
    """The head into a file."""
    work = commands.export(options.run, options.out, options.epoch)
    saved = next(event for event in terminal.drain(work) if isinstance(event, Saved))
    file = Path(saved.path).with_suffix(".json")
    card = json.loads(file.read_text(encoding="utf-8"))
    if options.json:
        told = {name: card[name] for name in ("epoch", "which", "epochs", "best_epoch", "criterion")}
        say_json({"out": saved.path, "card": str(file), **told})
        return 0
    which = f", the {card['which']} of {card['epochs']}" if card["which"] else ""
    say(f"The head of epoch {card['epoch']}{which}, was written to {saved.path}, its card to {file}")
    if card["which"] == "last" and card["best_epoch"]:
        say(f"Epoch {card['best_epoch']} had the {card['criterion']}: --epoch best takes its head.")
    elif card["which"] == "best":
        say(f"It had the {card['criterion']}. The last epoch is {card['epochs']}: --epoch last takes its head.")
    return 0


def _trained(work: Work, as_json: bool) -> int:
    events = followed(work)
    run = next(event.run for event in events if isinstance(event, RunStarted))
    data = runs.read(Path(run))
    if as_json:
        say_json(data)
        return 0
    (_say_number_report if data.get("target") else _say_report)(data)
    _say_ranges(value_ranges.of(data))
    if not data["frozen_layers"]:
        say("No layer was frozen")
    elif not data["frozen_unchanged"]:
        say("Frozen layers CHANGED: this is a defect, please report it")
    if proof := sentence(_proof(data)):
        say(proof)
    say(_course(data))
    say(f"Run: {run}")
    say(f"Export the head: thaw export {command_word(run)} --out head.safetensors")
    return 0


def _say_ranges(ranges: ValueRanges) -> None:
    for line in range_words.of_run(ranges):
        say(f"Black and white of photos of more than 8 bits: {line}")


def _table(spec: BackboneSpec) -> LayerTable:
    """The layers of a backbone; its weights are not needed to know them."""
    work = commands.inspect(replace(spec, weights="none"))
    return next(event for event in commands.start(work) if isinstance(event, LayerTable))


def _proof(data: dict[str, Any]) -> Proof:
    """What the run did to each layer."""
    follow = data.get("batch_norm") == "update"
    return summed((LayerChange(**layer) for layer in data.get("layers", ())), follow)


def _course(data: dict[str, Any]) -> str:
    """“3 + 2 epochs, the first 3 of the head alone; epoch 4 had the …; stopped early …” from the record."""
    epochs = data["epochs"]
    alone = sum(epoch.get("phase") == "head" for epoch in epochs)
    parts = [f"{len(epochs)} epoch{'' if len(epochs) == 1 else 's'}"]
    if 0 < alone < len(epochs):
        parts = [f"{alone} + {len(epochs) - alone} epochs, the first {alone} of the head alone"]
    if data.get("best_epoch"):
        parts.append(f"epoch {data['best_epoch']} had the {data['criterion']}")
    if data.get("stopped_early"):
        patience = data["spec"]["train"]["patience"]
        parts.append(f"stopped early: no better one for {patience} epoch{'' if patience == 1 else 's'}")
    return "; ".join(parts)


def _which_epoch(data: dict[str, Any]) -> str:
    """Which epoch the report is of: “epoch 4 of 5, highest validation accuracy”."""
    result = run_spec_from_json(data["spec"]).train.result
    if data["judged_epoch"] != data.get(
        "result_epoch", data["judged_epoch"]
    ):  # its predictions were lost, and no later epoch was better
        why = f"not the result, epoch {data['result_epoch']}, whose predictions were lost"
        return epoch_words(data["judged_epoch"], len(data["epochs"]), why)
    return result_words(data["judged_epoch"], len(data["epochs"]), result, bool(data.get("target")))


def _say_report(data: dict[str, Any]) -> None:
    """Accuracy and classes."""
    report = data["report"]
    low, high = report["interval"]
    say(
        f"Validation accuracy {report['accuracy']:.1%} (95 % interval {low:.1%} to {high:.1%}), "
        f"{_which_epoch(data)}. {report['verdict']}."
    )
    say(report["advice"])
    rows = [["CLASS", "PHOTOS", "PRECISION", "RECALL", "F1"]]
    for score in report["classes"]:
        numbers = [f"{score[key]:.3f}" for key in ("precision", "recall", "f1")]
        rows.append([score["name"], str(score["images"]), *numbers])
    say_table(rows, right={1, 2, 3, 4})


def _say_number_report(data: dict[str, Any]) -> None:
    """Errors, and what they are beside always saying the mean."""
    report = data["report"]
    low, high = report["mae_interval"]
    say(
        f"{data['target']}: mean absolute error {figures(report['mae'])} ± {figures((high - low) / 2)} "
        f"(95 % interval {figures(low)} to {figures(high)}), RMSE {figures(report['rmse'])}, R² {report['r2']:.3f}, "
        f"on {report['photos']:,} validation photos, {_which_epoch(data)}. {report['verdict']}."
    )
    say(f"Always saying the mean of the training photos: mean absolute error {figures(report['baseline_mae'])}.")
    say(report["advice"])


def _epoch_used(found: list[ImagePrediction], data: dict[str, Any], which: Which | None) -> int:
    """The epoch whose weights predicted, as they say themselves; else by the run's record or the head's card."""
    # The weights first: where a run was killed between them and its record, the record knows of an earlier epoch.
    if found and found[0].epoch:
        return found[0].epoch
    if "epoch" in data:
        return int(data["epoch"])
    best = (which or runs.result_of(data)) == "best"
    return int(data["best_epoch"]) if best else len(data["epochs"])


def _skipped_document(skipped: list[ImageSkipped], fault: Fault | None) -> dict[str, Any]:
    """What was left out; with what an error says where the exit status is one."""
    error = {} if fault is None else error_document(in_words(fault))
    return error | {
        "unreadable": [left_out_words(event) for event in skipped if not event.stray],
        "skipped": [{"path": event.path, "reason": event.reason, "count": event.count} for event in skipped],
    }


def _without_prediction(skipped: list[ImageSkipped]) -> Fault | None:
    """What to say of photos and folders that were asked for and gave no prediction; None where all did."""
    asked = [event for event in skipped if not event.stray]
    if not asked:
        return None
    first = f"{asked[0].path}: {asked[0].reason}."
    if len(asked) == 1:
        return Fault(f"No prediction of {first}", "Check it, or leave it out.", asked[0].path)
    return Fault(
        f"No prediction of {len(asked):,} photos or folders, the first {first}",
        "Check them, or leave them out.",
        asked[0].path,
    )


def _predicted_numbers(
    target: str, epoch: int, found: list[ImagePrediction], skipped: list[ImageSkipped], as_json: bool
) -> int:
    """Numbers of images; as `predict`."""
    fault = _without_prediction(skipped)
    if as_json:
        rows = [{"path": event.path, "number": event.number} for event in found]
        say_json({"epoch": epoch, "target": target, "predictions": rows, **_skipped_document(skipped, fault)})
    for event in () if as_json else found:
        say(f"{event.path}: {target} {figures(event.number or 0.0, 5)}")
    if fault is not None:
        raise fault
    return 0


def _record(source: Path) -> dict[str, Any]:
    """The record of a run, or the card of an exported head."""
    return runs.read(source if source.is_dir() or source.name == runs.RUN else source.with_suffix(".json"))


def _dataset_document(dataset: Dataset, chosen: ValueRange | None) -> dict[str, Any]:
    numbers: dict[str, Any] = {}
    if dataset.target:
        numbers = {"target": dataset.target, **_range(dataset)}
    return {
        "folder": dataset.folder,
        **numbers,
        "classes": list(dataset.classes),
        "counts": {split: dict(zip(dataset.classes, row, strict=True)) for split, row in dataset.counts().items()},
        "split": "found" if dataset.split_found else "made",
        "photos": len(dataset.photos),
        "value_range": _ranges_document(dataset, chosen),
        "skipped": [asdict(skipped) for skipped in dataset.skipped],
        "notes": [asdict(note) for note in dataset.notes],
        "problems": [asdict(problem) for problem in dataset.problems],
    }


def _ranges_document(dataset: Dataset, chosen: ValueRange | None) -> dict[str, Any] | None:
    """Black and white of photos of more than 8 bits; None where there are none."""
    if dataset.deep is None:
        return None
    return {
        "photos": dataset.deep.photos,
        "chosen": None if chosen is None else asdict(chosen),
        "stated": [asdict(one) for one in dataset.deep.stated],
        "estimated": [asdict(one) for one in dataset.deep.estimated],
        "words": list(range_words.describe(dataset.deep, chosen)),
    }


def _say_dataset(dataset: Dataset, chosen: ValueRange | None) -> None:
    counts = dataset.counts()
    rows = [["NUMBER" if dataset.target else "CLASS", *(split.upper() for split in counts)]]
    rows += [[name, *(str(row[index]) for row in counts.values())] for index, name in enumerate(dataset.classes)]
    say_table(rows, right=set(range(1, len(counts) + 1)))
    split = "split found in the folder" if dataset.split_found else "split made here"
    if dataset.target and dataset.photos:
        spread = ", ".join(f"{name} {figures(value)}" for name, value in _range(dataset).items())
        say(f"{len(dataset.photos)} photos with a number, {spread}, {split}")
    else:
        say(f"{len(dataset.photos)} photos, {len(dataset.classes)} classes, {split}")
    if dataset.deep is not None:
        for line in range_words.describe(dataset.deep, chosen):
            say(f"Black and white of photos of more than 8 bits: {line}")
    if dataset.notes:
        say(f"Notes ({len(dataset.notes):,}):")
        say_table([[f"  {note.path}", note.text] for note in dataset.notes[:MOST_NOTES]])
        if len(dataset.notes) > MOST_NOTES:
            say(f"  and {len(dataset.notes) - MOST_NOTES:,} more; --json lists all")
    if dataset.skipped:
        say(f"Left out ({sum(skipped.count for skipped in dataset.skipped):,}):")
        say_table([[f"  {skipped.path}", skipped.reason] for skipped in dataset.skipped])


def _range(dataset: Dataset) -> dict[str, float]:
    """Lowest, mean and highest number."""
    numbers = [photo.target for photo in dataset.photos] or [0.0]
    return {"lowest": min(numbers), "mean": sum(numbers) / len(numbers), "highest": max(numbers)}


def _shape(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape)) if shape else "–"
