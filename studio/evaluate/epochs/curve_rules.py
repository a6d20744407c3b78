"""Rules on the losses of a run: the observations of the epoch table and the verdict both follow them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from studio.evaluate.epochs.best_epoch import best_epoch
from studio.events import Epoch

LATER = 3
"""Epochs since the lowest validation loss from which on a higher one counts as overfitting; two may be noise."""

ABOVE = 0.05
"""Relative rise of the validation loss above its lowest value that counts as overfitting."""

JUMP, JUMP_OF_FIRST = 0.2, 0.05
"""Rise of the training loss that counts as a jump, relative to the epoch before, and to the first loss."""

JUMPS = 0.2
"""Share of the epochs with a jump, two at least, from which on the rate is too high."""

STILL_FALLING = 0.1
"""Relative fall of the validation loss in the last third of a run from which on more epochs or a higher rate help."""

HARDLY = 0.03
"""Relative fall of both losses in a whole run below which nothing was learned."""

ENOUGH = 5
"""Epochs after which losses that hardly fell say something."""


def is_finite(epoch: Epoch) -> bool:
    """True where both losses of an epoch are numbers."""
    return math.isfinite(epoch.train_loss) and math.isfinite(epoch.val_loss)


def overfits(epochs: Sequence[Epoch]) -> bool:
    """True where the validation loss has risen above its lowest value while the training loss continued to fall.

    The loss is a better indicator than the accuracy: it reacts earlier, and is less noisy with few photos.
    """
    lowest, last = best_epoch(epochs, "loss"), epochs[-1]
    if lowest is None or last.epoch - lowest.epoch < LATER or lowest.phase != last.phase:
        return False
    return last.val_loss > (1 + ABOVE) * lowest.val_loss and last.train_loss < lowest.train_loss


def overfitting_words(epochs: Sequence[Epoch]) -> str:
    """The overfitting of a run in numbers: “from epoch 5 to 8 the validation loss rose from 0.5 to 0.6 while …”."""
    lowest, last = best_epoch(epochs, "loss"), epochs[-1]
    if lowest is None or not overfits(epochs):
        return ""
    return (
        f"from epoch {lowest.epoch} to {last.epoch} the validation loss rose from {lowest.val_loss:.3g} to "
        f"{last.val_loss:.3g} while the training loss fell from {lowest.train_loss:.3g} to {last.train_loss:.3g}"
    )


def is_jump(before: Epoch, epoch: Epoch, first: Epoch) -> bool:
    """True where the training loss of an epoch is far above that of the epoch before; `first` is that of the phase."""
    rise = epoch.train_loss - before.train_loss
    return rise > JUMP * before.train_loss and rise > JUMP_OF_FIRST * first.train_loss


def jumps(epochs: Sequence[Epoch]) -> tuple[Epoch, ...]:
    """Epochs of the last phase whose training loss is far above that of the epoch before."""
    rows = _last_phase(epochs)
    return tuple(epoch for before, epoch in itertools.pairwise(rows) if is_jump(before, epoch, rows[0]))


def rate_too_high(epochs: Sequence[Epoch]) -> str:
    """Evidence of a learning rate that is too high: “the training loss jumped up in 3 of 10 epochs”; "" for nothing."""
    rows = _last_phase(epochs)
    if len(rows) < 3 or not all(map(is_finite, rows)):
        return ""
    if rows[-1].train_loss > 1.1 * rows[0].train_loss:
        return f"the training loss rose from {rows[0].train_loss:.3g} to {rows[-1].train_loss:.3g}"
    high = jumps(epochs)
    if len(high) < max(2, JUMPS * len(rows)):
        return ""
    return f"the training loss jumped up in {len(high)} of {len(rows)} epochs, to {high[-1].train_loss:.3g} at last"


def still_falls(epochs: Sequence[Epoch]) -> tuple[float, float] | None:
    """The validation loss before and after the last third of a run, if it fell clearly and to its lowest value."""
    losses = [epoch.val_loss for epoch in epochs]
    if len(losses) < 3 or losses[-1] != min(losses):
        return None
    before = losses[-1 - max(1, len(losses) // 3)]
    if not before > 0 or 1 - losses[-1] / before < STILL_FALLING:
        return None
    return before, losses[-1]


def hardly_falls(epochs: Sequence[Epoch]) -> tuple[float, float] | None:
    """First and lowest validation loss of a run whose losses hardly fell."""
    rows = _last_phase(epochs)
    if len(rows) < ENOUGH or not all(map(is_finite, rows)) or rate_too_high(epochs):
        return None
    first, lowest = rows[0], min(epoch.val_loss for epoch in rows)
    trained = min(epoch.train_loss for epoch in rows)
    if lowest < (1 - HARDLY) * first.val_loss or trained < (1 - HARDLY) * first.train_loss:
        return None
    return first.val_loss, lowest


def _last_phase(epochs: Sequence[Epoch]) -> list[Epoch]:
    """The epochs of the last phase: the losses of a thawed network begin anew."""
    return [epoch for epoch in epochs if epoch.phase == epochs[-1].phase]
