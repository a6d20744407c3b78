"""What to do where a step needs more memory than there is: try again with fewer photos at a time."""

from __future__ import annotations

import gc

import torch

WORDS = ("out of memory", "can't allocate memory", "not enough memory", "failed to allocate")


def ran_out(error: BaseException) -> bool:
    """True for every way in which torch and Python say that memory ran out, on a GPU or not."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(word in str(error).lower() for word in WORDS)


def release() -> None:
    """Give back what the failed try still holds."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
