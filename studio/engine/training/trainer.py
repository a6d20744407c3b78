"""The training loop of a run: its epochs, validation and checkpoints.

The order of photos, their augmentation and every dropout mask follow from seed, epoch and batch. So weights, optimizer
state and past epochs are all that a resumed run needs to compute the same as an uninterrupted one. The file has over
300 lines, because the order of an epoch's parts, with several workers or without, belongs in one place.
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
from studio.engine.training import tasks, validation
from studio.engine.training.feature_statistics import of_features
from studio.engine.training.head import Head
from studio.engine.training.inputs import PhaseInputs
from studio.engine.training.model import Model
from studio.engine.training.optimization import optimizers, sampling
from studio.engine.training.optimization.data_parallel import DataParallel
from studio.engine.training.optimization.optimizer_step import OptimizerStep
from studio.engine.training.run_files import checkpoints
from studio.engine.training.running_totals import Means, RunningTotals
from studio.engine.workers import messages
from studio.engine.workers.workers import ALONE, Workers
from studio.evaluate.epochs.best_epoch import best_epoch, is_over, result_epoch
from studio.events import Checkpoint, Dataset, Epoch, Event, Step, Warned
from studio.jobs.progress import Pace
from studio.jobs.protocol import Stop
from studio.planning import schedules
from studio.spec import RunSpec, UserError


class Trainer:
    """Trains a head and the thawed layers of a backbone on the photos of a data set.

    Args:
        spec: Spec of the run.
        base: Backbone, on `device`.
        freezer: Freezes the backbone's layers.
        dataset: Data set of readable photos.
        photos: Fingerprint of the photos.
        run: Folder of the run.
        device: Where to compute.
        stop: Checked before each step and between layers.
        workers: The workers that train together.

    Attributes:
        head: The head.
        train: Positions of the training photos.
        val: Positions of the validation photos.
        epochs: Finished epochs.
        outcome: Predictions (N, K) of the validation photos after `evaluated_epoch`; None if that is 0.
        evaluated_epoch: Number of the last epoch that has a report; 0 if none has one.
        task: Loss, metrics and evaluation.
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
        workers: Workers = ALONE,
    ) -> None:
        self._spec, self._base, self._freezer, self._photos = spec.train, base, freezer, photos
        self._batch_norm = spec.freeze.batch_norm
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
        self._is_standardized = False
        self._notes: list[Warned] = []
        self.outcome: NDArray[np.float32] | None = None
        self.evaluated_epoch = 0
        self._batch = self._step = 0
        self._spent = 0.0
        self._saved = time.monotonic()
        self._stop, self._workers = stop, workers
        self._parallel: DataParallel | None = None

    # ------------------------------------------------------------------------------------------ state

    @property
    def best(self) -> Epoch | None:
        """The best epoch so far, by the criterion of the run; None before the first."""
        return best_epoch(self.epochs, self._spec.result)

    @property
    def result(self) -> Epoch | None:
        """The epoch that is the run's result so far; None before the first."""
        return result_epoch(self.epochs, self._spec.result)

    def is_over(self) -> bool:
        """True if no epoch was better for `TrainSpec.patience` epochs."""
        return is_over(self._spec, self.epochs)

    def enter(self, inputs: PhaseInputs) -> None:
        """Begin a phase: make its optimizer, and in the first phase standardize the features.

        On cached features a step takes less time than a message between workers, so worker 0 trains the head alone.
        """
        freezer = self._freezer if inputs.phase == "network" else None
        if freezer is not None and freezer.adapters is not None:
            freezer.adapters.attach()  # not before: cached rows come from the unchanged network
        optimizer = optimizers.optimizer(self._spec, self.head, freezer, self._base.table)
        self._batch = self._step = 0
        self._inputs = inputs
        self._val_sizes = validation.batch_sizes(self._model, inputs.val, self._notes.append)
        self._model.targets = self._targets_of(inputs)
        if self._standardize and not self._is_standardized and self._workers.leads:
            self.head.standardize(*of_features(self._model, inputs.val, self._dataset, self.train, self._spec.seed))
            self._is_standardized = True
        self._parallel = self._shared(optimizer) if self._workers.several and not inputs.train.is_computed else None
        self._steps.enter(optimizer, inputs.train, self._parallel)

    def state(self) -> checkpoints.State:
        """The state for a checkpoint."""
        parts: dict[str, dict[str, Tensor]] = {
            "head.": dict(self.head.state_dict()),
            "network.": self._freezer.changeable_tensors(),
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
            workers=1 if self._parallel is None else self._workers.count,
            tensors={f"{part}{name}": value for part, tensors in parts.items() for name, value in tensors.items()},
        )

    def restore(self, state: checkpoints.State) -> None:
        """Restore head and epochs from a checkpoint, before `enter`.

        The backbone's tensors are restored by `checkpoints.restore_network`.
        """
        self.head.load_state_dict(state.of("head."))
        self._is_standardized = True
        self._steps.micro = state.micro
        self.epochs = state.epochs

    def restore_phase(self, state: checkpoints.State) -> None:
        """Restore optimizer, sums and position of the phase that was entered."""
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
                "Put it back and resume the run, or train again into another folder.",
                self._run,
            )
        seconds = checkpoints.write(self._run, self.state())
        self._saved = time.monotonic()
        done = len(self.epochs) + (self._batch / len(self._batches()) if self._batch else 0)
        return Checkpoint(done, seconds)

    # ------------------------------------------------------------------------------------------ an epoch

    def epoch(self, number: int, pace: Pace) -> Generator[Event, None, Epoch]:
        """Train for one epoch, then predict the validation photos.

        Raises:
            UserError: The training diverged, or one photo does not fit into memory.
        """
        start = time.perf_counter() - self._spent
        batches = self._batches()
        if self._parallel is not None:
            messages.publish_json(
                self._workers, messages.TASK, {"task": "epoch", "epoch": number, "batch": self._batch}
            )
        rates = (0.0, 0.0)
        last_loss, last_weight = self._totals.read()
        self._freezer.train()
        self.head.train()
        for index in range(self._batch, len(batches)):
            rates = self._rates(len(batches))
            coming = batches[index + 1] if index + 1 < len(batches) else None
            yield from self._steps.take(number, index, batches[index], coming)
            self._batch, self._step, self._spent = index + 1, self._step + 1, time.perf_counter() - start
            share = (index + 1) / len(batches) * self._training_share()
            if (progress := pace.at(number - 1 + share)) is not None:
                yield replace(progress, detail=f"batch {index + 1:,} of {len(batches):,}")
                loss, weight = self._totals.read()
                if weight > last_weight:
                    yield Step(number - 1 + (index + 1) / len(batches), (loss - last_loss) / (weight - last_weight))
                last_loss, last_weight = loss, weight
                self._require_usable_loss(number)
            if time.monotonic() - self._saved > 60 * self._spec.checkpoint_minutes and index + 1 < len(batches):
                self._require_usable_loss(number)
                yield self.save()
        rates = rates if any(rates) else self._rates(len(batches))
        self._require_usable_loss(number)
        train = self._totals.means()
        val, outcome = yield from self.predict(number, pace)
        if not math.isfinite(val.loss):
            self._raise_diverged(number, "after its last step")
        metrics = tasks.epoch_metrics(self.task, self._spec.result, train.metrics, val.metrics, self.val, outcome)
        seconds = time.perf_counter() - start
        epoch = Epoch(number, train.loss, val.loss, seconds, metrics, self._inputs.phase, *rates)
        epoch = replace(epoch, best=best_epoch((*self.epochs, epoch), self._spec.result) is epoch)
        self.epochs = (*self.epochs, epoch)
        self._batch, self._spent = 0, 0.0
        self._totals.clear()
        if epoch.best or self._spec.result == "last":
            yield from self.evaluate(epoch, outcome)
        return epoch

    def predict(self, number: int, pace: Pace) -> Generator[Event, None, tuple[Means, NDArray[np.float32]]]:
        """Predict the validation photos; returns the means over them and their predictions (N, K)."""
        if self._parallel is not None and self._workers.leads:
            messages.publish_json(self._workers, messages.TASK, {"task": "predict"})
        totals = RunningTotals(self._device, tasks.metric_keys(self.task))
        own = self.val if self._parallel is None else self._workers.part(self.val)
        parts: list[NDArray[np.float32]] = [np.empty((0, self.task.outputs), np.float32)]
        predictions = validation.predict(self._model, self._inputs.val, own, totals, self._val_sizes)
        for number_done, outcome in predictions if len(own) else ():
            parts.append(outcome)
            yield from self._notes
            self._notes.clear()
            photos = number_done if self._parallel is None else min(len(self.val), number_done * self._workers.count)
            # Training and validation divide an epoch's progress by the number of their photos.
            share = self._training_share() + (1 - self._training_share()) * photos / len(self.val)
            if (progress := pace.at(number - 1 + share)) is not None:
                yield replace(progress, detail=f"validation photo {photos:,} of {len(self.val):,}")
        outcome = np.concatenate(parts)
        if self._parallel is not None:
            self._workers.meet("predicted", self._stop)
            self._parallel.add_totals(totals)
            outcome = self._parallel.gathered(outcome, self.val, self.task.outputs)
        return totals.means(), outcome

    def evaluate_last_epoch(self) -> Iterator[Event]:
        """Predict and evaluate with the weights after the last epoch, if that epoch has no report yet."""
        pace = Pace("train", len(self.epochs), "epochs")
        _, outcome = yield from self.predict(len(self.epochs), pace)
        yield from self.evaluate(self.epochs[-1], outcome)

    def evaluate(self, epoch: Epoch, outcome: NDArray[np.float32]) -> Iterator[Event]:
        """Yield the predictions of an epoch and the report on them; its advice depends on all epochs so far."""
        self.outcome, self.evaluated_epoch = outcome, epoch.epoch
        yield from self.task.evaluate(epoch, self.val, outcome, self.epochs)

    def _rates(self, batches: int) -> tuple[float, float]:
        """Set the rates of the next step; returns those of head and backbone."""
        factor = schedules.factor(self._step, batches, self._inputs.epochs, self._spec, self._inputs.phase)
        return optimizers.set_rates(self._steps.optimizer, factor)

    def _training_share(self) -> float:
        """Share of the training photos among all photos of an epoch."""
        items = len(self._inputs.items)
        return items / (items + len(self.val))

    # ------------------------------------------------------------------------------------------ several workers

    def assist_epoch(self, number: int, first: int) -> None:
        """Compute this worker's part of the steps of an epoch, from the batch at index `first` on."""
        batches = self._batches(number)
        self._freezer.train()
        self.head.train()
        for index in range(first, len(batches)):
            self._rates(len(batches))
            coming = batches[index + 1] if index + 1 < len(batches) else None
            for _ in self._steps.take(number, index, batches[index], coming):
                pass
            self._step += 1
        self._totals.clear()

    def assist_prediction(self) -> None:
        """Predict this worker's part of the validation photos."""
        assert self._parallel is not None
        for _ in self.predict(0, Pace("train")):
            pass

    def _shared(self, optimizer: torch.optim.Optimizer) -> DataParallel:
        """Connect the workers, which begin the same phase at the same time."""
        parameters = set(self._freezer.trainable())
        buffers = [value for name, value in self._freezer.changeable_tensors().items() if name not in parameters]
        updated = buffers if self._batch_norm != "keep" else []
        every = [*self.head.buffers(), *buffers]
        inputs = self._inputs
        return DataParallel(
            self._workers, self._model, optimizer, every, updated, inputs.train, inputs.items[:1], self._stop
        )

    # ------------------------------------------------------------------------------------------ parts of an epoch

    def _batches(self, epoch: int = 0) -> list[NDArray[np.int64]]:
        """Batches of an epoch, as rows; 0 is the current epoch."""
        rows = self._inputs.items
        probabilities = self.task.sampling_probabilities(self._model.targets[rows].cpu())
        return sampling.of_epoch(self._spec, epoch or len(self.epochs) + 1, rows, probabilities)

    def _targets_of(self, inputs: PhaseInputs) -> Tensor:
        """Targets of all rows of a phase; a view has the target of its photo."""
        targets = self.task.targets.to(self._device)
        views = len(inputs.train.rows) - len(targets)
        if views <= 0:
            return targets
        owners = torch.from_numpy(np.repeat(self.train, views // len(self.train))).to(self._device)
        return torch.cat([targets, targets[owners]])

    def _require_usable_loss(self, number: int) -> None:
        """Raise a `UserError` if the loss of a batch was NaN or too large."""
        bad = self._totals.first_bad()
        if bad == 0 and number == 1:  # the loss of the first step does not depend on training
            raise UserError(
                f"The loss before the first step is not a usable number: the head cannot be trained on the features of "
                f"“{self._base.info.name}”.",
                "Standardize the features (a setting of the head), or choose other weights.",
            )
        if bad is not None:
            self._raise_diverged(number, f"at step {bad + 1:,} of {len(self._batches()):,}")

    def _raise_diverged(self, number: int, where: str) -> None:
        """Raise the error for a loss that is NaN, infinite or above `MAX_LOSS`."""
        saved = " The state after the last good epoch was kept." if self.epochs else ""
        raise UserError(
            f"The loss is not a usable number {where} in epoch {number}: the training diverged.",
            f"Use lower rates ({self._spec.lr / 10:g} for the head, say), or clip gradients at 1.{saved}",
        )
