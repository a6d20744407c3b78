"""Conversion of a file's tensors to a network: positions of another image size, names of other programs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from torch import Tensor, nn

from studio.catalogue.catalogue import BackboneInfo
from studio.engine.backbones.sources import SOURCES, Named
from studio.engine.weight_files import fitting
from studio.engine.weight_files.contents import Stored
from studio.engine.weight_files.fitting import Fit
from studio.spec import BUNDLED_BACKBONE

Tensors = Mapping[str, Stored | Tensor]

CONTAINERS = ("state_dict.", "model.", "model_ema.", "module.", "teacher.", "student.")
MOST_BESIDE = 300_000_000
"""Numbers that may be converted in addition to the network's own: larger heads, positions of larger photos."""


def fitted(info: BackboneInfo, network: nn.Module, stored: Tensors, size: int) -> tuple[Tensors, Fit, list[str]]:
    """A file's tensors converted for a network, how they fit, and descriptions of the conversions.

    Args:
        info: The backbone.
        network: Built for photos of `size`.
        stored: All tensors of the file.
        size: Side of a photo.
    """
    match = fitting.fit(network, stored)
    if match.fits:
        return stored, match, []
    if info.name == BUNDLED_BACKBONE and (in_order := _in_order(network, stored)):
        return in_order, fitting.fit(network, in_order), []
    words = []
    rename = None if match.only_positions else SOURCES[info.source].renaming(network)
    if rename is not None:
        renamed = _renamed(network, stored, match.prefix, rename)
        if renamed is None:
            return stored, match, []
        stored, match = renamed, fitting.fit(network, renamed)
        words.append("its tensors were renamed from the names of the network's original authors")
    used = {wanted: stored[given] for wanted, given in _all_names(match)}
    if match.only_positions and match.shapes and not _is_too_large(network, used):
        name, (there, here) = next(iter(match.shapes.items()))
        stretched = _stretched(info, network, used, size)
        refit = fitting.fit(network, stretched)
        if refit.fits:
            words.append(
                f"made for photos of another size; positions ({name}) were interpolated from {there} to {here} for "
                f"{size} × {size} pixels"
            )
            return stretched, replace(refit, prefix=match.prefix, others=match.others, unused=match.unused), words
    return stored, match, words


def numbers(tensor: Stored | Tensor) -> Tensor:
    """The tensor, read from its file if it was not read yet."""
    return tensor.read() if isinstance(tensor, Stored) else tensor


def _all_names(match: Fit) -> list[tuple[str, str]]:
    """Names in the network and in the file, of the tensors that fit and of those of another shape."""
    return [*match.names.items(), *((name, match.places[name]) for name in match.shapes)]


def _in_order(network: nn.Module, stored: Tensors) -> Tensors | None:
    """The bundled file, with its author's names in timm's order and 2 tensors of a classifier at its end."""
    wanted = network.state_dict()
    if not 0 <= len(stored) - len(wanted) <= 2:
        return None
    order = dict(zip(wanted, stored, strict=False))
    # Those of a BatchNorm have the same shape: if another program sorted them by name, they would be exchanged.
    ends = {name.rsplit(".", 1)[-1] for name in wanted}
    pairs_of_ends = ((name.rsplit(".", 1)[-1], given.rsplit(".", 1)[-1]) for name, given in order.items())
    same = all(given == end or given not in ends for end, given in pairs_of_ends)
    pairs = {name: stored[given] for name, given in order.items()}
    fits = same and all(tuple(value.shape) == tuple(wanted[name].shape) for name, value in pairs.items())
    return pairs if fits else None


def _renamed(
    network: nn.Module, stored: Tensors, prefix: str, rename: Callable[[Named], Named | None]
) -> Tensors | None:
    """The tensors under the library's names, by its own function for this network; None where that does not help."""
    shared = next(
        (part for part in reversed(_starts(next(iter(stored)))) if all(n.startswith(part) for n in stored)), ""
    )
    for start in dict.fromkeys((prefix, shared, *CONTAINERS)):
        inside = {name.removeprefix(start): tensor for name, tensor in stored.items() if name.startswith(start)}
        if len(inside) < len(network.state_dict()) // 2 or _is_too_large(network, inside):
            continue
        before = {name: tensor.shape for name, tensor in inside.items()}
        renamed = rename({name: numbers(tensor) for name, tensor in inside.items()})
        if renamed is None or any(_is_resized(name, tensor, before) for name, tensor in renamed.items()):
            continue
        match = fitting.fit(network, renamed)
        if match.fits or match.only_positions:
            return renamed
    return None


def _is_too_large(network: nn.Module, tensors: Tensors) -> bool:
    """True where tensors would fill the memory: one number in the file may stand for any number of elements."""
    own: int = sum(tensor.numel() for tensor in network.state_dict().values())
    given: int = sum(math.prod(tensor.shape) for tensor in tensors.values())
    return given > own + MOST_BESIDE


def _starts(name: str) -> list[str]:
    """All possible prefixes of a name: `a.`, `a.b.` for `a.b.c`."""
    parts = name.split(".")
    return [".".join(parts[:end]) + "." for end in range(1, len(parts))]


def _is_resized(name: str, tensor: Tensor, before: Mapping[str, Any]) -> bool:
    """True where timm interpolated more than positions: other patch sizes make another network."""
    return name in before and math.prod(before[name]) != tensor.numel() and not fitting.POSITIONS.search(name)


def _stretched(info: BackboneInfo, network: nn.Module, tensors: Tensors, size: int) -> dict[str, Tensor]:
    """Tensors by the network's names, with positions interpolated as the library does it for its own weights."""
    given = {name: numbers(tensor) for name, tensor in tensors.items()}
    return SOURCES[info.source].stretched(network, info.arch, given, size)
