"""Prediction of photos with the file of a whole model."""

from __future__ import annotations

import base64
import contextlib
import functools
import importlib.util
import io
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.data.bit_depth.reading import Reading
from studio.data.formats import pixel_budget
from studio.data.images import decode
from studio.data.images.preprocess import frame
from studio.engine.device import memory
from studio.engine.predict.whole_models import runtimes
from studio.engine.predict.whole_models.runtimes import Model, Outputs
from studio.evaluate.probabilities import decisions
from studio.events import Events, GoldenPhoto, ImagePrediction, ImageSkipped, Stage, Warned
from studio.events.runs import WeightsChoice
from studio.formatting.numbers import figures
from studio.jobs import libraries
from studio.jobs.progress import Pace
from studio.jobs.protocol import Interrupted, Stop, never
from studio.jobs.workers import map_ordered
from studio.runs import certificates, model_card
from studio.runs.model_card import ModelCard
from studio.spec import PreprocessSpec, UserError
from studio.system.failures import first_line, is_out_of_memory

DEEP = "it has more than 8 bits, whose value range no whole model has; predict with the run or its exported head"

TOLERANCE = 0.02
"""Largest difference of a score of the golden photo without a warning, if the certificate has no limit."""


def predict(
    file: Path, images: Sequence[str], device: str = "auto", stop: Stop = never, which: WeightsChoice | None = None
) -> Events:
    """Predict the class probabilities, or the number, of each image with a whole model, on the CPU.

    Args:
        file: File of a format of `model_registry`, with its description.
        images: Paths of images.
        device: `auto` or `cpu`.
        stop: Checked before each image.
        which: None: a file has the weights of one epoch.

    Yields:
        `ImagePrediction` for each readable image in the order of `images`, `ImageSkipped` for the others.

    Raises:
        UserError: The file is missing, damaged, of another program, or has changed since it was certified.
    """
    if which is not None:
        raise UserError(f"{file.name} has the weights of one epoch only.", "Use --epoch only with a run.", file)
    if device not in ("auto", "cpu"):
        raise UserError(
            f"{file.name} is a whole model, which is computed on the CPU here.", "Leave --device out.", file
        )
    card = model_card.read(file)
    if (certificate := certificates.require_unchanged(file)) is not None:
        certificates.require_names(certificate, (card.target,) if card.target else card.classes, file)
    library = runtimes.LIBRARIES[file.suffix.lower()]
    if importlib.util.find_spec(library) is None:
        raise UserError(f"{file.name} needs {library}, which is not installed here.", runtimes.EXTRA, file)
    if library == "torch":
        yield from libraries.import_libraries("torch")
    yield Stage("weights", f"Loading {file.name}")
    with memory.must_fit(memory.SINGLE_PHOTO):
        model = runtimes.opened(file, card)
    steps = card.preprocess if file.suffix.lower() == ".safetensors" else None
    if (warned := certificates.warn_unproved(file)) is not None:
        yield warned
    if certificate is not None and certificate.golden is not None:
        difference = _golden_difference(file, card, model, certificate.golden, steps)
        if difference > (certificate.tolerance if certificate.tolerance is not None else TOLERANCE):
            yield Warned(
                f"On this computer {file.name} gives its golden photo other scores than where it was exported "
                f"(a difference of {figures(difference, 2)}).",
                "Export the run again on this computer, or predict with the run.",
            )
    yield Stage("predict", f"Predicting with epoch {card.epoch}" if card.epoch else "Predicting")
    pace = Pace("predict", len(images))
    photos = map_ordered(functools.partial(_read_photo, steps=steps), images)
    number = 0
    with closing(photos):
        for photo in photos:
            if stop():
                raise Interrupted
            if photo is None:
                yield pace.late(images[number])
                continue
            path = images[number]
            yield ImageSkipped(path, photo.reason) if photo.pixels is None else _answer(file, card, model, path, photo)
            number += 1
            if (progress := pace.at(number)) is not None:
                yield progress
    yield pace.end(number)


@dataclass(frozen=True, slots=True)
class _Photo:
    """Pixels (H, W, 3) of a photo, or the reason why there are none."""

    pixels: NDArray[np.uint8] | None
    reason: str = ""


def _read_photo(path: str, steps: PreprocessSpec | None) -> _Photo:
    """Read a photo, as it is or with the preprocessing of a network without its own."""
    try:
        data = decode.contents(path)
        with pixel_budget.SHARED.use():
            if Reading().header(data) is not None:
                return _Photo(None, DEEP)
            image = decode.from_bytes(data)
            return _Photo(np.asarray(image) if steps is None else frame(image, steps))
    except decode.Unreadable as error:
        return _Photo(None, error.reason)


def _answer(file: Path, card: ModelCard, model: Model, path: str, photo: _Photo) -> ImagePrediction | ImageSkipped:
    assert photo.pixels is not None
    found = _run(file, card, model, photo.pixels)
    unlike = bool(found["unlike"]) if "unlike" in found else None
    distance = float(found["distance"]) if "distance" in found else None
    first = np.asarray(found[card.outputs[0]], np.float32)
    if not np.isfinite(first).all():
        return ImageSkipped(path, "the model's output for it is not a number")
    if card.target:
        return ImagePrediction(path, (), "", float(first), card.epoch, unlike=unlike, distance=distance)
    label, sure = decisions.answer(first, card.rule, card.classes)
    shares = tuple(first.tolist())
    return ImagePrediction(path, shares, card.classes[label], None, card.epoch, sure, unlike, distance)


def _run(file: Path, card: ModelCard, model: Model, pixels: NDArray[np.uint8]) -> Outputs:
    """The outputs for a photo.

    Raises:
        UserError: The file fails on it, or its outputs are not those that it describes.
    """
    try:
        with memory.must_fit(memory.SINGLE_PHOTO):
            found = model(pixels)
    except UserError:
        raise
    except Exception as error:  # each runtime has its own types of errors
        if is_out_of_memory(error):
            raise
        raise UserError(
            f"{file} cannot be run: it is damaged, or not a model of this program ({first_line(error)[:300]}).",
            "Export the model again.",
            file,
        ) from error
    shape = np.shape(found[card.outputs[0]])
    wanted = () if card.target else (len(card.classes),)
    if shape != wanted:
        raise UserError(
            f"{file} describes {'one number' if card.target else f'{len(card.classes):,} classes'}, and its network "
            f"gives {int(np.prod(shape)):,} values.",
            "Export the model again.",
            file,
        )
    first = np.asarray(found[card.outputs[0]], np.float64)
    if not card.target and np.isfinite(first).all() and (first.min() < -1e-3 or abs(first.sum() - 1) > 1e-2):
        raise UserError(
            f"{file} does not give probabilities: those of a photo sum to {figures(float(first.sum()), 3)}.",
            "Export the model again.",
            file,
        )
    return found


def _golden_difference(
    file: Path, card: ModelCard, model: Model, golden: GoldenPhoto, steps: PreprocessSpec | None
) -> float:
    """Largest difference of a score of the golden photo from that which the file gave when it was certified."""
    with contextlib.suppress(OSError, ValueError, Image.DecompressionBombError):
        image = Image.open(io.BytesIO(base64.b64decode(golden.png))).convert("RGB")
        found = _run(file, card, model, np.asarray(image) if steps is None else frame(image, steps))
        values = np.atleast_1d(np.asarray(found[card.outputs[0]], np.float64))
        names = (card.target,) if card.target else card.classes
        wanted = golden.given if set(golden.given) == set(names) else golden.expected
        if set(names) == set(wanted):
            return float(np.abs(values - [wanted[name] for name in names]).max())
    return 0.0
