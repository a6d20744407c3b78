"""Rules on the losses of a run: the observations of the epoch table and the verdict both follow them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from studio.evaluate.epochs.best_epoch import best_epoch
from studio.events import Epoch
from studio.formatting.numbers import compact

LATER = 3
"""A higher validation loss counts as overfitting only this many epochs after the lowest; two may be noise."""

ABOVE = 0.05
"""Relative rise of the validation loss above its lowest value that counts as overfitting."""

JUMP, JUMP_OF_FIRST = 0.2, 0.05
"""Rise of the training loss that counts as a jump, relative to the epoch before, and to the first loss."""

JUMPS = 0.2
"""Share of epochs with a jump (and at least two of them) from which on the rate is too high."""

STILL_FALLING = 0.1
"""Relative fall of the validation loss in the last third of a run from which on more epochs or a higher rate help."""

HARDLY = 0.03
"""Relative fall of both losses in a whole run below which nothing was learned."""

ENOUGH = 5
"""Number of epochs from which on losses that hardly fell count as evidence."""

GUESSING_NUMBERS = 1.0
"""Loss of always predicting the mean in regression, whose targets are standardized."""

OVERSHOT = 1.5
"""Validation loss, relative to that of guessing, above which the steps of the optimizer went too far."""

SLOW = 0.2
"""Relative fall of the validation loss in a whole run below which an even fall means that the rate is too low."""

EVEN = 0.6
"""Pace of the second half of a run, relative to that of the first one, from which on the loss falls evenly."""

FEWEST = 3
"""Number of epochs from which on the pace of a run can be judged."""

LOWER = "Lower the learning rate, or use a warm-up and a falling schedule."
RAISE = "Training has hardly begun: raise the learning rate, tenfold or more."

FAR = 0.5
"""Validation loss above which a run is far from its end; cross-entropy, or squared error of standardized targets."""


def is_finite(epoch: Epoch) -> bool:
    """True where both losses of an epoch are numbers."""
    return math.isfinite(epoch.train_loss) and math.isfinite(epoch.val_loss)


def overfits(epochs: Sequence[Epoch]) -> bool:
    """True where the validation loss has risen above its lowest value while the training loss continued to fall.

    The loss is a better indicator than the accuracy: it reacts earlier, and is less noisy with few photos.
    """
    lowest = best_epoch(epochs, "loss")
    return lowest is not None and overfits_since(lowest, epochs[-1])


def overfits_since(lowest: Epoch, last: Epoch) -> bool:
    """`overfits` for the epoch with the lowest validation loss and the last one."""
    if last.epoch - lowest.epoch < LATER or lowest.phase != last.phase:
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


def guessing_loss(classes: int) -> float:
    """Loss of a guess without looking at the photos: all classes equally likely, or (`classes` 0) the mean target."""
    return math.log(classes) if classes else GUESSING_NUMBERS


class Pace:
    """The epochs of the last phase, read one by one; a new phase starts over, because its losses do.

    Attributes:
        rows: Epochs of the phase.
        jumps: Those whose training loss is far above that of the epoch before.
    """

    def __init__(self, guessing: float = math.inf, epochs: Sequence[Epoch] = ()) -> None:
        """Read epochs.

        Args:
            guessing: Loss of guessing; infinite where it is unknown.
            epochs: First epochs of the run.
        """
        self._guessing, self._above, self._finite = guessing, 0, True
        self.rows: list[Epoch] = []
        self.jumps: list[Epoch] = []
        for epoch in epochs:
            self.add(epoch)

    def add(self, epoch: Epoch) -> None:
        """Read the next epoch."""
        if self.rows and self.rows[-1].phase != epoch.phase:
            self.rows, self.jumps, self._above, self._finite = [], [], 0, True
        if self.rows and is_jump(self.rows[-1], epoch, self.rows[0]):
            self.jumps.append(epoch)
        self.rows.append(epoch)
        self._finite = self._finite and is_finite(epoch)
        self._above += epoch.val_loss > OVERSHOT * self._guessing

    @property
    def can_be_judged(self) -> bool:
        """True where there are enough epochs, and all losses are numbers."""
        return len(self.rows) >= FEWEST and self._finite

    def overshoots(self) -> str:
        """Evidence of steps that went too far: “The training loss rose from 0.5 to 14”; "" for nothing."""
        if not self.can_be_judged:
            return ""
        first, last = self.rows[0], self.rows[-1]
        if last.train_loss > 1.1 * first.train_loss:
            return f"The training loss rose from {first.train_loss:.3g} to {last.train_loss:.3g}"
        # The first epoch alone is not enough: the statistics of BatchNorm settle only after some steps.
        if first.val_loss > OVERSHOT * self._guessing and 2 * self._above >= len(self.rows):
            return (
                f"The validation loss was {first.val_loss:.3g} after epoch {first.epoch}, "
                f"that of guessing is {self._guessing:.3g}"
            )
        return ""

    def rate_too_high(self) -> str:
        """Evidence of a learning rate that is too high: that of `overshoots`, or jumps of the training loss."""
        if words := self.overshoots():
            return words
        if not self.can_be_judged or len(self.jumps) < max(2, JUMPS * len(self.rows)):
            return ""
        loss = self.jumps[-1].train_loss
        return f"The training loss jumped up in {len(self.jumps)} of {len(self.rows)} epochs, to {loss:.3g} at last"

    def creeps(self) -> tuple[float, float] | None:
        """First and last validation loss of a run that has hardly begun: it fell little and evenly, far from an end.

        None for other runs: a loss that has reached what the photos allow falls ever more slowly. The pace is
        the fall per unit of learning rate, because a schedule changes the rate.
        """
        if not self.can_be_judged:
            return None
        rows, first, last = self.rows, self.rows[0].val_loss, self.rows[-1].val_loss
        if not FAR <= last < first or 1 - last / first >= SLOW or rows[-1].train_loss >= rows[0].train_loss:
            return None
        steps = [before.val_loss - epoch.val_loss for before, epoch in itertools.pairwise(rows)]
        # Rounding and small steps at the end of a schedule may hide the fall of single epochs.
        if min(steps) < -STILL_FALLING * (first - last) / len(steps):
            return None
        scales = [epoch.lr or 1.0 for epoch in rows[1:]]
        middle = len(steps) // 2
        early, late = (sum(steps[part]) / sum(scales[part]) for part in (slice(middle), slice(middle, None)))
        return (first, last) if late >= EVEN * early else None


def overshoots(epochs: Sequence[Epoch], guessing: float = math.inf) -> str:
    """`Pace.overshoots` of a run; `guessing` is the loss of guessing, infinite where it is unknown."""
    return Pace(guessing, epochs).overshoots()


def rate_too_high(epochs: Sequence[Epoch], guessing: float = math.inf) -> str:
    """`Pace.rate_too_high` of a run; `guessing` is the loss of guessing, infinite where it is unknown."""
    return Pace(guessing, epochs).rate_too_high()


def creeps(epochs: Sequence[Epoch]) -> tuple[float, float] | None:
    """`Pace.creeps` of a run."""
    return Pace(epochs=epochs).creeps()


def rate_words(epochs: Sequence[Epoch]) -> str:
    """The highest learning rates of the last phase: “, with a learning rate of 1e-3 (layers 1e-5)”; "" if unknown."""
    rows = Pace(epochs=epochs).rows
    head, layers = (max(getattr(epoch, name) for epoch in rows) for name in ("lr", "backbone_lr"))
    if not head and not layers:
        return ""
    return f", with a learning rate of {compact(head)}{f' (layers {compact(layers)})' if layers else ''}"


def still_falls(epochs: Sequence[Epoch]) -> tuple[float, float] | None:
    """The validation loss before and after the last third of a run; None unless it fell clearly, to its minimum."""
    losses = [epoch.val_loss for epoch in epochs]
    if len(losses) < 3 or losses[-1] != min(losses):
        return None
    before = losses[-1 - max(1, len(losses) // 3)]
    if not before > 0 or 1 - losses[-1] / before < STILL_FALLING:
        return None
    return before, losses[-1]


def more_epochs_hurt(epochs: Sequence[Epoch], guessing: float = math.inf) -> bool:
    """True where more epochs, or a higher rate, would not help: overfitting, a rate too high, losses not numbers.

    Args:
        epochs: All epochs of the run, those after the judged one included.
        guessing: Loss of guessing; infinite where it is unknown.
    """
    if not epochs:
        return False
    return not all(map(is_finite, epochs)) or overfits(epochs) or bool(rate_too_high(epochs, guessing))


def creeping_words(epochs: Sequence[Epoch]) -> str:
    """Evidence of a learning rate that is far too low: “The validation loss fell evenly, …”; "" if it is not."""
    if (ends := creeps(epochs)) is None:
        return ""
    return f"The validation loss fell evenly, but only from {ends[0]:.4g} to {ends[1]:.4g}{rate_words(epochs)}"


def hardly_falls(epochs: Sequence[Epoch]) -> tuple[float, float] | None:
    """First and lowest validation loss of the last phase, if its losses hardly fell; else None."""
    pace = Pace(epochs=epochs)
    rows = pace.rows
    if len(rows) < ENOUGH or not pace.can_be_judged or pace.rate_too_high():
        return None
    first, lowest = rows[0], min(epoch.val_loss for epoch in rows)
    trained = min(epoch.train_loss for epoch in rows)
    if lowest < (1 - HARDLY) * first.val_loss or trained < (1 - HARDLY) * first.train_loss:
        return None
    return first.val_loss, lowest
