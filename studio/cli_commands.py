"""What each command of `thaw` prints. Progress goes to stderr, results to stdout."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from studio import catalogue, cli, commands, places, terminal
from studio.events import Dataset, DatasetFound, ImagePrediction, LayerTable, RunStarted, Saved, Warned
from studio.spec import BackboneSpec, DatasetSpec, Fault, RunSpec, TrainSpec
from studio.terminal import columns, say, say_json
from studio.workbench import runs
from studio.workbench.jobs import Work


def demo(options: argparse.Namespace) -> int:
    """Sample photos, bundled backbone, trained at once."""
    if not options.headless and not options.json:
        from studio import app

        return app.run(None, demo=True)
    terminal.drain(commands.sample())
    spec = RunSpec(DatasetSpec(str(places.sample_folder())), train=TrainSpec(epochs=options.epochs))
    return _trained(commands.train(spec, options.out), options.json)


def scan(options: argparse.Namespace) -> int:
    """What a folder holds."""
    found = [
        event for event in terminal.drain(commands.scan(cli.dataset_of(options))) if isinstance(event, DatasetFound)
    ]
    dataset = found[-1].dataset
    if options.json:
        say_json(_dataset_document(dataset))
    else:
        _say_dataset(dataset)
    if dataset.problems:
        raise Fault(dataset.problems[0].title, dataset.problems[0].hint)
    return 0


def backbones(options: argparse.Namespace) -> int:
    """The catalogue."""
    found = catalogue.search(" ".join(options.search))
    if options.json:
        say_json([{**asdict(entry), "where": catalogue.whereabouts(entry)} for entry in found])
        return 0
    if not found:
        raise Fault(f"No backbone's name holds “{' '.join(options.search)}”.", "“thaw backbones” lists all.")
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
    say(columns(rows, right={2, 3, 4}))
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
    say(columns(rows, right={4}))
    say(f"{table.parameters:,} parameters, {table.features} features a photo of {_shape((3, *table.image_size))}")
    return 0


def train(options: argparse.Namespace) -> int:
    """A run."""
    return _trained(commands.train(cli.run_of(options), options.out), options.json)


def extract(options: argparse.Namespace) -> int:
    """Feature vectors into a file."""
    work = commands.extract(cli.dataset_of(options), cli.backbone_of(options), options.out, options.device)
    events = terminal.drain(work)
    dataset = next(event.dataset for event in events if isinstance(event, DatasetFound))
    saved = next(event for event in events if isinstance(event, Saved))
    if options.json:
        say_json({"out": saved.path, **_dataset_document(dataset)})
    else:
        say(f"{len(dataset.photos)} feature vectors written to {saved.path}")
    return 0


def predict(options: argparse.Namespace) -> int:
    """Classes of images; exit status 2 where one could not be read."""
    events = terminal.drain(commands.predict(options.run, options.images, options.device))
    found = [event for event in events if isinstance(event, ImagePrediction)]
    unread = [event for event in events if isinstance(event, Warned)]
    classes = _classes(options.run)
    if options.json:
        rows = [
            {
                "path": event.path,
                "predicted": event.predicted,
                "probabilities": dict(zip(classes, event.probabilities, strict=True)),
            }
            for event in found
        ]
        say_json({"classes": classes, "predictions": rows, "unreadable": [event.title for event in unread]})
    elif found:
        for event in found:
            ranked = sorted(zip(event.probabilities, classes, strict=True), reverse=True)[:5]
            say(f"{event.path}: {event.predicted}  ({', '.join(f'{name} {share:.3f}' for share, name in ranked)})")
    return 2 if unread else 0


def export(options: argparse.Namespace) -> int:
    """The head into a file."""
    saved = next(e for e in terminal.drain(commands.export(options.run, options.out)) if isinstance(e, Saved))
    card = str(Path(saved.path).with_suffix(".json"))
    if options.json:
        say_json({"out": saved.path, "card": card})
    else:
        say(f"The head is in {saved.path}, what it needs to be used rightly in {card}")
    return 0


def _trained(work: Work, as_json: bool) -> int:
    events = terminal.drain(work)
    run = next(event.run for event in events if isinstance(event, RunStarted))
    data = runs.read(Path(run))
    if as_json:
        say_json(data)
        return 0
    report = data["report"]
    low, high = report["interval"]
    say(f"Validation accuracy {data['val_accuracy']:.1%} (95 % interval {low:.1%} to {high:.1%}). {report['verdict']}.")
    say(report["advice"])
    rows = [["CLASS", "PHOTOS", "PRECISION", "RECALL", "F1"]]
    for score in report["classes"]:
        numbers = [f"{score[key]:.3f}" for key in ("precision", "recall", "f1")]
        rows.append([score["name"], str(score["images"]), *numbers])
    say(columns(rows, right={1, 2, 3, 4}))
    frozen = (
        "unchanged, hashes are equal" if data["frozen_unchanged"] else "CHANGED: this is a defect, please report it"
    )
    say(f"{len(data['frozen_layers'])} frozen layers: {frozen}" if data["frozen_layers"] else "No layer was frozen")
    say(f"Run: {run}")
    say(f"Take the head away: thaw export {run} --out head.safetensors")
    return 0


def _classes(source: Path) -> list[str]:
    file = source if source.is_dir() or source.name == runs.RUN else source.with_suffix(".json")
    return list(runs.read(file)["classes"])


def _dataset_document(dataset: Dataset) -> dict[str, Any]:
    return {
        "folder": dataset.folder,
        "classes": list(dataset.classes),
        "counts": {split: dict(zip(dataset.classes, row, strict=True)) for split, row in dataset.counts().items()},
        "split": "found" if dataset.split_found else "made",
        "photos": len(dataset.photos),
        "skipped": [asdict(skipped) for skipped in dataset.skipped],
        "problems": [asdict(problem) for problem in dataset.problems],
    }


def _say_dataset(dataset: Dataset) -> None:
    counts = dataset.counts()
    rows = [["CLASS", *(split.upper() for split in counts)]]
    rows += [[name, *(str(row[index]) for row in counts.values())] for index, name in enumerate(dataset.classes)]
    say(columns(rows, right=set(range(1, len(counts) + 1))))
    split = "split found in the folder" if dataset.split_found else "split made here"
    say(f"{len(dataset.photos)} photos, {len(dataset.classes)} classes, {split}")
    if dataset.skipped:
        say(f"Left out ({len(dataset.skipped)}):")
        say(columns([[f"  {skipped.path}", skipped.reason] for skipped in dataset.skipped]))


def _shape(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape)) if shape else "–"
