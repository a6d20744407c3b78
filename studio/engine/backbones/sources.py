"""Registry of the libraries that backbones come from.

A new source is a class that implements `Source`, in a file beside this one, and a line in `SOURCES`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from torch import Tensor, nn

from studio.catalog import catalog
from studio.catalog.catalog import BackboneInfo
from studio.engine.backbones.from_timm import Timm
from studio.engine.backbones.from_torchvision import Torchvision
from studio.engine.backbones.own.source import OwnNetwork
from studio.spec import BackboneSpec

NamedTensors = dict[str, Tensor]


class Source(Protocol):
    """A library of networks: builds them, loads their weights, and renames the tensors of their files.

    Attributes:
        libraries: Modules to import before a network is built, in this order.
    """

    libraries: tuple[str, ...]

    def build(self, arch: str, image_size: int | None) -> tuple[nn.Module, str]:
        """Build a network with random weights and without its last layer; return it and the path of that layer.

        Args:
            arch: Name of the network in the library.
            image_size: Side of the input in pixels if it differs from the network's own.
        """
        ...

    def from_hub(self, info: BackboneInfo, file: Path, image_size: int | None) -> nn.Module | None:
        """Build a network with a file from the hub's cache, by the library's own loader; None if it has none."""
        ...

    def renamer(self, network: nn.Module) -> Callable[[NamedTensors], NamedTensors | None] | None:
        """Return the library's function that renames tensors from a network's original authors; None without one."""
        ...

    def interpolate_positions(self, network: nn.Module, arch: str, tensors: NamedTensors, size: int) -> NamedTensors:
        """Return the tensors with positions interpolated for photos of `size` pixels, as the library does it."""
        ...


SOURCES: dict[str, Source] = {"torchvision": Torchvision(), "timm": Timm(), catalog.OWN: OwnNetwork()}
"""Sources by their names in the catalog."""


def libraries_of(spec: BackboneSpec) -> tuple[str, ...]:
    """Return the modules to import before a backbone is built."""
    return SOURCES[catalog.find(spec.name).source].libraries


def libraries() -> list[str]:
    """Return the modules of all sources, each once."""
    return list(dict.fromkeys(name for source in SOURCES.values() for name in source.libraries))
