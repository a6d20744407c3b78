"""Where to compute."""

from __future__ import annotations

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
