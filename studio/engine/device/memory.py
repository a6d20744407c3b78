"""What to do where a step needs more memory than there is: try again with fewer photos at a time."""

from __future__ import annotations

import gc
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from studio.events import Warned
from studio.jobs.job import is_out_of_memory as is_out_of_memory
from studio.spec import UserError

ONE = "pass a single photo through the network"

Tell = Callable[[Warned], object]


def unheard(_note: Warned) -> None:
    """For those whom nobody listens to."""


def release() -> None:
    """Give back what the failed try still holds."""
    gc.collect()
    if "torch" not in sys.modules:  # predicting with a network that was compiled before
        return
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    if torch.backends.mps.is_available():
        torch.mps.empty_cache()


@contextmanager
def one_must_fit(what: str) -> Iterator[None]:
    """What does not fit into memory here cannot be made smaller.

    Args:
        what: What is tried, as in “pass a single photo through the network”.

    Raises:
        UserError: It does not fit.
    """
    try:
        yield
        return
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
    release()  # outside of `except`, where the failed try's frames still hold their tensors
    raise too_large(what)


def too_large(what: str) -> UserError:
    """What to say where not even the least fits."""
    return UserError(
        f"There is not enough memory to {what}.",
        "Choose a smaller backbone or image size, close other programs, or compute on another device (--device cpu).",
    )


class AdaptiveBatches:
    """How many photos pass at a time: half as many each time memory runs out.

    Args:
        size: At first.
        tell: Hears of each halving.
        before: Called before a smaller portion is tried, to let go of what is held besides.

    Attributes:
        size: Now.
    """

    def __init__(self, size: int, tell: Tell = unheard, before: Callable[[], object] = release) -> None:
        self.size = size
        self._tell, self._before = tell, before

    def each(self, count: int, one: Callable[[int, int], object]) -> None:
        """Call `one(first, end)` for portions of `count` photos, in order, until all went through.

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
            if end == first:  # outside of `except`, where the failed try's frames still hold their tensors
                self.shrink(min(count - first, self.size))
            first = end

    def shrink(self, photos: int) -> None:
        """Half of `photos` from now on, because so many did not fit.

        Raises:
            UserError: It was a single one.
        """
        self._before()
        release()
        if photos == 1:
            raise too_large(ONE)
        self.size = math.ceil(photos / 2)
        some = "1 photo is" if self.size == 1 else f"{self.size} photos are"
        self._tell(Warned(f"Memory ran out: {some} now computed at a time.", "The result is the same."))
