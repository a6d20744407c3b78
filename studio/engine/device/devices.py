"""Selection of the device and of its algorithms."""

from __future__ import annotations

import os
import re
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from studio.engine.device import memory
from studio.spec import UserError
from studio.system import preferences, worker_place

CUBLAS_VARIABLE = "CUBLAS_WORKSPACE_CONFIG"
NOT_DETERMINISTIC = "does not have a deterministic implementation"
"""Part of torch's warning about an operation without a deterministic algorithm."""


def find(name: str) -> torch.device:
    """Return the device called `name`; `auto` selects the preferred one, else CUDA, else MPS, else the CPU.

    Each of several workers on one computer gets its own GPU.

    Raises:
        UserError: There is no such device.
    """
    cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    preferred = preferences.value("device") if name == "auto" else name
    if worker_place.count() > 1 and (preferred.startswith("cuda") or (preferred == "auto" and cuda)):
        preferred = f"cuda:{worker_place.local_rank()}"
    if preferred == "auto":
        return torch.device("cuda:0" if cuda else "mps" if mps else "cpu")
    if preferred == "cpu" or (preferred == "mps" and mps):
        return torch.device(preferred)
    kind, _, number = preferred.partition(":")
    if kind == "cuda" and cuda and (number or "0").isdecimal() and int(number or 0) < torch.cuda.device_count():
        return torch.device("cuda", int(number or 0))
    available = [f"cuda:{index}" for index in range(torch.cuda.device_count() if cuda else 0)] + ["mps"] * mps + ["cpu"]
    if name == "auto":
        raise UserError(
            f"The preferred device “{preferred}” is not on this computer.",
            "Choose another one in the preferences, or with “thaw settings device auto”.",
        )
    raise UserError(
        f"There is no device “{name}” on this computer.", f"Choose auto, or one of: {', '.join(available)}."
    )


def move_network(network: nn.Module, device: torch.device) -> None:
    """Move a network to a device, with its kernels in channels-last format.

    Raises:
        UserError: The device does not have enough memory.
    """
    with memory.must_fit(f"put the network on {device}"):
        network.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]


@contextmanager
def deterministic_mode(device: torch.device, deterministic: bool, dtype: torch.dtype) -> Iterator[set[str]]:
    """Set a GPU's algorithms for the block; restore all settings afterwards.

    Args:
        device: On a CPU nothing is set, because its algorithms are deterministic.
        deterministic: Use deterministic algorithms. Where torch has none for an operation (gradients of some poolings
            and interpolations), the nondeterministic one is used.
        dtype: Type of the passes. With float32, convolutions do not round their input to TF32.

    Yields:
        Names of the operations without a deterministic algorithm, added as they occur.
    """
    names: set[str] = set()
    if device.type != "cuda":
        yield names
        return
    before, workspace = _settings(), os.environ.get(CUBLAS_VARIABLE)
    try:
        if deterministic:
            os.environ.setdefault(CUBLAS_VARIABLE, ":4096:8")  # cuBLAS is deterministic only with this setting
        # Not `use_deterministic_algorithms`, which also imports torch's compiler; nothing is compiled here.
        torch.set_deterministic_debug_mode("warn" if deterministic else "default")
        _set_fill(False)  # filling uninitialized memory is for debugging and takes time
        torch.backends.cudnn.deterministic = deterministic
        torch.backends.cudnn.benchmark = not deterministic
        if dtype == torch.float32:
            torch.backends.cudnn.allow_tf32 = False
            torch.backends.cuda.matmul.allow_tf32 = False
        with warnings.catch_warnings():
            warnings.filterwarnings("always", f".* {NOT_DETERMINISTIC}")
            warnings.showwarning = _collector(names, warnings.showwarning)
            yield names
    finally:
        _restore(before)
        if workspace is None:
            os.environ.pop(CUBLAS_VARIABLE, None)


def differences(device: torch.device, deterministic: bool) -> tuple[str, ...]:
    """Describe possible differences between two runs of the same spec and seed on a device; none on a CPU."""
    if device.type == "cpu":
        return ()
    always = (
        "Another kind of GPU, driver or version of torch sums in another order: the last bits differ.",
        "Running out of memory halves the batch that is computed at a time, and the last bits differ.",
    )
    if device.type == "mps":
        return ("MPS has no setting for deterministic algorithms: the last bits may differ from run to run.", *always)
    if deterministic:
        few = "Operations without a deterministic algorithm differ in the last bits; the run lists those it used."
        return (few, *always)
    free = "The fastest algorithms were selected by benchmark and sum in any order: the last bits vary between runs."
    return (free, *always)


def _settings() -> dict[str, Any]:
    return {
        "mode": torch.get_deterministic_debug_mode(),
        "fill": torch.utils.deterministic.fill_uninitialized_memory,  # type: ignore[attr-defined]
        "deterministic": torch.backends.cudnn.deterministic,
        "benchmark": torch.backends.cudnn.benchmark,
        "convolutions": torch.backends.cudnn.allow_tf32,
        "matmul": torch.backends.cuda.matmul.allow_tf32,
    }


def _restore(before: dict[str, Any]) -> None:
    torch.set_deterministic_debug_mode(before["mode"])
    _set_fill(before["fill"])
    torch.backends.cudnn.deterministic = before["deterministic"]
    torch.backends.cudnn.benchmark = before["benchmark"]
    torch.backends.cudnn.allow_tf32 = before["convolutions"]
    torch.backends.cuda.matmul.allow_tf32 = before["matmul"]


def _set_fill(fill: bool) -> None:
    torch.utils.deterministic.fill_uninitialized_memory = fill  # type: ignore[attr-defined]


def _collector(names: set[str], show: Callable[..., None]) -> Callable[..., None]:
    """Wrap `warnings.showwarning`: collect operations without a deterministic algorithm, and show other warnings."""
    run = threading.get_ident()

    def listen(message: Warning | str, *rest: Any, **more: Any) -> None:
        match = re.match(rf"(\S+) {NOT_DETERMINISTIC}", str(message))
        if match and threading.get_ident() != run:
            return  # an operation of a network that is inspected during the run
        if match:
            names.add(match[1])
        else:
            show(message, *rest, **more)

    return listen
