"""Recovery from running out of memory: a step is repeated with smaller batches."""

from __future__ import annotations

import contextlib
import gc
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from studio.events import Warned
from studio.jobs.job import is_out_of_memory as is_out_of_memory
from studio.spec import UserError

SINGLE_PHOTO = "pass a single photo through the network"

if TYPE_CHECKING:
    from torch import device as Device  # noqa: N812  # a class of torch with a small letter

_CGROUP = Path("/sys/fs/cgroup")

Tell = Callable[[Warned], object]


def ignore_warning(_note: Warned) -> None:
    """Ignore a warning, for callers that cannot show it."""


def release() -> None:
    """Release the memory of a failed attempt."""
    gc.collect()
    if "torch" not in sys.modules:  # predictions with a compiled network do not import torch
        return
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    if torch.backends.mps.is_available():
        torch.mps.empty_cache()


def available(device: Device) -> int:
    """Memory in bytes that is free on a device, for tensors of this process."""
    import torch

    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    if device.type == "mps":
        return int(torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory())
    import psutil

    room = int(psutil.virtual_memory().available)
    with contextlib.suppress(OSError, ValueError):  # a container may have less than the machine
        limit, used = (int((_CGROUP / name).read_text(encoding="ascii")) for name in ("memory.max", "memory.current"))
        room = min(room, limit - used)
    return max(0, room)


@contextmanager
def must_fit(what: str) -> Iterator[None]:
    """Raise `UserError` if a step that cannot be split does not fit into memory.

    Args:
        what: End of the error's sentence “There is not enough memory to …”.

    Raises:
        UserError: It does not fit.
    """
    try:
        yield
        return
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
    release()  # outside of `except`, where the frames of the failed attempt still hold their tensors
    raise too_large(what)


def too_large(what: str) -> UserError:
    """Return the error for a step that does not fit into memory and cannot be split."""
    return UserError(
        f"There is not enough memory to {what}.",
        "Choose a smaller backbone or image size, close other programs, or use another device (--device cpu).",
    )


class AdaptiveBatches:
    """Batch size that is halved each time memory runs out.

    Args:
        size: Initial number of photos.
        tell: Called with a warning after each halving.
        before: Called before a smaller batch is tried, to release other memory.

    Attributes:
        size: Current number of photos.
    """

    def __init__(self, size: int, tell: Tell = ignore_warning, before: Callable[[], object] = release) -> None:
        self.size = size
        self._tell, self._before = tell, before

    def each(self, count: int, one: Callable[[int, int], object]) -> None:
        """Call `one(first, end)` for parts of `count` photos, in order, until all are done.

        Raises:
            UserError: A single photo does not fit.
        """
        first = 0
        while first < count:
            end = min(count, first + self.size)
            try:
                one(first, end)
            except (MemoryError, RuntimeError) as error:
                if not is_out_of_memory(error):
                    raise
                end = first
            if end == first:  # outside of `except`, where the frames of the failed attempt still hold their tensors
                self.shrink(min(count - first, self.size))
            first = end

    def shrink(self, photos: int) -> None:
        """Use half of `photos` from now on, because that many did not fit.

        Raises:
            UserError: It was a single photo.
        """
        self._before()
        release()
        if photos == 1:
            raise too_large(SINGLE_PHOTO)
        self.size = math.ceil(photos / 2)
        some = "1 photo is" if self.size == 1 else f"{self.size} photos are"
        self._tell(Warned(f"Memory ran out: {some} now computed at a time.", "The result is the same up to rounding."))
