"""Measured memory of real steps."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass
class Meter:
    """Peak memory of tensors in bytes, as torch counts it; set at the end of `measuring`, 0 if unknown."""

    tensors: int = 0


@contextmanager
def measuring(device: torch.device, existing: Iterable[Tensor]) -> Iterator[Meter]:
    """Context in which the memory of steps on `device` is measured.

    Args:
        device: Device of the steps.
        existing: Weights and the optimizer's state, which exist before the steps; there must be no gradients yet.
    """
    meter = Meter()
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        yield meter
        meter.tensors = torch.cuda.max_memory_allocated(device)
        return
    if device.type != "cpu":
        yield meter
        return
    before = sum({one.untyped_storage()._cdata: one.untyped_storage().nbytes() for one in existing}.values())
    os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # without a GPU driver, the profiler would print an error
    from torch.profiler import ProfilerActivity, profile

    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiled:
        yield meter
    change = most = 0
    for event in profiled.profiler.kineto_results.events():
        if event.name() == "[memory]":
            change += event.nbytes()
            most = max(most, change)
    meter.tensors = before + most
