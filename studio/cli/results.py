"""The commands that use a trained run: `thaw predict` and `thaw export`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from studio.cli import progress
from studio.cli.options.specs import backbone_of
from studio.commands import results
from studio.events import ClassHeatmap, ImagePrediction, ImageSkipped, LayerOutput, Saved
from studio.events.runs import WeightsChoice
from studio.formatting.numbers import figures
from studio.jobs.event_lines import left_out_words
from studio.runs import folder, head_card
from studio.runs.files.record import RunRecord
from studio.runs.head_card import HeadCard
from studio.spec import BackboneSpec, UserError
from studio.spec.network_file import parse
from studio.system.failures import message_of
from studio.system.output import error_document, say, say_json

UNLIKE = ", but unlike the training photos"


def predict(options: argparse.Namespace) -> int:
    """Print predictions for images; exit status 2 where one could not be read, or there was none."""
    events = progress.drain(results.predict(options.run, options.images, options.device, options.epoch))
    predictions = [event for event in events if isinstance(event, ImagePrediction)]
    skipped = [event for event in events if isinstance(event, ImageSkipped)]
    about = _about(options.run)
    epoch, target = _epoch_used(predictions, about, options.epoch), about.target
    if target:
        return _predicted_numbers(target, epoch, predictions, skipped, options.json)
    classes, fault = list(about.classes), _without_prediction(skipped)
    if options.json:
        rows = [
            {
                "path": event.path,
                "predicted": event.predicted,
                "sure": event.sure,
                "unlike": event.unlike,
                "distance": event.distance,
                "probabilities": dict(zip(classes, event.probabilities, strict=True)),
            }
            for event in predictions
        ]
        say_json({"epoch": epoch, "classes": classes, "predictions": rows, **_skipped_document(skipped, fault)})
    else:
        for event in predictions:
            ranked = sorted(zip(event.probabilities, classes, strict=True), reverse=True)[:5]
            shares = ", ".join(f"{name} {share:.3f}" for share, name in ranked)
            say(f"{event.path}: {_answer(event)}  ({shares})")
    if fault is not None:
        raise fault
    return 0


def activations(options: argparse.Namespace) -> int:
    """Write the output of a layer for a photo."""
    options.backbone = options.source
    run = Path(options.source).is_dir()
    spec = BackboneSpec() if run else backbone_of(options)
    work = results.activations(options.source, spec, options.image, options.layer, options.out)
    result = next(event for event in progress.drain(work) if isinstance(event, LayerOutput))
    if options.json:
        say_json(
            {
                "path": result.path,
                "out": str(options.out),
                "layer": result.layer,
                "shape": list(result.shape),
                "channels": list(result.channels),
                "weights": result.weights,
                "seconds": result.seconds,
            }
        )
        return 0
    size = " × ".join(map(str, result.shape))
    weights = f", weights {result.weights}" if result.weights else ""
    say(f"{result.layer}: {size}{weights}; written to {options.out}")
    return 0


def cam(options: argparse.Namespace) -> int:
    """Write the heatmap of a photo for a class."""
    work = results.heatmap(options.run, options.image, options.out, options.name, options.layer, options.epoch)
    result = next(event for event in progress.drain(work) if isinstance(event, ClassHeatmap))
    if options.json:
        say_json(
            {
                "path": result.path,
                "out": str(options.out),
                "class": result.name,
                "layer": result.layer,
                "score": result.score,
                "probability": result.probability,
                "shape": list(result.heat.shape),
                "seconds": result.seconds,
            }
        )
        return 0
    size = " × ".join(map(str, result.heat.shape))
    say(f"“{result.name}”, {result.probability:.3f}, at {result.layer} ({size}): written to {options.out}")
    if not result.heat.any():
        say("Nothing at this layer raises the score. Choose an earlier layer, or another class.")
    return 0


def export(options: argparse.Namespace) -> int:
    """Export the head to a file."""
    work = results.export(options.run, options.out, options.epoch)
    saved = next(event for event in progress.drain(work) if isinstance(event, Saved))
    file, card = head_card.path_of(Path(saved.path)), head_card.read(Path(saved.path))
    if options.json:
        facts = {
            "epoch": card.epoch,
            "which": card.which,
            "epochs": card.epochs,
            "best_epoch": card.best_epoch,
            "criterion": card.criterion,
        }
        network_file = parse(card.spec.backbone.name)
        needs = {"network_file": network_file.path, "sha256": network_file.content} if network_file is not None else {}
        say_json({"out": saved.path, "card": str(file), **facts, **needs})
        return 0
    which = f" (the {card.which} of {card.epochs})" if card.which else ""
    say(f"Head of epoch {card.epoch}{which} written to {saved.path}, its card to {file}")
    if (network := parse(card.spec.backbone.name)) is not None:
        content = f"SHA-256 {network.content[:12]}…"
        say(f"It needs your network, {network.path} ({content}): keep it unchanged there, or beside the head.")
    if card.which == "last" and card.best_epoch:
        say(f"Epoch {card.best_epoch} had the {card.criterion}: --epoch best exports its head.")
    elif card.which == "best":
        say(f"It had the {card.criterion}. The last epoch is {card.epochs}: --epoch last exports its head.")
    return 0


def _answer(event: ImagePrediction) -> str:
    """The predicted class, or that the model is not sure, or that the photo is unlike its training photos."""
    answer = event.predicted if event.sure else f"not sure, rather {event.predicted}"
    return f"{answer}{UNLIKE}" if event.unlike else answer


def _epoch_used(predictions: list[ImagePrediction], about: RunRecord | HeadCard, which: WeightsChoice | None) -> int:
    """The epoch whose weights predicted, as their file has it; else by the run's record or the head's card."""
    # The weights first: a run killed between writing them and its record has a record of an earlier epoch.
    if predictions and predictions[0].epoch:
        return predictions[0].epoch
    if isinstance(about, HeadCard):
        return about.epoch
    return about.best_epoch if (which or about.result) == "best" else len(about.epochs)


def _skipped_document(skipped: list[ImageSkipped], fault: UserError | None) -> dict[str, Any]:
    """Left-out files as JSON, with the error where the exit status is one."""
    error = {} if fault is None else error_document(message_of(fault))
    return error | {
        "unreadable": [left_out_words(event) for event in skipped if not event.stray],
        "skipped": [{"path": event.path, "reason": event.reason, "count": event.count} for event in skipped],
    }


def _without_prediction(skipped: list[ImageSkipped]) -> UserError | None:
    """The error for requested photos and folders without a prediction; None where all have one."""
    missing = [event for event in skipped if not event.stray]
    if not missing:
        return None
    first = f"{missing[0].path}: {missing[0].reason}."
    if len(missing) == 1:
        return UserError(f"No prediction for {first}", "Check it, or leave it out.", missing[0].path)
    return UserError(
        f"No prediction for {len(missing):,} photos or folders, the first {first}",
        "Check them, or leave them out.",
        missing[0].path,
    )


def _predicted_numbers(
    target: str, epoch: int, predictions: list[ImagePrediction], skipped: list[ImageSkipped], as_json: bool
) -> int:
    """Print predicted numbers; exit status as in `predict`."""
    fault = _without_prediction(skipped)
    if as_json:
        rows = [
            {"path": event.path, "number": event.number, "unlike": event.unlike, "distance": event.distance}
            for event in predictions
        ]
        say_json({"epoch": epoch, "target": target, "predictions": rows, **_skipped_document(skipped, fault)})
    for event in () if as_json else predictions:
        doubt = UNLIKE if event.unlike else ""
        say(f"{event.path}: {target} {figures(event.number or 0.0, 5)}{doubt}")
    if fault is not None:
        raise fault
    return 0


def _about(source: Path) -> RunRecord | HeadCard:
    """The record of a run, or the card of an exported head."""
    return folder.read(source) if source.is_dir() or source.name == folder.RUN else head_card.read(source)
