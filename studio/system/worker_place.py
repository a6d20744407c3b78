"""Rank of this process among several workers, from the variables that `torchrun` and other launchers set.

The module imports nothing large, because the terminal needs it before anything is printed.
"""

from __future__ import annotations

import os

from studio.spec import UserError

TIMEOUT_VARIABLE = "THAW_WORKER_TIMEOUT"
DEFAULT_TIMEOUT = 120.0


def count() -> int:
    """Number of workers; 1 without a launcher."""
    return max(1, _number("WORLD_SIZE", 1)) if "RANK" in os.environ else 1


def rank() -> int:
    """Number of this worker, from 0. Worker 0 writes all files and prints all results."""
    return _number("RANK", 0) if count() > 1 else 0


def local_rank() -> int:
    """Number of this worker on its computer, from 0: it selects the GPU."""
    return _number("LOCAL_RANK", 0) if count() > 1 else 0


def is_assistant() -> bool:
    """True for every worker except worker 0."""
    return rank() > 0


def timeout() -> float:
    """Seconds without a sign of life after which a worker counts as lost.

    Raises:
        UserError: The variable is not a positive number.
    """
    text = os.environ.get(TIMEOUT_VARIABLE, "")
    try:
        seconds = float(text) if text else DEFAULT_TIMEOUT
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 1e6:
        raise UserError(f"{TIMEOUT_VARIABLE} is “{text}”, not a number of seconds.", "Set it to a number such as 120.")
    return seconds


def _number(variable: str, default: int) -> int:
    text = os.environ.get(variable, "")
    if not text:
        return default
    if not text.isdecimal():
        raise UserError(
            f"The variable {variable} is “{text}”, not a number.",
            "It is set by torchrun. Unset it to compute with this process alone.",
        )
    return int(text)
