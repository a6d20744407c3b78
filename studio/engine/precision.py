"""In which numbers the part that trains computes."""

from __future__ import annotations

from typing import Any

import torch

from studio.spec import Fault, TrainSpec


class Precision:
    """Autocast and the scaler of gradients that float16 needs.

    Args:
        spec: For `precision`.
        device: Where to compute.

    Attributes:
        dtype: Of the passes.

    Raises:
        Fault: float16 on a device that cannot train with it.
    """

    def __init__(self, spec: TrainSpec, device: torch.device) -> None:
        self.dtype = _dtype(spec.precision, device)
        self._device = device.type
        self.scaler = torch.amp.GradScaler(device.type, enabled=self.dtype == torch.float16)

    def cast(self) -> Any:
        """A context for one forward pass; nothing may be yielded inside."""
        return torch.autocast(self._device, dtype=self.dtype, enabled=self.dtype != torch.float32)


def _dtype(name: str, device: torch.device) -> torch.dtype:
    """`auto` is bfloat16 on a GPU that has it, else float32: on most CPUs short numbers are ten times slower."""
    if name == "auto":
        quick = device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
        return torch.bfloat16 if quick else torch.float32
    if name == "float16" and device.type != "cuda":
        raise Fault(f"float16 cannot train on {device.type}.", "Choose float32, or a GPU.")
    dtype: torch.dtype = getattr(torch, name)
    return dtype
