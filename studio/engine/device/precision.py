"""In which numbers a run computes.

What trains computes in the numbers of `TrainSpec.precision`. What is frozen computes in them, too, on a GPU; on a CPU
it stays in float32, which is quicker there. Rows are stored as float32 either way, and rows that were computed in other
numbers lie on another shelf of the cache.
"""

from __future__ import annotations

from typing import Any

import torch

from studio.spec import TrainSpec, UserError


class Precision:
    """Autocast and the scaler of gradients that float16 needs.

    Args:
        spec: For `precision`.
        device: Where to compute.

    Attributes:
        dtype: Of the passes.

    Raises:
        UserError: The device cannot train with these numbers.
    """

    def __init__(self, spec: TrainSpec, device: torch.device) -> None:
        self.dtype = of_training(spec.precision, device)
        self._device = device
        self.scaler = torch.amp.GradScaler(device.type, enabled=self.dtype == torch.float16)

    def cast(self) -> Any:
        """A context for one forward pass; nothing may be yielded inside."""
        return cast(self._device, self.dtype)


def cast(device: torch.device, dtype: torch.dtype) -> Any:
    """Autocast to `dtype`; nothing where that is float32."""
    return torch.autocast(device.type, dtype=dtype, enabled=dtype != torch.float32)


def of_training(name: str, device: torch.device) -> torch.dtype:
    """The numbers that `TrainSpec.precision` means here.

    `auto` is bfloat16 on a GPU that has it, else float32: on most CPUs short numbers are ten times slower.

    Raises:
        UserError: The device cannot train with these numbers.
    """
    if name == "auto":
        return torch.bfloat16 if _has_bfloat16(device) else torch.float32
    if name == "float16" and device.type != "cuda":
        raise UserError(f"float16 cannot train on {device.type}.", "Choose float32, or a GPU.")
    if name == "bfloat16" and device.type == "mps" and not _mps_has_bfloat16():
        raise UserError("bfloat16 is missing on this Mac.", "Choose float32.")
    dtype: torch.dtype = getattr(torch, name)
    return dtype


def of_frozen(name: str, device: torch.device) -> torch.dtype:
    """The numbers in which rows are computed; they are stored as float32."""
    return torch.float32 if device.type == "cpu" else of_training(name, device)


def words(dtype: torch.dtype) -> str:
    """`float32`, `bfloat16` or `float16`."""
    return str(dtype).removeprefix("torch.")


def _has_bfloat16(device: torch.device) -> bool:
    """True on NVIDIA's cards from 2020 on, and on AMD's; older ones only imitate it, slowly."""
    if device.type != "cuda":
        return False
    return torch.version.hip is not None or torch.cuda.get_device_properties(device).major >= 8


def _mps_has_bfloat16() -> bool:
    try:
        torch.zeros(1, dtype=torch.bfloat16, device="mps")
    except (RuntimeError, TypeError):
        return False
    return True
