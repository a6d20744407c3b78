"""Trainer that takes single steps, at given rates or of given sizes, and restores the weights before them."""

from __future__ import annotations

from collections.abc import Generator, Iterable

import numpy as np
import torch
from torch import Tensor

from studio.engine.training import tasks, validation
from studio.engine.training.optimization import optimizers
from studio.engine.training.running_totals import RunningTotals
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

    def step_on(self, photos: int) -> Generator[Event, None, None]:
        """Take one step on a batch of `photos` training photos, which repeat if there are fewer."""
        self._freezer.train()
        self.head.train()
        rows = np.resize(self._inputs.items, photos)
        yield from self._steps.take(1, 0, rows)
        self._totals.read()  # waits for a GPU
        self._totals.clear()

    def predict_photos(self, photos: int) -> None:
        """Predict `photos` photos as after an epoch; they repeat if there are fewer."""
        totals = RunningTotals(self._device, tasks.metric_keys(self.task))
        rows = np.resize(np.arange(len(self._inputs.val.rows)), photos)
        for _done in validation.predict(self._model, self._inputs.val, rows, totals, self._val_sizes):
            pass

    def tensors(self) -> list[Tensor]:
        """Weights, buffers and optimizer state; drops the gradients of the last step."""
        self._steps.optimizer.zero_grad(set_to_none=True)
        modules = (self._base.network, self.head)
        values = [value for module in modules for value in (*module.parameters(), *module.buffers())]
        if self._freezer.adapters is not None:
            values += self._freezer.adapters.parameters().values()
        states = self._steps.optimizer.state.values()
        return [*values, *(value for state in states for value in state.values() if isinstance(value, Tensor))]

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
