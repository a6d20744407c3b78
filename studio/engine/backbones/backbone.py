"""A loaded backbone: the network without its last layer, its layer table, preprocessing and fingerprint."""

from __future__ import annotations

import functools
from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from studio.catalog import catalog, image_sizes, own_networks, readouts
from studio.catalog.catalog import BackboneInfo
from studio.engine.backbones import weight_notes, weights
from studio.engine.backbones.sources import SOURCES
from studio.engine.network import fingerprints, last_linear, layers
from studio.engine.network.features import flatten
from studio.events import Event, LayerTable, Stage, Warned
from studio.jobs import libraries
from studio.jobs.protocol import Stop
from studio.spec import BackboneSpec, PreprocessSpec, UserError
from studio.spec.structs import replace


@dataclass(frozen=True)
class Backbone:
    """A pretrained network without its last layer, and its properties.

    Attributes:
        info: Its entry in the catalog.
        network: Maps (N, 3, H, W) to features; `features` flattens them.
        preprocess: The preprocessing that the weights expect, with the chosen crop policy.
        table: Its layers.
        fingerprint: Hash of the weights as they were loaded.
    """

    info: BackboneInfo
    network: nn.Module
    preprocess: PreprocessSpec
    table: LayerTable
    fingerprint: str

    def features(self, photos: Tensor) -> Tensor:
        """Return the features (N, D) of normalized photos (N, 3, H, W)."""
        return flatten(self.network(photos))


def load(spec: BackboneSpec, stop: Stop, seed: int = 0) -> Generator[Event, None, Backbone]:
    """Load the network of `spec` with its weights, and list its layers.

    Args:
        spec: Backbone, weights and image size.
        stop: Called between layers and while downloading.
        seed: Seed of random weights.

    Raises:
        UserError: The backbone is unknown, its weights are missing or do not fit, or it cannot take the image size.
    """
    info, preprocess = resolve(spec)
    yield from libraries.import_libraries(*SOURCES[info.source].libraries)
    notes: list[Event] = []
    network = yield from weight_notes.record(weights.load(info, spec, stop, seed), notes)
    if spec.weights == "default" and (change := image_sizes.change(info, preprocess.size[0])):
        yield Stage("weights", change.removesuffix("."))
    if info.source == catalog.OWN:
        info = replace(info, classifier=last_linear.path_of(network))
    table = _table(network, info, preprocess.size, stop)
    warned = tuple((note.title, note.hint) for note in notes if isinstance(note, Warned))
    if warned or spec.weights not in ("default", "none"):
        titles = (row.get("title", "") for row in weight_notes.to_rows(notes, info.name))
        table = replace(table, weights="; ".join(filter(None, titles)), warnings=warned)
    if info.source == catalog.OWN:
        info = own_networks.remember(replace(info, features=table.features, parameters=table.parameters))
    return Backbone(info, network, preprocess, table, fingerprints.fingerprint(network))


_TABLES: dict[object, LayerTable] = {}
"""Layer tables of networks that were loaded before."""

MAX_TABLES = 32
"""Largest number of cached layer tables."""


def _table(network: nn.Module, info: BackboneInfo, size: tuple[int, int], stop: Stop) -> LayerTable:
    """Return the layer table of a network, from the cache if the same network was loaded before."""
    # The table depends only on structure and shapes; tracing a pass to make it takes as long as building the network.
    tensors = tuple((name, tensor.shape) for name, tensor in network.state_dict().items())
    key = (info, size, tensors)
    if (table := _TABLES.get(key)) is None:
        table = layers.table(network, info.name, info.classifier, size, info.input_size[0], stop)
        if len(_TABLES) >= MAX_TABLES:
            _TABLES.clear()
        _TABLES[key] = table
    return table


def resolve(spec: BackboneSpec) -> tuple[BackboneInfo, PreprocessSpec]:
    """Return the catalog entry of a backbone with the chosen readout, and the preprocessing of its input.

    Raises:
        UserError: The backbone is unknown, cannot take the image size, or does not have the readout.
    """
    info = readouts.chosen(catalog.find(spec.name), spec)
    preprocess = catalog.preprocess_for(spec)
    if not 1 <= preprocess.size[0] <= 4096:
        raise UserError(f"Photos of {preprocess.size[0]} pixels cannot be used.", "Choose an image size of 1 to 4096.")
    if preprocess.size != info.preprocess.size and not image_sizes.takes_other(info):
        side = info.preprocess.size[0]
        raise UserError(f"“{info.name}” only takes photos of {side} × {side} pixels.", "Leave the image size out.")
    return info, preprocess


def with_policy(base: Backbone, spec: BackboneSpec) -> Backbone:
    """The backbone with the crop policy of `spec`, which must name the same network."""
    steps = catalog.preprocess_for(spec)
    return base if base.preprocess == steps else replace(base, preprocess=steps)


class LoadedBackbone:
    """Cache of the last network that was loaded for inspection, so that its layers share one load.

    Attributes:
        source: Folder of the run whose weights the network has; "" for the backbone's own.
        weights: Description of those weights, for example "after epoch 3"; "" for the backbone's own.
    """

    source = ""
    weights = ""

    def __init__(self) -> None:
        self._loaded: tuple[BackboneSpec, Backbone] | None = None

    def get(self, spec: BackboneSpec, stop: Stop) -> Generator[Event, None, Backbone]:
        """Return the backbone of `spec`, loaded if necessary. It is shared and must not be trained."""
        if self._loaded is None or self._loaded[0].network != spec.network:
            self._loaded = None  # free the old network before the new one is allocated
            self._loaded = (spec, (yield from load(spec, stop)))
        return with_policy(self._loaded[1], spec)


@functools.cache
def _channel_scales(
    mean: tuple[float, float, float], std: tuple[float, float, float], device: torch.device
) -> tuple[Tensor, Tensor]:
    scale = 1 / (255 * torch.tensor(std, device=device))
    shift = -torch.tensor(mean, device=device) / torch.tensor(std, device=device)
    return scale.view(1, 3, 1, 1), shift.view(1, 3, 1, 1)


def normalize(pixels: NDArray[np.uint8], preprocess: PreprocessSpec, device: torch.device) -> Tensor:
    """Convert uint8 (N, H, W, 3) to the network's float32 input (N, 3, H, W) on `device`, in channels-last format."""
    writable = np.require(pixels, requirements="W")  # torch warns about read-only arrays, such as Pillow's
    return normalize_tensor(torch.from_numpy(writable).to(device), preprocess)


def normalize_tensor(photos: Tensor, preprocess: PreprocessSpec) -> Tensor:
    """Convert a uint8 tensor (N, H, W, 3) to normalized float32 (N, 3, H, W), in channels-last format."""
    scale, shift = _channel_scales(preprocess.mean, preprocess.std, photos.device)
    return torch.addcmul(shift, photos.permute(0, 3, 1, 2).float(), scale)
