"""Heatmap of a trained run: the part of a photo that raises the score of a class."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from studio.data.images import decode
from studio.data.images.preprocess import frame
from studio.engine.backbones.backbone import normalize
from studio.engine.inspection import grad_cam
from studio.engine.network.features import flatten
from studio.engine.predict import trained_model
from studio.engine.predict.trained_model import TrainedModel
from studio.events import ClassHeatmap, Events, LayerTable, Stage
from studio.events.runs import WeightsChoice
from studio.jobs.protocol import Stop, never
from studio.jobs.workers import run_one
from studio.planning.blocks import block_chain
from studio.spec import UserError

MOST_LAYERS = 4
"""Layers that are tried from the last one if none is named: the score may not depend on positions in the last ones."""


def compute(
    source: Path,
    photo: str,
    name: str = "",
    layer: str = "",
    stop: Stop = never,
    which: WeightsChoice | None = None,
) -> Events:
    """Compute the heatmap of one photo; yields `ClassHeatmap` last.

    Args:
        source: Folder of a run, or an exported head with its card beside it.
        photo: Path of the photo.
        name: Name of the class; "" for the predicted one.
        layer: Path of the layer; "" for the last one with positions that the score depends on.
        stop: Checked between layers.
        which: The last or the best epoch of a run; None for its result.

    Raises:
        UserError: The run, class, layer or photo cannot be used.
    """
    model = yield from trained_model.load(source, stop, which)
    yield from of_model(model, photo, name, layer, stop)


def of_model(model: TrainedModel, photo: str, name: str = "", layer: str = "", stop: Stop = never) -> Events:
    """Compute the heatmap of one photo with a loaded model; see `compute`."""
    if model.target and name not in ("", model.target):
        raise UserError(f"The run predicts {model.target}, a number: it has no class “{name}”.", "Leave the class out.")
    if not model.target and name and name not in model.classes:
        known = ", ".join(f"“{one}”" for one in model.classes[:20])
        raise UserError(f"The run has no class “{name}”.", f"Its classes: {known}.")
    yield Stage("outputs", "Computing the heatmap")
    began = time.perf_counter()
    try:
        image = yield from run_one(functools.partial(decode.read, reading=model.reading), photo)
    except decode.Unreadable as error:
        raise UserError(f"{photo} cannot be shown: {error}.", "Choose another photo.", photo) from error
    pixels = frame(image, model.base.preprocess)
    batch = normalize(pixels[None], model.base.preprocess, torch.device("cpu"))
    score = _Score(model.tensors, model.classes.index(name) if name and not model.target else None)
    heats: dict[str, NDArray[np.float32]] = {}
    for tried in [layer] if layer else _late_layers(model.base.table):
        try:
            heats[tried] = grad_cam.heatmap(model.base.network, tried, score, batch, stop)
        except UserError:
            if layer:
                raise
            continue  # its output is not one tensor, or has no positions after all
        if heats[tried].any():
            break
    if not heats:
        raise UserError(
            f"“{model.base.info.name}” has no layer whose output has positions in the photo.",
            "A heatmap needs one; for other layers see “thaw activations”.",
        )
    path, heat = list(heats.items())[-1]
    scores, place = score.result()
    probability = 1.0 if model.target else float(torch.softmax(scores, dim=0)[place])
    yield ClassHeatmap(
        path=photo,
        layer=path,
        name=model.target or model.classes[place],
        score=float(scores[place]),
        probability=probability,
        heat=heat,
        pixels=np.asarray(pixels),
        seconds=time.perf_counter() - began,
        epoch=model.epoch,
    )


def _late_layers(table: LayerTable) -> Iterator[str]:
    """Layers whose outputs have positions, the last ones first, at most `MOST_LAYERS`."""
    found = 0
    for layer in reversed(block_chain(table)):
        shape = layer.output_shape
        if layer.row is None or len(shape) < 2 or max(shape[-2:]) < 2 or (len(shape) == 3 and shape[1:] == (1, 1)):
            continue
        if layer.parameters:
            yield layer.path
            found += 1
        if found == MOST_LAYERS:
            return


class _Score:
    """Score of a class for the network's output (1, …): of the class at index `place`, or of the predicted one."""

    def __init__(self, tensors: Mapping[str, Tensor], place: int | None) -> None:
        self._tensors, self._place = tensors, place
        self._scores: Tensor | None = None

    def __call__(self, output: Tensor) -> Tensor:
        scores = _scores(self._tensors, flatten(output))[0]
        self._scores = scores.detach()
        return scores[int(scores.argmax()) if self._place is None else self._place]

    def result(self) -> tuple[Tensor, int]:
        """All scores of the last pass, and the index of the class."""
        assert self._scores is not None
        return self._scores, int(self._scores.argmax()) if self._place is None else self._place


def _scores(tensors: Mapping[str, Tensor], features: Tensor) -> Tensor:
    """Scores (N, K) of raw features (N, D)."""
    if "hidden.weight" in tensors:
        features = torch.relu(features @ tensors["hidden.weight"].T + tensors["hidden.bias"])
    return features @ tensors["weight"].T + tensors["bias"]
