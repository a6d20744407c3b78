"""Construction of the network of a catalog entry, without its last layer.

The result maps (N, 3, H, W) to features that `flatten` converts to (N, D). The module tree keeps the library's own
names; an `Identity` replaces the last layer.
"""

from __future__ import annotations

from torch import nn

from studio.catalog import catalog
from studio.engine.backbones import readout as readouts
from studio.engine.backbones.sources import SOURCES
from studio.engine.device import random_state
from studio.engine.network.features import quiet
from studio.system import lazy_compiler


def build(source: str, arch: str, image_size: int | None = None, readout: str = "") -> tuple[nn.Module, str]:
    """Build a network with random weights and without its last layer; return it and the path of that layer.

    Args:
        source: Name of one of `SOURCES`.
        arch: Name of the network in that library.
        image_size: Side of the input in pixels if it differs from the network's own; ignored by networks that take any.
        readout: `BackboneInfo.readout`.
    """
    with quiet(), random_state.fork(), lazy_compiler.placeholder():  # the library may be imported here
        network, path = SOURCES[source].build(arch, image_size)
    readouts.apply(network, readout)
    return network, path


def build_on_meta(source: str, arch: str, image_size: int | None = None, readout: str = "") -> nn.Module:
    """Build the network on torch's meta device, or on the CPU if its builder needs real tensors; see `build`."""
    import torch

    if source == catalog.OWN:  # a user's code may create CPU tensors, which do not mix with those on `meta`
        return build(source, arch, image_size, readout)[0]
    try:
        with torch.device("meta"):
            return build(source, arch, image_size, readout)[0]
    except (NotImplementedError, RuntimeError):  # torchvision's RegNets read values of tensors to compute their widths
        return build(source, arch, image_size, readout)[0]
