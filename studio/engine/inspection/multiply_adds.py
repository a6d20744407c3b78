"""Multiply-accumulate operations (MACs) of each module, counted by torch on its meta device.

No weights, no photo and no time for computing are needed: the pass only derives shapes. Counted are convolutions and
matrix products, attention included, as in published tables; adding, normalizing and activation functions are not.
"""

from __future__ import annotations

from collections import Counter

import torch
from torch import Tensor, nn

from studio.engine.backbones import builders
from studio.engine.backbones.backbone import resolve
from studio.engine.backbones.sources import SOURCES
from studio.events import Events, MultiplyAdds
from studio.jobs import libraries
from studio.spec import BackboneSpec, UserError
from studio.system import lazy_compiler
from studio.system.failures import first_line


def count(spec: BackboneSpec) -> Events:
    """Yield the `MultiplyAdds` of a backbone at the image size of `spec`, for one photo.

    Raises:
        UserError: The backbone is unknown or cannot take photos of this size.
    """
    info, preprocess = resolve(spec)
    yield from libraries.import_libraries(*SOURCES[info.source].libraries)
    network = builders.build_on_meta(info.source, info.arch, spec.image_size).eval().requires_grad_(False)
    size = preprocess.size
    try:
        modules, total = of_network(network, (info.input_size[0], *size))
    except Exception as error:
        raise UserError(
            f"“{info.name}” cannot take photos of {size[1]} × {size[0]} pixels ({first_line(error)}).",
            "Use the image size of its weights, or a larger one.",
        ) from error
    yield MultiplyAdds(info.name, size, modules, total)


def of_network(network: nn.Module, shape: tuple[int, int, int]) -> tuple[dict[str, int], int]:
    """Count the MACs of one pass, in the present mode and without gradients.

    Args:
        network: The network, on the meta device or with numbers; none of its parameters may require a gradient.
        shape: Shape (C, H, W) of its input.

    Returns:
        MACs by module path, those of the modules below included, and of the whole network.
    """
    with lazy_compiler.placeholder():  # torch's dispatch mode would import its compiler
        from torch.utils.flop_counter import FlopCounterMode

        weight: Tensor = next(network.parameters())
        counter = FlopCounterMode(display=False)
        with torch.no_grad(), counter:
            network(torch.zeros(1, *shape, dtype=weight.dtype, device=weight.device))
    root = f"{type(network).__name__}."
    # A module that several blocks share is listed at its first place, as in the layer table.
    first = {id(module): path for path, module in network.named_modules()}
    modules: Counter[str] = Counter()
    for name, operations in counter.get_flop_counts().items():
        if name.startswith(root):
            path = first[id(network.get_submodule(name.removeprefix(root)))]
            modules[path] += sum(operations.values()) // 2  # torch counts multiplications and additions
    return {path: macs for path, macs in modules.items() if macs}, counter.get_total_flops() // 2
