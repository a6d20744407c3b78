"""A frozen network compiled for the CPU by OpenVINO: the same rows as torch gives, in two thirds of the time or less.

The network is traced and translated in memory; nothing is written, and no compiler is needed. Every photo goes through
alone and on one core, as many photos at once as there are cores. So a row depends on its photo and on nothing else: not
on the photos computed beside it, nor on the number of threads. What comes out is used only after a trial: its rows must
be those of the network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from studio.engine.backbones.backbone import Backbone, scaled
from studio.engine.device.interruption import interruptible
from studio.engine.extraction.compiled import Compiled, allowed_cores, is_supported, library
from studio.engine.network.equivalence import same
from studio.engine.network.features import quiet
from studio.jobs.protocol import Interrupted, Stop, never

if TYPE_CHECKING:
    import openvino

LARGEST = 400_000_000
"""Parameters above which nothing is compiled: the packed copy of the weights would cost more than the time it saves."""

FeatureFn = Callable[[nn.Module, Tensor], Tensor]
"""What is wanted of a network for normalized photos (N, 3, H, W)."""


def is_wanted(parameters: int, device: torch.device) -> bool:
    """True where rows come from a compiled network if it holds its trial.

    It depends on the machine and on the network, never on how many photos there are: an extraction that goes on after
    a stop, or one edited photo, must give the bits of the whole.

    Args:
        parameters: Of the network.
        device: Where rows are computed.
    """
    return device.type == "cpu" and parameters <= LARGEST and is_supported()


def compiled(backbone: Backbone, kept: FeatureFn, stop: Stop = never) -> Compiled | None:
    """The network compiled; None where it cannot be translated or does not give the network's rows.

    Args:
        backbone: In eval mode, on the CPU, in float32.
        kept: What will be asked of it.
        stop: Asked between layers.
    """
    photos = _trial_photos(backbone.preprocess.size)
    wrapped = _FromPixels(backbone, kept)
    with torch.no_grad(), interruptible(backbone.network, stop), quiet():
        wanted = torch.cat([wrapped(photo[None]).float() for photo in photos])
        try:
            with _without_gradients(backbone.network):
                model = _translated(wrapped, photos[:1])
            runtime = Compiled(model, cores(), stop)
            given = torch.from_numpy(np.stack([runtime.row(photo.numpy()) for photo in photos]))
        except Interrupted:
            raise
        except Exception:  # whatever a translator of other people's networks may raise; the network itself is there
            return None
    return runtime if same(given, wanted) else None


def cores() -> int:
    """Photos computed at once: the cores this process may use, and no more threads than torch was given."""
    return max(1, min(allowed_cores(), torch.get_num_threads()))


class _FromPixels(nn.Module):
    """uint8 photos (N, H, W, 3) to rows, normalization included."""

    def __init__(self, backbone: Backbone, kept: FeatureFn) -> None:
        super().__init__()
        self.network = backbone.network
        self._preprocess, self._kept = backbone.preprocess, kept

    def forward(self, pixels: Tensor) -> Tensor:
        return self._kept(self.network, scaled(pixels, self._preprocess))


def _translated(network: nn.Module, photo: Tensor) -> openvino.Model:
    openvino = library()
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    def rows(pixels: Tensor) -> Tensor:
        found: Tensor = network(pixels)
        return found

    # A function, not the module: torch would describe every layer as code first, which takes twice as long.
    traced = torch.jit.trace(rows, photo, check_trace=False)
    frontend = openvino.frontend.FrontEndManager().load_by_framework("pytorch")
    decoder = TorchScriptPythonDecoder(traced, example_input=photo)  # must outlive the conversion
    model = frontend.convert(frontend.load(decoder))
    model.reshape(list(photo.shape))
    return model


@contextmanager
def _without_gradients(network: nn.Module) -> Iterator[None]:
    """While it holds, no parameter asks for a gradient: a trace takes only such ones as constants."""
    before = [parameter.requires_grad for parameter in network.parameters()]
    network.requires_grad_(False)
    try:
        yield
    finally:
        for parameter, flag in zip(network.parameters(), before, strict=True):
            parameter.requires_grad_(flag)


def _trial_photos(size: tuple[int, int]) -> Tensor:
    """Two photos (2, H, W, 3), noise and a smooth one."""
    height, width = size
    noise = torch.randint(0, 256, (height, width, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    across, down = torch.linspace(0, 255, width), torch.linspace(255, 0, height)[:, None]
    smooth = torch.stack([across.expand(height, width), down.expand(height, width), (across + down) / 2], dim=2)
    return torch.stack([noise, smooth.to(torch.uint8)])
