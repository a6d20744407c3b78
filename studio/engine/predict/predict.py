"""Prediction of images with a trained run."""

from __future__ import annotations

import functools
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.data.bit_depth.reading import ConvertedPhoto, Reading
from studio.data.formats import pixel_budget
from studio.data.images import decode
from studio.data.images.preprocess import frame
from studio.engine.backbones import weight_notes
from studio.engine.cache import finite
from studio.engine.device import memory
from studio.engine.extraction.compiled import OpenVinoRuntime
from studio.engine.predict import compiled_model, head_arrays, novelty_file, range_warnings
from studio.engine.predict.novelty_file import Novelty
from studio.engine.predict.predictor import Predictor
from studio.evaluate.probabilities import decisions
from studio.events import Event, Events, ImagePrediction, ImageSkipped, Stage, Warned
from studio.events.runs import WeightsChoice
from studio.jobs import libraries
from studio.jobs.progress import Pace
from studio.jobs.protocol import Interrupted, Stop, never
from studio.jobs.workers import map_ordered
from studio.runs import certificates, decision_file, model_card
from studio.runs import folder as runs
from studio.runs.files import predictions_file
from studio.spec import PreprocessSpec, UserError, ValueRange
from studio.spec.decision import DecisionRule


def predict(
    source: Path,
    images: Sequence[str],
    device: str = "auto",
    stop: Stop = never,
    which: WeightsChoice | None = None,
    decided: bool = True,
) -> Events:
    """Predict the class probabilities, or the number, of each image.

    Args:
        source: Folder of a run, an exported head with its card beside it, or the file of a whole model.
        images: Paths of images.
        device: Device to compute on.
        stop: Checked before each image.
        which: The last or the best epoch of a run; None for its result, and for an exported file.
        decided: False for the network's own probabilities, without the thresholds and the temperature that the user
            chose; ignored for a whole model, which contains them.

    Yields:
        `ImagePrediction` for each readable image in the order of `images`, `ImageSkipped` for the others.
    """
    if model_card.is_whole(source):
        from studio.engine.predict.whole_models import predict as whole_models

        yield from whole_models.predict(source, images, device, stop, which)
        return
    for event in with_features(source, images, device, stop, which, decided):
        yield event.prediction if isinstance(event, Answer) else event


@dataclass(frozen=True)
class Answer:
    """The prediction for a photo, and its features (D,)."""

    prediction: ImagePrediction
    row: NDArray[np.float32]


def with_features(
    source: Path,
    images: Sequence[str],
    device: str = "auto",
    stop: Stop = never,
    which: WeightsChoice | None = None,
    decided: bool = True,
) -> Iterator[Event | Answer]:
    """Like `predict`, with an `Answer` in place of each `ImagePrediction`."""
    rule = (decision_file.of_source(source) if decided else None) or DecisionRule()
    notes: list[Warned] = []
    model = yield from load(source, device, stop, which, notes)
    novelty = novelty_file.of_source(source, which, model.head) if decided else None
    if decided and novelty is None and (lost := novelty_file.warn_lost(source)) is not None:
        yield lost
    yield from announce(model, rule)
    with closing(rows_of(model, images, stop)) as rows:
        for event in rows:
            if isinstance(event, Rows):
                for path, row in event.pairs:
                    one = answer(model, rule, novelty, path, row)
                    yield Answer(one, row) if isinstance(one, ImagePrediction) else one
            else:
                yield event
    yield from notes


def announce(model: Predictor, rule: DecisionRule) -> Iterator[Event]:
    """The stage of the predictions, and a warning if the thresholds were chosen for another epoch."""
    yield Stage("predict", f"Predicting with epoch {model.epoch}" if model.epoch else "Predicting")
    if rule.epoch and model.epoch and rule.epoch != model.epoch and not rule.is_plain:
        yield Warned(
            f"The thresholds of this run were chosen for epoch {rule.epoch}, and these are predictions of epoch "
            f"{model.epoch}.",
            "Choose them again (“thaw threshold RUN” in a terminal).",
        )


@dataclass(frozen=True)
class Rows:
    """Features (D,) of photos with their paths; a path may occur twice."""

    pairs: tuple[tuple[str, NDArray[np.float32]], ...]


def features(
    source: Path, images: Sequence[str], device: str, stop: Stop, which: WeightsChoice
) -> Iterator[Event | Rows]:
    """Compute the features of images with the backbone of a run; yields `Rows`, and `ImageSkipped` for the others."""
    notes: list[Warned] = []
    model = yield from load(source, device, stop, which, notes)
    yield from rows_of(model, images, stop)
    yield from notes


def load(
    source: Path, device: str, stop: Stop, which: WeightsChoice | None, notes: list[Warned]
) -> Generator[Event, None, Predictor]:
    """Load the predictor of a run or an exported head, from the cache or with torch.

    Args:
        source: Folder of a run, or an exported head with its card beside it.
        device: Device to compute on.
        stop: Checked while weights are loaded and photos computed.
        which: The last or the best epoch of a run; None for its result.
        notes: Receives warnings about the device, while loading and later.

    Raises:
        UserError: It cannot be loaded, or its record was changed.
    """
    cached = compiled_model.load(source, device, stop, which)
    if cached is None:
        model = yield from _load_with_torch(source, device, stop, which, notes)
    else:
        model, loading = cached
        yield from loading
    is_run = source.is_dir() or source.name == runs.RUN
    scores, names = len(model.head["weight"]), 1 if model.target else len(model.classes)
    if scores != names:
        raise UserError(
            f"{source} names {names:,} {'number' if model.target else 'classes'}, and its head has {scores:,} scores: "
            "its record was changed.",
            f"Restore a copy of {runs.RUN}, or choose another run.",
            source,
        )
    if is_run:
        predictions_file.require_names(source if source.is_dir() else source.parent, model.classes)
    elif (warned := certificates.warn_unproved(source)) is not None:
        yield warned
    return model


def rows_of(model: Predictor, images: Sequence[str], stop: Stop) -> Generator[Event | Rows, None, None]:
    """Yield the features of images in their order, and `ImageSkipped` for unreadable ones; closes the predictor."""
    pace = Pace("predict", len(images))
    frames = map_ordered(functools.partial(_read_photo, spec=model.preprocess, reading=model.reading), images)
    guesses: list[tuple[str, ValueRange]] = []
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
                    guesses.append((images[number], photo.guess))
                if photo.cut_off:
                    cut_off.append((images[number], photo.cut_off))
                with memory.must_fit(memory.SINGLE_PHOTO):
                    ready = model.runtime.put(number.to_bytes(8), photo.pixels)
                yield _with_paths(images, ready)
            number += 1
            if (progress := pace.at(number)) is not None:
                yield progress
        with memory.must_fit(memory.SINGLE_PHOTO):
            ready = model.runtime.finish()
        yield _with_paths(images, ready)
    yield pace.end(number)
    yield from range_warnings.of_guesses(guesses)
    yield from range_warnings.of_cut_off(cut_off)


def _with_paths(images: Sequence[str], rows: Mapping[bytes, NDArray[np.float32]]) -> Rows:
    """Rows with their paths, from rows by the index of their image."""
    return Rows(tuple((images[int.from_bytes(key)], row) for key, row in rows.items()))


def _load_with_torch(
    source: Path, device: str, stop: Stop, which: WeightsChoice | None, notes: list[Warned]
) -> Generator[Event, None, Predictor]:
    """Load the predictor with torch, and store its compiled network for the next prediction."""
    yield from libraries.import_libraries("torch")
    from studio.engine.device import devices, precision
    from studio.engine.extraction import extract
    from studio.engine.predict import trained_model

    where = devices.find(device)
    events: list[Event] = []
    model = yield from weight_notes.record(trained_model.load(source, stop, which), events)
    devices.move_network(model.base.network, where)
    dtype = precision.frozen_dtype(model.precision, where)
    with memory.must_fit(memory.SINGLE_PHOTO):  # the same runtime and number type as for the run's features
        runtime = extract.make_runtime(model.base, "features", where, stop, dtype, notes.append)
    if isinstance(runtime, OpenVinoRuntime):
        auto = device == "auto" or devices.find("auto").type == "cpu"
        compiled_model.save(source, which, runtime.network, events, auto)
    head = {name: value.numpy() for name, value in model.tensors.items()}
    return Predictor(model.base.preprocess, model.reading, model.classes, model.target, model.epoch, head, runtime)


@dataclass(frozen=True, slots=True)
class _Photo:
    """A preprocessed photo.

    Attributes:
        pixels: (H, W, 3) uint8.
        guess: Value range estimated from the photo itself; None if the file or the run states one.
        cut_off: Warning about values outside the run's range; usually "".
    """

    pixels: NDArray[np.uint8]
    guess: ValueRange | None = None
    cut_off: str = ""


def _read_photo(path: str, spec: PreprocessSpec, reading: Reading) -> _Photo | str:
    """Read and preprocess a photo; returns the reason if it cannot be read."""
    try:
        data = decode.contents(path)
        with pixel_budget.SHARED.use():
            photo = decoded(data, reading)
            return _Photo(frame(photo.image, spec), photo.guess, photo.cut_off)
    except decode.Unreadable as error:
        return error.reason


def decoded(data: bytes, reading: Reading) -> ConvertedPhoto:
    """The upright photo in a file, by the value range of a run.

    Raises:
        Unreadable: It cannot be decoded.
    """
    if (header := reading.header(data)) is None:
        return ConvertedPhoto(decode.from_bytes(data, reading), None, "")
    return reading.convert(data, header)


def answer(
    model: Predictor, rule: DecisionRule, novelty: Novelty | None, path: str, row: NDArray[np.float32]
) -> ImagePrediction | ImageSkipped:
    """The prediction for a photo with these features.

    Args:
        model: The predictor.
        rule: How probabilities become answers.
        novelty: Recognizes photos unlike the training photos; None if they are not recognized.
        path: Path of the photo.
        row: (D,) features.
    """
    scores = head_arrays.scores(model.head, row)
    if not finite.is_finite(scores):
        return ImageSkipped(path, f"the model returns {finite.kind_of(scores)} for it instead of a prediction")
    distance = novelty.distance(row, rule.known_kept) if novelty is not None else None
    unlike = distance > 1 if distance is not None else None
    if model.target:
        return ImagePrediction(path, (), "", float(scores[0]), model.epoch, unlike=unlike, distance=distance)
    probabilities = head_arrays.softmax(scores / np.float32(rule.temperature))
    label, sure = decisions.answer(probabilities, rule, model.classes)
    shares = tuple(probabilities.tolist())
    return ImagePrediction(path, shares, model.classes[label], None, model.epoch, sure, unlike, distance)
