"""The computer that a run computes on, as far as the last bits of its results depend on it."""

from __future__ import annotations

import contextlib
import functools
import platform
from pathlib import Path

import torch

from studio.events import Machine


def of(device: torch.device) -> Machine:
    """Describe this computer, with the number of threads that torch currently uses."""
    return Machine(
        threads=torch.get_num_threads(),
        processor=processor(),
        instructions=torch.backends.cpu.get_cpu_capability(),
        accelerator=_accelerator(device),
    )


@functools.cache
def processor() -> str:
    """Name of the processor; "" if the system does not report it."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.lower().startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()


def _accelerator(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return "Apple GPU" if device.type == "mps" else ""
