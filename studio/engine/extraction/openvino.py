"""Compilation of a frozen network for the CPU by OpenVINO: the rows of torch in two thirds of the time or less.

The network is traced and translated in memory, without files and without a C++ compiler. Each photo is computed alone
on one core, and as many in parallel as there are cores. So a row depends only on its photo, neither on the photos
computed with it nor on the number of threads. A compiled network is used only if its rows equal those of torch.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from studio.engine.backbones.backbone import Backbone, normalize_tensor
from studio.engine.device.interruption import interruptible
from studio.engine.extraction.compiled import CompiledNetwork, allowed_cores, is_supported, library
from studio.engine.network.equivalence import same
from studio.engine.network.features import quiet
from studio.engine.network.fusing import FeatureFn
from studio.jobs.protocol import Interrupted, Stop, never

if TYPE_CHECKING:
    import openvino

MAX_PARAMETERS = 400_000_000
"""Number of parameters above which compiling, which copies the weights, would take longer than it saves."""


def is_eligible(parameters: int, device: torch.device) -> bool:
    """True if a network is to be compiled on this machine.

    Args:
        parameters: Number of parameters of the network.
        device: Device to compute on.
    """
    # Never by the number of photos: a resumed extraction, or that of one edited photo, must give the same bits.
    return device.type == "cpu" and parameters <= MAX_PARAMETERS and is_supported()


def compile_network(backbone: Backbone, output_fn: FeatureFn, stop: Stop = never) -> CompiledNetwork | None:
    """Compile a network; None if it cannot be translated or its rows differ from those of torch.

    Args:
        backbone: Backbone in eval mode, on the CPU, in float32.
        output_fn: Computes the required output.
        stop: Checked between layers.
    """
    photos = _trial_photos(backbone.preprocess.size)
    wrapped = _FromPixels(backbone, output_fn)
    with torch.no_grad(), interruptible(backbone.network, stop), quiet():
        expected = torch.cat([wrapped(photo[None]).float() for photo in photos])
        try:
            with _without_gradients(backbone.network):
                model = _translate(wrapped, photos[:1])
            runtime = CompiledNetwork(model, cores(), stop)
            actual = torch.from_numpy(np.stack([runtime.row(photo.numpy()) for photo in photos]))
        except Interrupted:
            raise
        except Exception:  # the translator may raise anything; the network itself is the fallback
            return None
    return runtime if same(actual, expected) else None


def cores() -> int:
    """Number of photos computed in parallel: the cores of this process, but at most the number of torch's threads."""
    return max(1, min(allowed_cores(), torch.get_num_threads()))


class _FromPixels(nn.Module):
    """Module from uint8 photos (N, H, W, 3) to rows, normalization included."""

    def __init__(self, backbone: Backbone, output_fn: FeatureFn) -> None:
        super().__init__()
        self.network = backbone.network
        self._preprocess, self._output_fn = backbone.preprocess, output_fn

    def forward(self, pixels: Tensor) -> Tensor:
        return self._output_fn(self.network, normalize_tensor(pixels, self._preprocess))


def _translate(network: nn.Module, photo: Tensor) -> openvino.Model:
    openvino = library()
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    def rows(pixels: Tensor) -> Tensor:
        output: Tensor = network(pixels)
        return output

    # A function, not the module, for which torch would first describe every layer as code: twice as slow.
    traced = torch.jit.trace(rows, photo, check_trace=False)
    frontend = openvino.frontend.FrontEndManager().load_by_framework("pytorch")
    decoder = TorchScriptPythonDecoder(traced, example_input=photo)  # must outlive the conversion
    model = frontend.convert(frontend.load(decoder))
    model.reshape(list(photo.shape))
    return model


@contextmanager
def _without_gradients(network: nn.Module) -> Iterator[None]:
    """Disable gradients of all parameters in the block, so that a trace treats them as constants."""
    before = [parameter.requires_grad for parameter in network.parameters()]
    network.requires_grad_(False)
    try:
        yield
    finally:
        for parameter, flag in zip(network.parameters(), before, strict=True):
            parameter.requires_grad_(flag)


def _trial_photos(size: tuple[int, int]) -> Tensor:
    """Two photos (2, H, W, 3): noise and a gradient."""
    height, width = size
    noise = torch.randint(0, 256, (height, width, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    across, down = torch.linspace(0, 255, width), torch.linspace(255, 0, height)[:, None]
    smooth = torch.stack([across.expand(height, width), down.expand(height, width), (across + down) / 2], dim=2)
    return torch.stack([noise, smooth.to(torch.uint8)])
