"""Number types of a run.

Layers that train use the type of `TrainSpec.precision`. Frozen layers use it, too, on a GPU; on a CPU they use float32,
which is faster there. Rows are always stored as float32, but rows computed with different types are in different
feature stores.
"""

from __future__ import annotations

from typing import Any

import torch

from studio.spec import TrainSpec, UserError


class Precision:
    """Autocast of a run, with the gradient scaler that float16 requires.

    Args:
        spec: Spec with the `precision`.
        device: Device of the training.

    Attributes:
        dtype: Type of the passes.

    Raises:
        UserError: The device cannot train with this type.
    """

    def __init__(self, spec: TrainSpec, device: torch.device) -> None:
        self.dtype = training_dtype(spec.precision, device)
        self._device = device
        self.scaler = torch.amp.GradScaler(device.type, enabled=self.dtype == torch.float16)

    def cast(self) -> Any:
        """Return a context for one forward pass, which must not contain a yield."""
        return cast(self._device, self.dtype)


def cast(device: torch.device, dtype: torch.dtype) -> Any:
    """Return a context of autocast to `dtype`; without effect for float32."""
    return torch.autocast(device.type, dtype=dtype, enabled=dtype != torch.float32)


def training_dtype(name: str, device: torch.device) -> torch.dtype:
    """Return the type that `TrainSpec.precision` selects on this device.

    `auto` is bfloat16 on a GPU that supports it, else float32: on most CPUs, 16-bit types are ten times slower.

    Raises:
        UserError: The device cannot train with this type.
    """
    if name == "auto":
        return torch.bfloat16 if _has_bfloat16(device) else torch.float32
    if name == "float16" and device.type != "cuda":
        raise UserError(f"float16 cannot train on {device.type}.", "Choose float32, or a GPU.")
    if name == "bfloat16" and device.type == "mps" and not _mps_has_bfloat16():
        raise UserError("This Mac does not support bfloat16.", "Choose float32.")
    dtype: torch.dtype = getattr(torch, name)
    return dtype


def frozen_dtype(name: str, device: torch.device) -> torch.dtype:
    """Return the type in which rows are computed; they are stored as float32."""
    return torch.float32 if device.type == "cpu" else training_dtype(name, device)


def dtype_name(dtype: torch.dtype) -> str:
    """Return the name of a type: `float32`, `bfloat16` or `float16`."""
    return str(dtype).removeprefix("torch.")


def _has_bfloat16(device: torch.device) -> bool:
    """True for AMD GPUs and for NVIDIA GPUs since 2020; older ones emulate it, which is slow."""
    if device.type != "cuda":
        return False
    return torch.version.hip is not None or torch.cuda.get_device_properties(device).major >= 8


def _mps_has_bfloat16() -> bool:
    try:
        torch.zeros(1, dtype=torch.bfloat16, device="mps")
    except (RuntimeError, TypeError):
        return False
    return True
