"""Devices that compute: asked with real kernels, because one that is there may have none that run on it.

A driver that is too old, or a torch built for other GPUs, shows only when something is computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from studio.engine.device import devices

TOLERANCE = 1e-3
"""Difference from the numbers in double precision, of the largest of them, up to which a device computes rightly. Those
of float32 differ by 1e-6 or less."""

DRIVER = Path("/proc/driver/nvidia/version")
"""There where the driver of an NVIDIA GPU is loaded."""

SEED = 7


@dataclass(frozen=True)
class DeviceCheck:
    """How a device did.

    Attributes:
        name: As `--device` takes it.
        model: What it is; "" where it does not say.
        difference: The largest relative difference from the CPU's numbers; None where nothing was computed.
        error: What kept it from computing; "" where nothing did.
    """

    name: str
    model: str = ""
    difference: float | None = None
    error: str = ""

    @property
    def ok(self) -> bool:
        """True where it gives the CPU's numbers."""
        return self.difference is not None and self.difference <= TOLERANCE


def names() -> list[str]:
    """Every device that torch knows of here, the CPU first."""
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    return ["cpu", *(f"cuda:{index}" for index in range(count)), *["mps"] * torch.backends.mps.is_available()]


def unused_gpu() -> str:
    """Why torch does not use a GPU whose driver is loaded; "" where there is none, or it does."""
    if torch.cuda.is_available() or not DRIVER.exists():
        return ""
    if torch.version.cuda is None:
        return "this torch was built without CUDA"
    try:
        torch.cuda.init()
    except (RuntimeError, AssertionError) as error:
        return _first_line(error)
    return "torch does not find it"


def check(name: str) -> DeviceCheck:
    """Compute on a device what a training computes, and compare it with the CPU's numbers."""
    model = ""
    try:
        device = torch.device(name)
        model = _model(device)
        given = _passed(device, torch.float32)
    except Exception as error:  # whatever a driver may say
        return DeviceCheck(name, model, error=_first_line(error))
    wanted = _passed(torch.device("cpu"), torch.float64)
    return DeviceCheck(name, model, max(map(_difference, given, wanted)))


def _passed(device: torch.device, dtype: torch.dtype) -> list[Tensor]:
    """A convolution, a product of matrices, and gradients of both."""
    generator = torch.Generator().manual_seed(SEED)

    def leaf(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator).to(device, dtype).requires_grad_()

    photos, kernels, matrix = leaf(2, 3, 16, 16), leaf(8, 3, 3, 3), leaf(8 * 49, 32)
    with devices.deterministic_mode(device, True, torch.float32):
        rows = functional.conv2d(photos, kernels, stride=2)
        scores = torch.relu(rows).flatten(1) @ matrix
        scores.square().mean().backward()
    found = [rows, scores, photos.grad, kernels.grad, matrix.grad]
    return [tensor.detach().double().cpu() for tensor in found if tensor is not None]


def _difference(given: Tensor, wanted: Tensor) -> float:
    difference = float((given - wanted).abs().max() / wanted.abs().max())
    return difference if difference == difference else float("inf")  # NaN is equal to nothing


def _model(device: torch.device) -> str:
    if device.type != "cuda":
        return ""
    about = torch.cuda.get_device_properties(device)
    return f"{about.name}, {about.total_memory / 1e9:.0f} GB, compute capability {about.major}.{about.minor}"


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), "") or type(error).__name__
