"""Compilation of a frozen network for the CPU by OpenVINO: torch's rows in two thirds of the time or less.

The network is traced and translated in memory, without files and without a compiler. Every photo is computed alone and
on one core, as many at once as there are cores. So a row depends on its photo only: not on the photos computed beside
it, nor on the number of threads. The result is used only after a test: its rows must equal those of the network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from studio.engine.backbones.backbone import Backbone, normalize_tensor
from studio.engine.device.interruption import interruptible
from studio.engine.extraction.compiled import Compiled, allowed_cores, is_supported, library
from studio.engine.network.equivalence import same
from studio.engine.network.features import quiet
from studio.jobs.protocol import Interrupted, Stop, never

if TYPE_CHECKING:
    import openvino

LARGEST = 400_000_000
"""Parameters above which nothing is compiled: the packed copy of the weights would cost more than the saved time."""

FeatureFn = Callable[[nn.Module, Tensor], Tensor]
"""Computes the required output of a network for normalized photos (N, 3, H, W)."""


def is_wanted(parameters: int, device: torch.device) -> bool:
    """True where a compiled network is used if it passes its test.

    It depends on the machine and on the network, never on the number of photos: a resumed extraction, or that of one
    edited photo, must give the same bits as a full one.

    Args:
        parameters: Number of parameters of the network.
        device: Device to compute on.
    """
    return device.type == "cpu" and parameters <= LARGEST and is_supported()


def compiled(backbone: Backbone, kept: FeatureFn, stop: Stop = never) -> Compiled | None:
    """The compiled network; None where it cannot be translated or its rows differ.

    Args:
        backbone: In eval mode, on the CPU, in float32.
        kept: Computes the required output.
        stop: Called between layers.
    """
    photos = _trial_photos(backbone.preprocess.size)
    wrapped = _FromPixels(backbone, kept)
    with torch.no_grad(), interruptible(backbone.network, stop), quiet():
        expected = torch.cat([wrapped(photo[None]).float() for photo in photos])
        try:
            with _without_gradients(backbone.network):
                model = _translated(wrapped, photos[:1])
            runtime = Compiled(model, cores(), stop)
            actual = torch.from_numpy(np.stack([runtime.row(photo.numpy()) for photo in photos]))
        except Interrupted:
            raise
        except Exception:  # the translator may raise anything; the network itself is the fallback
            return None
    return runtime if same(actual, expected) else None


def cores() -> int:
    """Number of photos computed at once: the cores of this process, and no more than torch's threads."""
    return max(1, min(allowed_cores(), torch.get_num_threads()))


class _FromPixels(nn.Module):
    """Module from uint8 photos (N, H, W, 3) to rows, normalization included."""

    def __init__(self, backbone: Backbone, kept: FeatureFn) -> None:
        super().__init__()
        self.network = backbone.network
        self._preprocess, self._kept = backbone.preprocess, kept

    def forward(self, pixels: Tensor) -> Tensor:
        return self._kept(self.network, normalize_tensor(pixels, self._preprocess))


def _translated(network: nn.Module, photo: Tensor) -> openvino.Model:
    openvino = library()
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    def rows(pixels: Tensor) -> Tensor:
        found: Tensor = network(pixels)
        return found

    # A function, not the module: torch would first describe every layer as code, which takes twice as long.
    traced = torch.jit.trace(rows, photo, check_trace=False)
    frontend = openvino.frontend.FrontEndManager().load_by_framework("pytorch")
    decoder = TorchScriptPythonDecoder(traced, example_input=photo)  # must outlive the conversion
    model = frontend.convert(frontend.load(decoder))
    model.reshape(list(photo.shape))
    return model


@contextmanager
def _without_gradients(network: nn.Module) -> Iterator[None]:
    """Disable gradients of all parameters in the block: only then a trace treats them as constants."""
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
