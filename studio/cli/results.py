"""Output of the commands that use a trained run: `thaw activations`, `thaw cam` and `thaw export`."""

from __future__ import annotations

import argparse
from pathlib import Path

import msgspec

from studio.cli import progress
from studio.cli.options.shared_options import PHOTOS_TO_FEATURES
from studio.cli.options.specs import backbone_of
from studio.commands import results
from studio.events import ClassHeatmap, LayerOutput, ModelExported, Saved
from studio.runs import folder, head_card, judged_photos
from studio.spec import BackboneSpec, UserError
from studio.spec.network_file import parse
from studio.spec.settings import row_of
from studio.system import output
from studio.system.output import say, say_json


def activations(options: argparse.Namespace) -> int:
    """Write the output of a layer for a photo."""
    options.backbone = options.source
    run = Path(options.source).is_dir()
    spec = BackboneSpec() if run else backbone_of(options)
    if run:
        _require_no_network(options)
    work = results.activations(options.source, spec, options.image, options.layer, options.out, options.call)
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
                "calls": result.calls,
                "call": result.call,
                "seconds": result.seconds,
            }
        )
        return 0
    size = " × ".join(map(str, result.shape))
    weights = f", weights {result.weights}" if result.weights else ""
    calls = f", call {result.call} of {result.calls}" if result.calls > 1 else ""
    say(f"{result.layer}: {size}{calls}{weights}; written to {options.out}")
    return 0


def _require_no_network(options: argparse.Namespace) -> None:
    """Raise a `UserError` for an option that describes the network, which a run has already."""
    for key in ("weights", *PHOTOS_TO_FEATURES):
        row = row_of(BackboneSpec, key)
        if getattr(options, key) != row.default:
            raise UserError(f"{row.flag or '--weights'} is for a backbone; a run has its own.", "Leave the option out.")


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
    """Export the head, or the whole model, to a file; exit status 4 if the file is not verified."""
    from studio.cli import model_export

    if options.list is not None:
        return model_export.exported(options)
    if options.format != "head":
        return model_export.export(options)
    if options.precision not in (None, "float32"):
        raise UserError(f"A head cannot be written as {options.precision}.", "Leave --precision out.")
    chosen = judged_photos.weights_of(folder.read(options.run), options.epoch)[0] if options.epoch else None
    work = results.export(options.run, options.out, chosen)
    events = progress.drain(work)
    saved = next(event for event in events if isinstance(event, Saved))
    result = next((event for event in events if isinstance(event, ModelExported)), None)
    made = Path(result.file if result is not None else saved.path)
    status = output.DONE if result is None or result.certificate.passed else output.UNPROVED
    file, card = head_card.path_of(made), head_card.read_card(made)
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
        certificate = msgspec.to_builtins(result.certificate) if result is not None else None
        files = {"file": str(made), "bytes": made.stat().st_size, "certificate": certificate}
        described = Path(f"{saved.path}.md")
        model_card = {"model_card": str(described)} if described.is_file() else {}
        say_json({"out": saved.path, **files, "card": str(file), **model_card, **facts, **needs})
        return status
    which = f" (the {card.which} of {card.epochs})" if card.which else ""
    say(f"Head of epoch {card.epoch}{which} written to {made}, its card to {file}")
    if result is not None:
        say(model_export.words(result.file, result.certificate)[1])
    if (network := parse(card.spec.backbone.name)) is not None:
        content = f"SHA-256 {network.content[:12]}…"
        say(f"It needs your network, {network.path} ({content}): keep it unchanged there, or beside the head.")
    if card.which == "last" and card.best_epoch:
        say(f"Epoch {card.best_epoch} had the {card.criterion}: --epoch best exports its head.")
    elif card.which == "best":
        say(f"It had the {card.criterion}. The last epoch is {card.epochs}: --epoch last exports its head.")
    return status
