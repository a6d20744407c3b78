"""The libraries that backbones come from: one object each, which `SOURCES` names.

A source of its own is a class in a file beside this one and a line in `SOURCES`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from torch import Tensor, nn

from studio.catalogue import catalogue
from studio.catalogue.catalogue import BackboneInfo
from studio.engine.backbones.from_timm import Timm
from studio.engine.backbones.from_torchvision import Torchvision
from studio.spec import BackboneSpec

Named = dict[str, Tensor]


class Source(Protocol):
    """A library of networks: builds them, gets their weights, and names the tensors of their files.

    Attributes:
        libraries: Imported before a network is built, in this order.
    """

    libraries: tuple[str, ...]

    def build(self, arch: str, image_size: int | None) -> tuple[nn.Module, str]:
        """The network without its last layer, weights random, and the path where that layer stood.

        Args:
            arch: The library's name.
            image_size: Side of the input where it differs from the network's own.
        """
        ...

    def from_hub(self, info: BackboneInfo, file: Path, image_size: int | None) -> nn.Module | None:
        """The network with a file of the hub's cache, as the library's own loader reads it; None where it has none."""
        ...

    def renaming(self, network: nn.Module) -> Callable[[Named], Named | None] | None:
        """The library's function from the names of a network's first authors to its own; None where there is none."""
        ...

    def stretched(self, network: nn.Module, arch: str, tensors: Named, size: int) -> Named:
        """Tensors with positions interpolated for photos of another size, as the library does it."""
        ...


SOURCES: dict[str, Source] = {"torchvision": Torchvision(), "timm": Timm()}
"""By the name that the catalogue gives a backbone's source."""


def libraries_of(spec: BackboneSpec) -> tuple[str, ...]:
    """Modules to import before a backbone is built."""
    return SOURCES[catalogue.find(spec.name).source].libraries


def libraries() -> list[str]:
    """Of all sources, each once."""
    return list(dict.fromkeys(name for source in SOURCES.values() for name in source.libraries))
