"""Trainer that takes single steps at given rates, and restores the weights before them."""

from __future__ import annotations

from collections.abc import Generator, Iterable

import torch
from torch import Tensor

from studio.engine.training import optimizers
from studio.engine.training.trainer import Trainer
from studio.events import Event


class StepTrainer(Trainer):
    """Takes single steps, outside of any epoch, on the batches of a run."""

    def step_at(self, step: int, head: float, network: float = 0.0) -> Generator[Event, None, float]:
        """Take one step at these rates; returns the mean loss of its batch before the step.

        Args:
            step: Number of the step, from 0, which selects its batch.
            head: Rate of the head.
            network: Highest rate of the thawed layers, which keep the ratios of their rates.
        """
        self._freezer.train()
        self.head.train()
        per_epoch = len(self._batches())
        epoch, index = 1 + step // per_epoch, step % per_epoch
        optimizers.set_rates_of_parts(self._steps.optimizer, head, network)
        self._totals.clear()
        yield from self._steps.take(epoch, index, self._batches(epoch)[index])
        loss, weight = self._totals.read()
        self._totals.clear()
        return loss / weight

    def weights(self) -> tuple[Tensor, ...]:
        """Copies of all tensors that training changes."""
        return tuple(tensor.detach().clone() for tensor in self._changing())

    def restore_weights(self, weights: Iterable[Tensor]) -> None:
        """Set the tensors that training changes to these `weights`."""
        with torch.no_grad():
            for tensor, value in zip(self._changing(), weights, strict=True):
                tensor.copy_(value)

    def _changing(self) -> list[Tensor]:
        return [*self.head.state_dict().values(), *self._freezer.changeable_tensors().values()]
