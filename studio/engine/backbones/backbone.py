"""A backbone ready to use: the network without its last layer, its layers, what it expects, and who it is."""

from __future__ import annotations

import functools
from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from studio.catalogue import catalogue
from studio.catalogue.catalogue import BackboneInfo
from studio.engine.backbones import weights
from studio.engine.backbones.sources import SOURCES
from studio.engine.network import fingerprints, layers
from studio.engine.network.features import flatten
from studio.events import Event, LayerTable
from studio.jobs import libraries
from studio.jobs.protocol import Stop
from studio.spec import BackboneSpec, PreprocessSpec, UserError


@dataclass(frozen=True)
class Backbone:
    """One loaded network.

    Attributes:
        info: Its entry in the catalogue.
        network: Maps (N, 3, H, W) to features; `features` makes them flat.
        preprocess: What the weights expect.
        table: Its layers.
        fingerprint: Hash of the untouched weights.
    """

    info: BackboneInfo
    network: nn.Module
    preprocess: PreprocessSpec
    table: LayerTable
    fingerprint: str

    def features(self, photos: Tensor) -> Tensor:
        """(N, 3, H, W) normalized photos to (N, D) features."""
        return flatten(self.network(photos))


def load(spec: BackboneSpec, stop: Stop, seed: int = 0) -> Generator[Event, None, Backbone]:
    """Load the network of `spec` and look at its layers.

    Args:
        spec: Which one.
        stop: Asked between layers and while downloading.
        seed: Of the weights where they are random.

    Raises:
        UserError: Unknown backbone, missing or unfit weights, or an image size that it cannot take.
    """
    info, preprocess = required(spec)
    yield from libraries.imported(*SOURCES[info.source].libraries)
    network = yield from weights.load(info, spec, stop, seed)
    table = layers.table(network, info.name, info.classifier, preprocess.size, info.input_size[0], stop)
    return Backbone(info, network, preprocess, table, fingerprints.fingerprint(network))


def required(spec: BackboneSpec) -> tuple[BackboneInfo, PreprocessSpec]:
    """Its entry in the catalogue and what its input is.

    Raises:
        UserError: Unknown backbone, or an image size that it cannot take.
    """
    info = catalogue.find(spec.name)
    preprocess = catalogue.preprocess_for(spec)
    if not 1 <= preprocess.size[0] <= 4096:
        raise UserError(f"Photos of {preprocess.size[0]} pixels cannot be used.", "Choose an image size of 1 to 4096.")
    if info.fixed_size and preprocess.size != info.preprocess.size and not info.arch.startswith("vit_"):
        side = info.preprocess.size[0]
        raise UserError(f"“{info.name}” only takes photos of {side} × {side} pixels.", "Leave the image size out.")
    return info, preprocess


class LoadedBackbone:
    """Keeps the network that was looked at last, so that clicking through its layers loads it once.

    Attributes:
        source: Folder of the run whose weights the network has; "" for the backbone's own.
        weights: Which weights of that run they are, in words: "after epoch 3"; "" for the backbone's own.
    """

    source = ""
    weights = ""

    def __init__(self) -> None:
        self._kept: tuple[BackboneSpec, Backbone] | None = None

    def get(self, spec: BackboneSpec, stop: Stop) -> Generator[Event, None, Backbone]:
        """The loaded backbone of `spec`, for looking only: it must not be trained."""
        if self._kept is None or self._kept[0] != spec:
            self._kept = None  # the old one's memory goes first
            self._kept = (spec, (yield from load(spec, stop)))
        return self._kept[1]


@functools.cache
def _channel_scales(
    mean: tuple[float, float, float], std: tuple[float, float, float], device: torch.device
) -> tuple[Tensor, Tensor]:
    scale = 1 / (255 * torch.tensor(std, device=device))
    shift = -torch.tensor(mean, device=device) / torch.tensor(std, device=device)
    return scale.view(1, 3, 1, 1), shift.view(1, 3, 1, 1)


def normalized(pixels: NDArray[np.uint8], preprocess: PreprocessSpec, device: torch.device) -> Tensor:
    """uint8 (N, H, W, 3) to the network's float32 input (N, 3, H, W) on `device`, channels last in memory."""
    writable = np.require(pixels, requirements="W")  # torch takes no other, and Pillow's are not
    return scaled(torch.from_numpy(writable).to(device), preprocess)


def scaled(photos: Tensor, preprocess: PreprocessSpec) -> Tensor:
    """The same of a tensor: uint8 (N, H, W, 3) to float32 (N, 3, H, W), channels last in memory."""
    scale, shift = _channel_scales(preprocess.mean, preprocess.std, photos.device)
    return torch.addcmul(shift, photos.permute(0, 3, 1, 2).float(), scale)
