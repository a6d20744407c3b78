"""Conversion of a file's tensors to a network: position embeddings of another image size, names of other programs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from torch import Tensor, nn

from studio.catalog.catalog import PACKAGED, BackboneInfo
from studio.engine.backbones.sources import SOURCES, NamedTensors
from studio.engine.weight_files import fitting
from studio.engine.weight_files.contents import StoredTensor
from studio.engine.weight_files.fitting import Fit

Tensors = Mapping[str, StoredTensor | Tensor]

CONTAINERS = ("state_dict.", "model.", "model_ema.", "module.", "teacher.", "student.")
MAX_EXTRA_NUMBERS = 300_000_000
"""Elements that a file may have in addition to the network's own: larger heads, positions of larger photos."""


def convert(info: BackboneInfo, network: nn.Module, stored: Tensors, size: int) -> tuple[Tensors, Fit, list[str]]:
    """Convert a file's tensors to those of a network; return them, their match and descriptions of the conversions.

    Args:
        info: The backbone.
        network: Built for photos of `size`.
        stored: All tensors of the file.
        size: Side of a photo.
    """
    match = fitting.fit(network, stored)
    if match.fits:
        return stored, match, []
    if info.name in PACKAGED and (in_order := _match_by_order(network, stored)):
        return in_order, fitting.fit(network, in_order), []
    notes = []
    rename = None if match.only_positions else SOURCES[info.source].renamer(network)
    if rename is not None:
        renamed = _rename(network, stored, match.prefix, rename)
        if renamed is None:
            return stored, match, []
        stored, match = renamed, fitting.fit(network, renamed)
        notes.append("its tensors were renamed from the names of the network's original authors")
    used = {name: stored[in_file] for name, in_file in _name_pairs(match)}
    if match.only_positions and match.shapes and not _is_too_large(network, used):
        name, (in_file, in_network) = next(iter(match.shapes.items()))
        interpolated = _interpolate_positions(info, network, used, size)
        refit = fitting.fit(network, interpolated)
        if refit.fits:
            notes.append(
                f"trained with photos of another size; positions ({name}) were interpolated from {in_file} to "
                f"{in_network} for {size} × {size} pixels"
            )
            return interpolated, replace(refit, prefix=match.prefix, others=match.others, unused=match.unused), notes
    return stored, match, notes


def read_tensor(tensor: StoredTensor | Tensor) -> Tensor:
    """Return a tensor, read from its file if necessary."""
    return tensor.read() if isinstance(tensor, StoredTensor) else tensor


def _name_pairs(match: Fit) -> list[tuple[str, str]]:
    """Return pairs of the names in the network and in the file, for tensors of equal and of different shape."""
    return [*match.names.items(), *((name, match.places[name]) for name in match.shapes)]


def _match_by_order(network: nn.Module, stored: Tensors) -> Tensors | None:
    """Return the tensors by the network's names, matched by their order; None if order or shapes differ.

    The bundled file has its author's names in timm's order, and up to 2 tensors of a classifier at its end.
    """
    state = network.state_dict()
    if not 0 <= len(stored) - len(state) <= 2:
        return None
    order = dict(zip(state, stored, strict=False))
    # The tensors of a BatchNorm all have one shape: a program that sorted them by name would have swapped them.
    ends = {name.rsplit(".", 1)[-1] for name in state}
    pairs_of_ends = ((name.rsplit(".", 1)[-1], in_file.rsplit(".", 1)[-1]) for name, in_file in order.items())
    same = all(in_file == end or in_file not in ends for end, in_file in pairs_of_ends)
    pairs = {name: stored[in_file] for name, in_file in order.items()}
    fits = same and all(tuple(value.shape) == tuple(state[name].shape) for name, value in pairs.items())
    return pairs if fits else None


def _rename(
    network: nn.Module, stored: Tensors, prefix: str, rename: Callable[[NamedTensors], NamedTensors | None]
) -> Tensors | None:
    """Rename tensors with the library's own function for this network; None if the result does not fit."""
    shared = next(
        (part for part in reversed(_prefixes(next(iter(stored)))) if all(n.startswith(part) for n in stored)), ""
    )
    for start in dict.fromkeys((prefix, shared, *CONTAINERS)):
        inside = {name.removeprefix(start): tensor for name, tensor in stored.items() if name.startswith(start)}
        if len(inside) < len(network.state_dict()) // 2 or _is_too_large(network, inside):
            continue
        before = {name: tensor.shape for name, tensor in inside.items()}
        renamed = rename({name: read_tensor(tensor) for name, tensor in inside.items()})
        if renamed is None or any(_is_resized(name, tensor, before) for name, tensor in renamed.items()):
            continue
        match = fitting.fit(network, renamed)
        if match.fits or match.only_positions:
            return renamed
    return None


def _is_too_large(network: nn.Module, tensors: Tensors) -> bool:
    """True if tensors have too many elements: with a stride of 0, a small file can hold a tensor of any size."""
    own: int = sum(tensor.numel() for tensor in network.state_dict().values())
    elements: int = sum(math.prod(tensor.shape) for tensor in tensors.values())
    return elements > own + MAX_EXTRA_NUMBERS


def _prefixes(name: str) -> list[str]:
    """Return all prefixes of a name: `a.` and `a.b.` for `a.b.c`."""
    parts = name.split(".")
    return [".".join(parts[:end]) + "." for end in range(1, len(parts))]


def _is_resized(name: str, tensor: Tensor, before: Mapping[str, Any]) -> bool:
    """True if timm interpolated a tensor other than positions: another patch size means another network."""
    return name in before and math.prod(before[name]) != tensor.numel() and not fitting.POSITIONS.search(name)


def _interpolate_positions(info: BackboneInfo, network: nn.Module, tensors: Tensors, size: int) -> dict[str, Tensor]:
    """Interpolate position embeddings as the library does for its own weights; `tensors` has the network's names."""
    loaded = {name: read_tensor(tensor) for name, tensor in tensors.items()}
    return SOURCES[info.source].interpolate_positions(network, info.arch, loaded, size)
