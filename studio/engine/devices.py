"""Where to compute."""

from __future__ import annotations

import os

import torch

from studio.spec import Fault


def find(name: str) -> torch.device:
    """The device called `name`; `auto` takes CUDA, then MPS, then the CPU.

    Raises:
        Fault: No such device here.
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
    raise Fault(f"There is no device “{name}” on this computer.", f"Choose auto, or one of: {', '.join(here)}.")


def settle(device: torch.device, deterministic: bool) -> None:
    """Choose how a GPU computes: with `deterministic` only algorithms that give the same bits each time.

    Where torch has no such algorithm for an operation it warns and takes the other one (some poolings' and
    interpolations' gradients); sums on another kind of GPU come out in another order all the same. A CPU needs no
    switch.
    """
    if device.type != "cuda":
        return
    if deterministic:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS sums in one order only with this
    torch.use_deterministic_algorithms(deterministic, warn_only=True)
    torch.backends.cudnn.benchmark = not deterministic
