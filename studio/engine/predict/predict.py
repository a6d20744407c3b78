"""Prediction of images with a trained run."""

from __future__ import annotations

import functools
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.data.bit_depth import value_range
from studio.data.bit_depth.reading import Reading
from studio.data.formats import pixel_budget
from studio.data.images import decode
from studio.data.images.preprocess import frame
from studio.engine.backbones import weight_notes
from studio.engine.cache import finite
from studio.engine.device import memory
from studio.engine.extraction.compiled import OpenVinoRuntime
from studio.engine.predict import compiled_model, head_arrays
from studio.engine.predict.predictor import Predictor
from studio.events import Event, Events, ImagePrediction, ImageSkipped, Stage, Warned
from studio.events.runs import Which
from studio.jobs import libraries
from studio.jobs.progress import Pace
from studio.jobs.protocol import Interrupted, Stop, never
from studio.jobs.workers import map_ordered
from studio.spec import PreprocessSpec, ValueRange


def predict(
    source: Path, images: Sequence[str], device: str = "auto", stop: Stop = never, which: Which | None = None
) -> Events:
    """Class probabilities, or the number, of each image; unreadable ones are reported and left out.

    Args:
        source: As in `load`.
        images: Paths of photos.
        device: Device to compute on.
        stop: Called before each image.
        which: As in `load`.

    Yields:
        `ImagePrediction` for each readable image in the order given, `ImageSkipped` for the others.
    """
    notes: list[Warned] = []
    recalled = compiled_model.recall(source, device, stop, which)
    if recalled is not None:
        model, told = recalled
        yield from told
    else:
        model = yield from _loaded(source, device, stop, which, notes)
    yield Stage("predict", f"Predicting with epoch {model.epoch}" if model.epoch else "Predicting")
    pace = Pace("predict", len(images))
    frames = map_ordered(functools.partial(_framed, spec=model.preprocess, reading=model.reading), images)
    guessed: list[tuple[str, ValueRange]] = []
    cut_off: list[tuple[str, str]] = []
    number = 0
    with closing(model.runtime), closing(frames):
        for photo in frames:
            if stop():
                raise Interrupted
            if photo is None:
                yield pace.late(images[number])
                continue
            if isinstance(photo, str):
                yield ImageSkipped(images[number], photo)
            else:
                if photo.guess is not None:
                    guessed.append((images[number], photo.guess))
                if photo.cut_off:
                    cut_off.append((images[number], photo.cut_off))
                with memory.one_must_fit(memory.ONE):
                    ready = model.runtime.put(number.to_bytes(8), photo.pixels)
                yield from _predictions(model, images, ready)
            number += 1
            if (progress := pace.at(number)) is not None:
                yield progress
        with memory.one_must_fit(memory.ONE):
            ready = model.runtime.finish()
        yield from _predictions(model, images, ready)
    yield pace.end(number)
    yield from _guesses(guessed)
    yield from _beyond(cut_off)
    yield from notes


def _loaded(
    source: Path, device: str, stop: Stop, which: Which | None, notes: list[Warned]
) -> Generator[Event, None, Predictor]:
    """The predictor as torch builds it; the compiled network is stored for the next time."""
    yield from libraries.imported("torch")
    from studio.engine.device import devices, precision
    from studio.engine.extraction import extract
    from studio.engine.predict import trained_model

    where = devices.find(device)
    told: list[Event] = []
    model = yield from weight_notes.record(trained_model.load(source, stop, which), told)
    devices.put(model.base.network, where)
    dtype = precision.of_frozen(model.precision, where)
    with memory.one_must_fit(memory.ONE):  # as the run's own features were computed
        quick = extract.make_runtime(model.base, "features", where, stop, dtype, notes.append)
    if isinstance(quick, OpenVinoRuntime):
        compiled_model.keep(source, which, quick.network, told, device == "auto" or devices.find("auto").type == "cpu")
    head = {name: value.numpy() for name, value in model.tensors.items()}
    return Predictor(model.base.preprocess, model.reading, model.classes, model.target, model.epoch, head, quick)


@dataclass(frozen=True, slots=True)
class _Photo:
    """A preprocessed photo.

    Attributes:
        pixels: (h, w, 3) uint8.
        guess: Value range estimated from the photo itself; None where the file or the run states one.
        cut_off: Warning about values outside the run's range; usually "".
    """

    pixels: NDArray[np.uint8]
    guess: ValueRange | None = None
    cut_off: str = ""


def _framed(path: str, spec: PreprocessSpec, reading: Reading) -> _Photo | str:
    """A preprocessed photo, or the reason why there is none."""
    try:
        data = decode.contents(path)
        with pixel_budget.SHARED.use():
            if (found := reading.header(data)) is None:
                return _Photo(frame(decode.from_bytes(data, reading), spec))
            fitted = reading.fitted(data, found)
            return _Photo(frame(fitted.image, spec), fitted.guess, fitted.cut_off)
    except decode.Unreadable as error:
        return error.reason


def _guesses(guessed: Sequence[tuple[str, ValueRange]]) -> Iterator[Warned]:
    """Warnings about photos without a known value range."""
    if guessed:
        path, found = guessed[0]
        yield Warned(
            f"{path}{_more(guessed)}: neither the file nor the run states a value range; each photo's own range was "
            f"used ({value_range.between(found)} for this one).",
            "Train on such photos, so that there is one range for all of them.",
        )


def _beyond(cut_off: Sequence[tuple[str, str]]) -> Iterator[Warned]:
    """Warnings about photos that exceed the value range of the run."""
    if cut_off:
        path, words = cut_off[0]
        yield Warned(
            f"{path}{_more(cut_off)}: {words}, of the photos that the run was trained on.",
            "The values beyond the range are lost. Train on such photos too, or convert them to the same range.",
        )


def _more(photos: Sequence[object]) -> str:
    return f" and {len(photos) - 1:,} more" if len(photos) > 1 else ""


def _predictions(
    model: Predictor, images: Sequence[str], rows: Mapping[bytes, NDArray[np.float32]]
) -> Iterator[ImagePrediction | ImageSkipped]:
    """Predictions of the head for rows, by the index of their image."""
    for key, row in rows.items():
        path, scores = images[int.from_bytes(key)], head_arrays.scores(model.head, row)
        if not finite.is_finite(scores):
            what = finite.words(scores)
            yield ImageSkipped(path, f"the model gives {what} for it in place of a prediction")
            continue
        if model.target:
            yield ImagePrediction(path, (), "", float(scores[0]), model.epoch)
            continue
        probabilities = head_arrays.softmax(scores).tolist()
        likeliest = max(range(len(probabilities)), key=probabilities.__getitem__)
        yield ImagePrediction(path, tuple(probabilities), model.classes[likeliest], epoch=model.epoch)
