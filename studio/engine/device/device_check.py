"""Check of devices by a computation: an outdated driver, or a torch built for other GPUs, is not detected otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from studio.engine.device import devices
from studio.system.failures import first_line

TOLERANCE = 1e-3
"""Largest relative difference from results in double precision at which a device counts as correct. Those of float32
are 1e-6 or less."""

DRIVER = Path("/proc/driver/nvidia/version")
"""File that exists if the driver of an NVIDIA GPU is loaded."""

SEED = 7


@dataclass(frozen=True)
class DeviceCheck:
    """Result of the check of a device.

    Attributes:
        name: Name for `--device`.
        model: Model; "" if it is unknown.
        difference: Largest relative difference from the CPU's results; None if nothing was computed.
        error: Error of the computation; "" without one.
    """

    name: str
    model: str = ""
    difference: float | None = None
    error: str = ""

    @property
    def ok(self) -> bool:
        """True if its results equal the CPU's."""
        return self.difference is not None and self.difference <= TOLERANCE


def names() -> list[str]:
    """Return the names of all devices that torch supports on this computer, the CPU first."""
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    return ["cpu", *(f"cuda:{index}" for index in range(count)), *["mps"] * torch.backends.mps.is_available()]


def unused_gpu() -> str:
    """Return the reason why torch does not use a GPU whose driver is loaded; "" if there is no driver or it does."""
    if torch.cuda.is_available() or not DRIVER.exists():
        return ""
    if torch.version.cuda is None:
        return "this torch was built without CUDA"
    try:
        torch.cuda.init()
    except (RuntimeError, AssertionError) as error:
        return first_line(error)
    return "torch does not detect it"


def check(name: str) -> DeviceCheck:
    """Compute the operations of a run on a device, and compare with the CPU."""
    model = ""
    try:
        device = torch.device(name)
        model = _model(device)
        results = _results(device, torch.float32)
    except Exception as error:  # a driver may raise anything
        return DeviceCheck(name, model, error=first_line(error))
    expected = _results(torch.device("cpu"), torch.float64)
    return DeviceCheck(name, model, max(map(_difference, results, expected)))


def _results(device: torch.device, dtype: torch.dtype) -> list[Tensor]:
    """Return the results of a convolution and a matrix product, and the gradients of both."""
    generator = torch.Generator().manual_seed(SEED)

    def leaf(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator).to(device, dtype).requires_grad_()

    photos, kernels, matrix = leaf(2, 3, 16, 16), leaf(8, 3, 3, 3), leaf(8 * 49, 32)
    with devices.deterministic_mode(device, True, torch.float32):
        rows = functional.conv2d(photos, kernels, stride=2)
        scores = torch.relu(rows).flatten(1) @ matrix
        scores.square().mean().backward()
    results = [rows, scores, photos.grad, kernels.grad, matrix.grad]
    return [tensor.detach().double().cpu() for tensor in results if tensor is not None]


def _difference(results: Tensor, expected: Tensor) -> float:
    difference = float((results - expected).abs().max() / expected.abs().max())
    return difference if difference == difference else float("inf")  # NaN must not pass the comparison


def _model(device: torch.device) -> str:
    if device.type != "cuda":
        return ""
    about = torch.cuda.get_device_properties(device)
    return f"{about.name}, {about.total_memory / 1e9:.0f} GB, compute capability {about.major}.{about.minor}"
