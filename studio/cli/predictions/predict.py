"""Output of `thaw predict`: predictions of photos, and the trace of each."""

from __future__ import annotations

import argparse
from contextlib import closing
from dataclasses import replace

import numpy as np

from studio.cli import progress
from studio.cli.predictions import camera, folder_output, label_next, trace
from studio.cli.predictions.prediction_lines import document, line
from studio.cli.predictions.skipped import skipped_document, without_prediction
from studio.commands import results
from studio.commands.predictions import model_identity
from studio.events import ImagePrediction, ImageSkipped, PhotosToLabel, PredictionTrace
from studio.events.runs import WeightsChoice
from studio.runs.files.record import RunRecord
from studio.runs.head_card import HeadCard
from studio.runs.model_card import ModelCard
from studio.spec import UserError
from studio.system.output import say, say_json

NO_VALUES = np.zeros(0, np.uint8)


def predict(options: argparse.Namespace) -> int:
    """Print predictions for images; exit status 2 if one could not be read, or if there was none."""
    if options.camera is not None or options.frames is not None:
        return camera.watch(options)
    if options.out is not None or options.sort_into is not None:
        if options.next is not None:
            raise UserError(
                "--next cannot be used together with --out or --sort-into.", "Use “thaw label-next” after --out."
            )
        return folder_output.predict(options)
    if options.link or options.copy:
        raise UserError("--link and --copy say how photos are sorted.", "Give the folder with --sort-into.")
    if options.next is not None:
        if options.trace:
            raise UserError("--trace shows single photos.", "Leave it out, or leave out --next.")
        work = results.label_next(options.run, options.images, options.next, options.device, options.epoch)
    else:
        work = results.predict(options.run, options.images, options.device, options.epoch, options.trace)
    predictions: list[ImagePrediction] = []
    skipped: list[ImageSkipped] = []
    to_label: PhotosToLabel | None = None
    traces: dict[int, PredictionTrace] = {}
    with closing(progress.follow(work)) as events:  # type: ignore[type-var]  # it is a generator
        for event in events:
            if isinstance(event, PredictionTrace):
                traces[len(predictions)] = without_values(event)
                predictions.append(event.prediction)
            elif isinstance(event, ImagePrediction):
                predictions.append(event)
            elif isinstance(event, ImageSkipped):
                skipped.append(event)
            elif isinstance(event, PhotosToLabel):
                to_label = event
    about = model_identity.about(options.run)
    epoch, fault = _epoch_used(predictions, about, options.epoch), without_prediction(skipped)
    numbers = about.target != ""
    if options.json:
        kind = {"target": about.target} if numbers else {"classes": list(about.classes)}
        rows = [
            {
                **document(event, about.classes),
                **(trace.document(traces[place]) if place in traces else {}),
            }
            for place, event in enumerate(predictions)
        ]
        more = label_next.document(to_label) if to_label is not None else {}
        say_json({"epoch": epoch, **kind, "predictions": rows, **more, **skipped_document(skipped, fault)})
    for place, event in () if options.json else enumerate(predictions):
        say(line(event, about))
        if place in traces:
            trace.say_trace(traces[place])
    if to_label is not None and not options.json:
        label_next.say_photos(to_label)
    if fault is not None:
        raise fault
    return 0


def without_values(event: PredictionTrace) -> PredictionTrace:
    """A trace without its arrays, which would fill the memory for many photos."""
    steps = tuple(replace(step, values=NO_VALUES) for step in event.steps)
    return replace(event, steps=steps, framed=NO_VALUES)


def _epoch_used(
    predictions: list[ImagePrediction], about: RunRecord | HeadCard | ModelCard, which: WeightsChoice | None
) -> int:
    """The epoch of the weights that predicted: as stored with them, else as in the run's record or the file's card."""
    # First that of the weights: a run killed between writing them and its record has a record of an earlier epoch.
    if predictions and predictions[0].epoch:
        return predictions[0].epoch
    if isinstance(about, HeadCard | ModelCard):
        return about.epoch
    return about.best_epoch if (which or about.result) == "best" else len(about.epochs)
