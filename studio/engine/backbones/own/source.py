"""Backbones from a file of the user: Python code with a factory, or an exported program."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from studio.catalog import catalog, network_files
from studio.catalog.catalog import BackboneInfo
from studio.engine.backbones.own import program, python_file
from studio.engine.network import last_linear
from studio.engine.network.features import quiet
from studio.spec import UserError
from studio.spec.network_file import NetworkFile, parse


class OwnNetwork:
    """The source of users' own networks; see `sources.Source`. Their `arch` has the path and the hash of the file."""

    libraries: tuple[str, ...] = ()

    def build(self, arch: str, image_size: int | None) -> tuple[nn.Module, str]:
        """See `sources.Source`. The weights are those of the factory or the program."""
        file = _file(arch)
        info = catalog.find(arch)
        network = make(file)
        side = image_size or info.input_size[1]
        try:
            path = last_linear.remove(network, file.title, (info.input_size[0], side, side))
        except UserError as error:
            if not file.is_python and (batch := program.static_batch(Path(file.path))) is not None:
                raise _static_batch_error(file, batch) from error
            raise
        return network.requires_grad_(True), path  # only the freeze plan decides what trains

    def from_hub(self, info: BackboneInfo, file: Path, image_size: int | None) -> None:  # noqa: ARG002
        """Return None: no hub has them."""
        return

    def renamer(self, network: nn.Module) -> Callable[[dict[str, Tensor]], dict[str, Tensor] | None] | None:  # noqa: ARG002
        """Return None: the names are the network's own."""
        return None

    def interpolate_positions(
        self,
        network: nn.Module,  # noqa: ARG002
        arch: str,  # noqa: ARG002
        tensors: dict[str, Tensor],
        size: int,  # noqa: ARG002
    ) -> dict[str, Tensor]:
        """Return the tensors as they are: the meaning of positions in the network is unknown."""
        return tensors


def make(file: NetworkFile) -> nn.Module:
    """Make the whole network of a file, with its last layer, in eval mode on the CPU."""
    if file.is_python:
        return python_file.make(file)
    return program.make(Path(network_files.pinned_file(file).path)).float().eval()


def _static_batch_error(file: NetworkFile, batch: int) -> UserError:
    return UserError(
        f"{file.title} was exported for exactly {batch} {'photo' if batch == 1 else 'photos'} at a time.",
        "Export it for any number: torch.export.export(model, (photos,), dynamic_shapes=({0: "
        "torch.export.Dim.DYNAMIC},)).",
        file.path,
    )


def is_random(network: nn.Module, arch: str) -> bool:
    """True if the factory returns different weights each time it is called: they are not pretrained.

    Args:
        network: The network as it was made, without its last layer.
        arch: Its name, with the path and the hash of the file.
    """
    if not _file(arch).is_python:
        return False
    with quiet():
        other = make(_file(arch)).state_dict()
    own: dict[str, Any] = network.state_dict()
    matrices = [name for name, tensor in own.items() if tensor.ndim >= 2 and tensor.is_floating_point()]

    def is_same(name: str) -> bool:
        return name in other and not is_lazy(other[name]) and torch.equal(own[name], other[name])

    return bool(matrices) and not any(map(is_same, matrices))


def can_be_random(arch: str) -> bool:
    """True for a network whose layers can draw new weights, which needs their code."""
    return _file(arch).is_python


def randomize(network: nn.Module) -> list[str]:
    """Draw new weights for every layer with `reset_parameters`; return the names of the other layers' parameters."""
    drawn: set[int] = set()
    for module in network.modules():
        reset = getattr(module, "reset_parameters", None)
        if callable(reset):
            with torch.no_grad():
                reset()
            drawn.update(id(parameter) for parameter in module.parameters())
    return [name for name, parameter in network.named_parameters() if id(parameter) not in drawn]


def _file(arch: str) -> NetworkFile:
    file = parse(arch)
    assert file is not None
    return file
