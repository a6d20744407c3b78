"""Number types that a run computes with.

Layers that train use the type of `TrainSpec.precision`. Frozen layers use it, too, on a GPU; on a CPU they use float32,
which is faster there. Rows are always stored as float32, and rows computed with another type are in another feature
store.
"""

from __future__ import annotations

from typing import Any

import torch

from studio.spec import TrainSpec, UserError


class Precision:
    """Autocast, and the gradient scaler that float16 needs.

    Args:
        spec: For `precision`.
        device: Device to compute on.

    Attributes:
        dtype: Type of the passes.

    Raises:
        UserError: The device cannot train with this type.
    """

    def __init__(self, spec: TrainSpec, device: torch.device) -> None:
        self.dtype = of_training(spec.precision, device)
        self._device = device
        self.scaler = torch.amp.GradScaler(device.type, enabled=self.dtype == torch.float16)

    def cast(self) -> Any:
        """A context for one forward pass, which must not contain a yield."""
        return cast(self._device, self.dtype)


def cast(device: torch.device, dtype: torch.dtype) -> Any:
    """Autocast to `dtype`; no effect for float32."""
    return torch.autocast(device.type, dtype=dtype, enabled=dtype != torch.float32)


def of_training(name: str, device: torch.device) -> torch.dtype:
    """The type that `TrainSpec.precision` selects on this device.

    `auto` is bfloat16 on a GPU that has it, else float32: on most CPUs short types are ten times slower.

    Raises:
        UserError: The device cannot train with this type.
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
    """The type in which rows are computed; they are stored as float32."""
    return torch.float32 if device.type == "cpu" else of_training(name, device)


def words(dtype: torch.dtype) -> str:
    """`float32`, `bfloat16` or `float16`."""
    return str(dtype).removeprefix("torch.")


def _has_bfloat16(device: torch.device) -> bool:
    """True for NVIDIA GPUs from 2020 on, and for AMD's; older ones only emulate it, slowly."""
    if device.type != "cuda":
        return False
    return torch.version.hip is not None or torch.cuda.get_device_properties(device).major >= 8


def _mps_has_bfloat16() -> bool:
    try:
        torch.zeros(1, dtype=torch.bfloat16, device="mps")
    except (RuntimeError, TypeError):
        return False
    return True
