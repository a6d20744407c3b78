"""Builds the network of a catalogue entry with its last layer taken off, whatever that layer is called.

The result maps (N, 3, H, W) to flat features (N, D), or to something `flatten` makes flat. The module tree keeps the
library's own names; the place of the last layer holds an `Identity`.
"""

from __future__ import annotations

from torch import nn

from studio.engine.backbones.sources import SOURCES
from studio.engine.device import random_state
from studio.engine.network.features import quiet
from studio.system import lazy_compiler


def build(source: str, arch: str, image_size: int | None = None) -> tuple[nn.Module, str]:
    """The network without its last layer, weights random, and the path where that layer stood.

    Args:
        source: Name of one of `SOURCES`.
        arch: The library's name.
        image_size: Side of the input where it differs from the network's own; only used by networks that must know.
    """
    with quiet(), random_state.restored(), lazy_compiler.placeholder():  # the library may be imported here
        return SOURCES[source].build(arch, image_size)


def without_numbers(source: str, arch: str) -> nn.Module:
    """The network as `build` makes it, its tensors on torch's meta device where its builder can do without numbers."""
    import torch

    try:
        with torch.device("meta"):
            return build(source, arch)[0]
    except (NotImplementedError, RuntimeError):  # torchvision's RegNets compute their widths with tensors
        return build(source, arch)[0]
