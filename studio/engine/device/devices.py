"""Where to compute, and with which algorithms."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from studio.engine.device import memory
from studio.spec import UserError

CUBLAS = "CUBLAS_WORKSPACE_CONFIG"
WITHOUT = "does not have a deterministic implementation"
"""What torch says of an operation."""


def find(name: str) -> torch.device:
    """The device called `name`; `auto` takes CUDA, then MPS, then the CPU.

    Raises:
        UserError: No such device here.
    """
    cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    if name == "auto":
        return torch.device("cuda:0" if cuda else "mps" if mps else "cpu")
    if name == "cpu" or (name == "mps" and mps):
        return torch.device(name)
    kind, _, number = name.partition(":")
    if kind == "cuda" and cuda and (number or "0").isdecimal() and int(number or 0) < torch.cuda.device_count():
        return torch.device("cuda", int(number or 0))
    here = [f"cuda:{index}" for index in range(torch.cuda.device_count() if cuda else 0)] + ["mps"] * mps + ["cpu"]
    raise UserError(f"There is no device “{name}” on this computer.", f"Choose auto, or one of: {', '.join(here)}.")


def put(network: nn.Module, device: torch.device) -> None:
    """Move a network to a device, its kernels channels last in memory.

    Raises:
        UserError: The device has not the memory.
    """
    with memory.one_must_fit(f"put the network on {device}"):
        network.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]


@contextmanager
def deterministic_mode(device: torch.device, deterministic: bool, dtype: torch.dtype) -> Iterator[set[str]]:
    """While it holds, a GPU computes as asked for; afterwards everything is as it was.

    Args:
        device: On a CPU nothing is changed: there the same steps give the same bits anyway.
        deterministic: Only algorithms that give the same bits each time. Where torch has none for an operation (some
            poolings' and interpolations' gradients) it takes the other one.
        dtype: What passes compute in. float32 is then meant: no convolution rounds its input to TF32.

    Yields:
        Names of the operations that had no such algorithm, as they are met.
    """
    met: set[str] = set()
    if device.type != "cuda":
        yield met
        return
    before, workspace = _switches(), os.environ.get(CUBLAS)
    try:
        if deterministic:
            os.environ.setdefault(CUBLAS, ":4096:8")  # cuBLAS sums in one order only with this
        torch.use_deterministic_algorithms(deterministic, warn_only=True)
        _set_fill(False)  # it finds mistakes in networks, and takes time
        torch.backends.cudnn.deterministic = deterministic
        torch.backends.cudnn.benchmark = not deterministic
        if dtype == torch.float32:
            torch.backends.cudnn.allow_tf32 = False
            torch.backends.cuda.matmul.allow_tf32 = False
        with warnings.catch_warnings():
            warnings.filterwarnings("always", f".* {WITHOUT}")
            warnings.showwarning = _listening(met, warnings.showwarning)
            yield met
    finally:
        _restore(before)
        if workspace is None:
            os.environ.pop(CUBLAS, None)


def differences(device: torch.device, deterministic: bool) -> tuple[str, ...]:
    """What can still differ between two runs of the same spec and seed on a device; nothing on a CPU."""
    if device.type == "cpu":
        return ()
    always = (
        "Another kind of GPU, driver or version of torch sums in another order: the last bits differ.",
        "Memory that runs out halves what passes at a time, and the last bits differ with it.",
    )
    if device.type == "mps":
        return ("MPS has no switch for deterministic algorithms: the last bits may differ from run to run.", *always)
    if deterministic:
        few = "Operations without a deterministic algorithm differ in the last bits; the run names those it met."
        return (few, *always)
    free = "The quickest algorithms were chosen by trial and sum in any order: the last bits differ from run to run."
    return (free, *always)


def _switches() -> dict[str, Any]:
    return {
        "mode": torch.are_deterministic_algorithms_enabled(),
        "warn": torch.is_deterministic_algorithms_warn_only_enabled(),
        "fill": torch.utils.deterministic.fill_uninitialized_memory,  # type: ignore[attr-defined]
        "deterministic": torch.backends.cudnn.deterministic,
        "benchmark": torch.backends.cudnn.benchmark,
        "convolutions": torch.backends.cudnn.allow_tf32,
        "matmul": torch.backends.cuda.matmul.allow_tf32,
    }


def _restore(before: dict[str, Any]) -> None:
    torch.use_deterministic_algorithms(before["mode"], warn_only=before["warn"])
    _set_fill(before["fill"])
    torch.backends.cudnn.deterministic = before["deterministic"]
    torch.backends.cudnn.benchmark = before["benchmark"]
    torch.backends.cudnn.allow_tf32 = before["convolutions"]
    torch.backends.cuda.matmul.allow_tf32 = before["matmul"]


def _set_fill(fill: bool) -> None:
    torch.utils.deterministic.fill_uninitialized_memory = fill  # type: ignore[attr-defined]


def _listening(met: set[str], said: Callable[..., None]) -> Callable[..., None]:
    """Keeps the names in torch's warnings of operations without such an algorithm, and passes all others on."""

    def hear(message: Warning | str, *rest: Any, **more: Any) -> None:
        found = re.match(rf"(\S+) {WITHOUT}", str(message))
        if found:
            met.add(found[1])
        else:
            said(message, *rest, **more)

    return hear
