"""Head, optimizer and photos of one run; `epoch` passes over them once.

Nothing here depends on what happened before but through weights, the optimizer's memory and the epochs so far: the
order of photos, their changes and every dropout follow from the seed, the epoch and the batch. So a run that goes on
from a checkpoint computes what it would have computed.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from studio.engine.backbones.backbone import Backbone
from studio.engine.device.precision import Precision
from studio.engine.network.freezing import Freezer
from studio.engine.training import optimizers, tasks, validation
from studio.engine.training import sampling as batches
from studio.engine.training.feature_statistics import of_features
from studio.engine.training.head import Head
from studio.engine.training.inputs import PhaseInputs
from studio.engine.training.model import Model
from studio.engine.training.optimizer_step import OptimizerStep
from studio.engine.training.run_files import checkpoints
from studio.engine.training.running_totals import Means, RunningTotals
from studio.evaluate.best_epoch import best_epoch, is_over, result_epoch
from studio.events import Checkpoint, Dataset, Epoch, Event, MetricValue, Step, Warned
from studio.jobs.progress import Pace
from studio.jobs.protocol import Stop
from studio.planning import schedules
from studio.spec import RunSpec, UserError


class Trainer:
    """Trains a head, and what is thawed, on the photos of a data set.

    Args:
        spec: The run's.
        base: Backbone, on `device`.
        freezer: Holds it.
        dataset: Readable photos.
        photos: Their fingerprint.
        run: Folder of checkpoints.
        device: Where to compute.
        stop: Asked before each step and between layers.

    Attributes:
        head: What is trained first.
        train: Places of the training photos.
        val: Places of the validation photos.
        epochs: Finished ones.
        outcome: Predictions of the validation photos after the epoch `judged`; None where that is 0.
        judged: Number of the epoch of the last `Evaluated`; 0 for none.
        task: Loss, metrics and judgment.
    """

    def __init__(
        self,
        spec: RunSpec,
        base: Backbone,
        freezer: Freezer,
        dataset: Dataset,
        photos: str,
        run: Path,
        device: torch.device,
        stop: Stop,
    ) -> None:
        self._spec, self._base, self._freezer, self._photos = spec.train, base, freezer, photos
        self._standardize, self._run, self._device, self._dataset = spec.head.standardize, run, device, dataset
        split = np.array([photo.split for photo in dataset.photos])
        self.train, self.val = np.flatnonzero(split == "train"), np.flatnonzero(split == "val")
        self.task = tasks.of(dataset, self.train, spec.train, device)
        # After freezing, so that a new layer can never be frozen by mistake.
        self.head = Head(base.table.features, self.task.outputs, spec.head, spec.train.seed).to(device)
        targets = self.task.targets.to(device)
        self._model = Model(base, self.head, self.task, Precision(spec.train, device), device, stop, targets)
        self.epochs: tuple[Epoch, ...] = ()
        self._totals = RunningTotals(device, tasks.metric_keys(self.task))
        self._steps = OptimizerStep(spec.train, self._model, self._totals)
        self._scaled = False
        self._notes: list[Warned] = []
        self.outcome: NDArray[np.float32] | None = None
        self.judged = 0
        self._batch = self._step = 0
        self._spent = 0.0
        self._saved = time.monotonic()

    # ------------------------------------------------------------------------------------------ where it stands

    @property
    def best(self) -> Epoch | None:
        """The best epoch so far, by the criterion of the run."""
        return best_epoch(self.epochs, self._spec.result)

    @property
    def result(self) -> Epoch | None:
        """The epoch that is the run's result so far."""
        return result_epoch(self.epochs, self._spec.result)

    def is_over(self) -> bool:
        """True where no epoch was better for `TrainSpec.patience` epochs."""
        return is_over(self._spec, self.epochs)

    def enter(self, stretch: PhaseInputs) -> None:
        """Begin a phase: make its optimizer, and in the first one the scaling of the features."""
        freezer = self._freezer if stretch.phase == "network" else None
        optimizer = optimizers.optimizer(self._spec, self.head, freezer, self._base.table)
        self._steps.enter(optimizer, stretch.train)
        self._batch = self._step = 0
        self._stretch = stretch
        self._judging = validation.portions(self._model, stretch.val, self._notes.append)
        self._model.targets = self._targets_of(stretch)
        if self._standardize and not self._scaled:
            self.head.standardize(*of_features(self._model, stretch.val, self._dataset, self.train, self._spec.seed))
            self._scaled = True

    def state(self) -> checkpoints.State:
        """Everything needed to go on from here."""
        parts: dict[str, dict[str, Tensor]] = {
            "head.": dict(self.head.state_dict()),
            "network.": self._freezer.moved(),
            "optimizer.": checkpoints.optimizer_tensors(self._steps.optimizer),
            "sums.": self._totals.tensors(),
            "scaler.": {name: torch.tensor(value) for name, value in self._model.precision.scaler.state_dict().items()},
        }
        return checkpoints.State(
            epochs=self.epochs,
            batch=self._batch,
            step=self._step,
            micro=self._steps.micro,
            seconds=self._spent,
            photos=self._photos,
            threads=torch.get_num_threads(),
            tensors={f"{part}{name}": value for part, tensors in parts.items() for name, value in tensors.items()},
        )

    def restore(self, state: checkpoints.State) -> None:
        """Go on from a checkpoint; the network's own tensors are back already. Comes before `enter`."""
        self.head.load_state_dict(state.of("head."))
        self._scaled = True
        self._steps.micro = state.micro
        self.epochs = state.epochs

    def go_on(self, state: checkpoints.State) -> None:
        """Go on inside the phase that was entered."""
        checkpoints.restore_optimizer(self._steps.optimizer, state.of("optimizer."))
        self._totals.restore(state.of("sums."))
        self._batch, self._step, self._spent = state.batch, state.step, state.seconds
        if scaler := state.of("scaler."):
            self._model.precision.scaler.load_state_dict({name: value.item() for name, value in scaler.items()})

    def save(self) -> Checkpoint:
        """Write a checkpoint.

        Raises:
            UserError: The run's folder is gone.
            OSError: The disk is full.
        """
        if not self._run.is_dir():
            raise UserError(
                f"The run's folder {self._run} is gone.",
                "Put it back and resume the run, or train again elsewhere.",
                self._run,
            )
        seconds = checkpoints.write(self._run, self.state())
        self._saved = time.monotonic()
        done = len(self.epochs) + (self._batch / len(self._batches()) if self._batch else 0)
        return Checkpoint(done, seconds)

    # ------------------------------------------------------------------------------------------ an epoch

    def epoch(self, number: int, pace: Pace) -> Generator[Event, None, Epoch]:
        """Train once over the photos, then predict and judge the validation photos.

        Raises:
            UserError: The weights are no longer numbers, or one photo does not fit into memory.
        """
        began = time.perf_counter() - self._spent
        todo = self._batches()
        rates = (0.0, 0.0)
        told_loss, told_weight = self._totals.read()
        self._freezer.train()
        self.head.train()
        for index in range(self._batch, len(todo)):
            rates = self._rates(len(todo))
            coming = todo[index + 1] if index + 1 < len(todo) else None
            yield from self._steps.take(number, index, todo[index], coming)
            self._batch, self._step, self._spent = index + 1, self._step + 1, time.perf_counter() - began
            share = (index + 1) / len(todo) * self._training_share()
            if (told := pace.at(number - 1 + share)) is not None:
                yield replace(told, detail=f"batch {index + 1} of {len(todo)}")
                loss, weight = self._totals.read()
                if weight > told_weight:
                    yield Step(number - 1 + (index + 1) / len(todo), (loss - told_loss) / (weight - told_weight))
                told_loss, told_weight = loss, weight
                self._require_numbers(number)
            if time.monotonic() - self._saved > 60 * self._spec.checkpoint_minutes and index + 1 < len(todo):
                self._require_numbers(number)
                yield self.save()
        rates = rates if any(rates) else self._rates(len(todo))
        self._require_numbers(number)
        train = self._totals.means()
        val, outcome = yield from self.predict(number, pace)
        if not math.isfinite(val.loss):
            self._diverged(number, "after its last step")
        epoch = self._finished(number, train, val, time.perf_counter() - began, rates)
        if epoch.best or self._spec.result == "last":
            yield from self.judge(epoch, outcome)
        self.epochs = (*self.epochs, epoch)
        self._batch, self._spent = 0, 0.0
        self._totals.clear()
        return epoch

    def predict(self, number: int, pace: Pace) -> Generator[Event, None, tuple[Means, NDArray[np.float32]]]:
        """Means over the validation photos, and the predictions of each."""
        totals = RunningTotals(self._device, tasks.metric_keys(self.task))
        parts: list[NDArray[np.float32]] = []
        for seen, outcome in validation.judged(self._model, self._stretch.val, self.val, totals, self._judging):
            parts.append(outcome)
            yield from self._notes
            self._notes.clear()
            # Training and validation share the epoch's bar by the photos they pass through the network.
            share = self._training_share() + (1 - self._training_share()) * seen / len(self.val)
            if (told := pace.at(number - 1 + share)) is not None:
                yield replace(told, detail=f"validation photo {seen} of {len(self.val)}")
        return totals.means(), np.concatenate(parts)

    def again(self) -> Iterator[Event]:
        """Predict and judge the last epoch again, for a run that ended before it could."""
        pace = Pace("train", len(self.epochs), "epochs")
        _, outcome = yield from self.predict(len(self.epochs), pace)
        yield from self.judge(self.epochs[-1], outcome)

    def judge(self, epoch: Epoch, outcome: NDArray[np.float32]) -> Iterator[Event]:
        """Predictions of an epoch and the judgment on them."""
        self.outcome, self.judged = outcome, epoch.epoch
        yield from self.task.judged(epoch, self.val, outcome)

    def _finished(self, number: int, train: Means, val: Means, seconds: float, rates: tuple[float, float]) -> Epoch:
        metrics = tuple(MetricValue(key, train.metrics.get(key), value) for key, value in val.metrics.items())
        epoch = Epoch(number, train.loss, val.loss, seconds, metrics, self._stretch.phase, *rates)
        return replace(epoch, best=best_epoch((*self.epochs, epoch), self._spec.result) is epoch)

    def _rates(self, batches: int) -> tuple[float, float]:
        factor = schedules.factor(self._step, batches, self._stretch.epochs, self._spec, self._stretch.phase)
        return optimizers.set_rates(self._steps.optimizer, factor)

    def _training_share(self) -> float:
        items = len(self._stretch.items)
        return items / (items + len(self.val))

    # ------------------------------------------------------------------------------------------ its parts

    def _batches(self) -> list[NDArray[np.int64]]:
        """The photos of the epoch that is not finished yet."""
        rows = self._stretch.items
        chances = self.task.drawing_chances(self._model.targets[rows].cpu())
        return batches.of_epoch(self._spec, len(self.epochs) + 1, rows, chances)

    def _targets_of(self, stretch: PhaseInputs) -> Tensor:
        """Of every row of a phase; a view has that of the photo it is taken of."""
        targets = self.task.targets.to(self._device)
        more = len(stretch.train.rows) - len(targets)
        if more <= 0:
            return targets
        owners = torch.from_numpy(np.repeat(self.train, more // len(self.train))).to(self._device)
        return torch.cat([targets, targets[owners]])

    def _require_numbers(self, number: int) -> None:
        bad = self._totals.first_bad()
        if bad == 0 and number == 1:  # the loss of the first step is from before anything was learned
            raise UserError(
                f"The loss is no usable number before the first step: “{self._base.info.name}” gives features that the "
                "head cannot begin with.",
                "Standardize the features (a setting of the head), or choose other weights.",
            )
        if bad is not None:
            self._diverged(number, f"at step {bad + 1} of {len(self._batches())}")

    def _diverged(self, number: int, where: str) -> None:
        kept = " The state after the last good epoch was kept." if self.epochs else ""
        raise UserError(
            f"The loss is no longer a number {where} in epoch {number}: the training diverged.",
            f"Use lower rates ({self._spec.lr / 10:g} for the head, say), or clip gradients at 1.{kept}",
        )
