"""The part of a run that every worker but the first computes: it carries out what worker 0 publishes, task by task.

Worker 0 runs `TrainingRun`, as without other workers, and alone writes the run's folder. An assistant holds the same
network and head, reads the same cached rows, and takes part in extractions, in the steps of an epoch and in the
predictions of the validation photos.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any, cast

import msgspec
import torch

from studio.data.images.measuring import DataSetReading
from studio.engine.device import devices, precision
from studio.engine.extraction.extract import CutPoint
from studio.engine.network.freezing import Freezer
from studio.engine.training.inputs import PhaseInputs
from studio.engine.training.run_files import checkpoints
from studio.engine.training.run_files.checkpoints import State
from studio.engine.training.run_inputs import RunInputs, kind_of, load_backbone, make_adapters
from studio.engine.training.stage_timer import StageTimer
from studio.engine.training.trainer import Trainer
from studio.engine.workers import messages
from studio.engine.workers.workers import Workers
from studio.events import Dataset, Events, ValueRanges
from studio.jobs.protocol import Stop
from studio.planning import freezing
from studio.spec import UserError
from studio.spec.encoding import conversion
from studio.spec.encoding.serialization import run_spec_from_json


class TrainingPlan(msgspec.Struct, frozen=True):
    """What an assistant must know about a run.

    Attributes:
        run: Folder of the run on the computer of worker 0.
        spec: Its settings, as `to_json` writes them.
        ranges: Value ranges of photos of more than 8 bits, as far as they are known.
        photos: Number of all photos, test photos included.
        resumed: True if a checkpoint follows.
    """

    run: str
    spec: dict[str, Any]
    ranges: ValueRanges
    photos: int
    resumed: bool

    def publish(self, workers: Workers, dataset: Dataset, state: State | None) -> None:
        """Publish the plan, the data set without test photos, and the checkpoint."""
        if not workers.several:
            return
        workers.publish("plan", msgspec.json.encode(self))
        messages.publish_dataset(workers, dataset)
        if state is not None:
            for name, content in zip(("state", "tensors"), checkpoints.to_bytes(state), strict=True):
                workers.publish(name, content)


def begin_phase(
    workers: Workers,
    inputs: PhaseInputs,
    restored: bool,
    device: torch.device,
    stop: Stop,
) -> None:
    """Tell the assistants to begin a phase, in the middle if it is restored, and wait until they are ready."""
    document = {"task": "phase", "phase": inputs.phase, "first": inputs.first, "epochs": inputs.epochs}
    document |= {"cut": kind_of(inputs.val.cut), "restored": restored}
    messages.publish_json(workers, messages.TASK, document)
    workers.meet("phase", stop)
    workers.open_group(device)


def assist(workers: Workers, stop: Stop, cache: Path | None = None) -> Events:
    """Take part in the run of worker 0, to its end.

    Args:
        workers: The workers; this is not worker 0.
        stop: Checked inside long steps.
        cache: Folder of the feature cache; None for the user's.

    Raises:
        LeaderEnded: The run ended early.
        UserError: A worker is lost, or weights or cache differ from those of worker 0.
    """
    plan = conversion.decode(workers.receive("plan", 0, stop), TrainingPlan)
    dataset = messages.receive_dataset(workers, stop)
    state = None
    if plan.resumed:
        state = checkpoints.from_bytes(workers.receive("state", 0, stop), workers.receive("tensors", 0, stop))
    with contextlib.ExitStack() as opened:
        yield from _Assistant(workers, plan, state, stop, cache, opened).work(dataset)


class _Assistant:
    """One worker in the run of worker 0."""

    def __init__(
        self,
        workers: Workers,
        plan: TrainingPlan,
        state: State | None,
        stop: Stop,
        cache: Path | None,
        opened: contextlib.ExitStack,
    ) -> None:
        self._workers, self._plan, self._state, self._stop = workers, plan, state, stop
        self._cache, self._opened = cache, opened
        self._spec = run_spec_from_json(plan.spec)
        self._device = devices.find(self._spec.train.device)
        self._dtype = precision.frozen_dtype(self._spec.train.precision, self._device)
        self._trainer: Trainer | None = None

    def work(self, dataset: Dataset) -> Events:
        """Prepare the network, then carry out the tasks of worker 0 until the end of the run."""
        workers, spec, stop = self._workers, self._spec, self._stop
        loading = load_backbone(spec, stop, self._cache, StageTimer(None))
        self._base = base = yield from messages.in_turn(workers, stop, loading)
        if base.fingerprint != workers.receive("weights", 0, stop).decode():
            raise UserError(
                f"The weights of “{base.info.name}” on this computer differ from those of worker 1.",
                "Give all workers the same weights: the same file, or the same download.",
            )
        frozen = freezing.frozen_leaves(spec.freeze, base.table.layers)
        adapters = make_adapters(spec, base)
        self._freezer = Freezer(base.network, base.table, frozen, spec.freeze.batch_norm, adapters)
        reading = DataSetReading(dataset.folder, dataset.photos, self._plan.ranges)
        opened = self._opened
        self._inputs = RunInputs(
            spec, base, reading, self._device, self._dtype, stop, self._cache, opened, self._workers
        )
        self._cut = yield from self._inputs.cut(self._plan.photos)
        if self._state is not None:
            checkpoints.restore_network(base.network, self._state, adapters)
        devices.move_network(base.network, self._device)
        if adapters is not None:
            adapters.move(self._device)
        opened.enter_context(devices.deterministic_mode(self._device, spec.train.deterministic, self._dtype))
        while (task := messages.receive_json(workers, messages.TASK, stop))["task"] != "end":
            yield from self._carry_out(task)

    def _carry_out(self, task: dict[str, Any]) -> Events:
        if task["task"] == "extract":
            dataset = messages.receive_dataset(self._workers, self._stop)
            yield from self._inputs.extract(dataset, self._point(task["cut"]))
        elif task["task"] == "phase":
            yield from self._enter(task)
        else:
            assert self._trainer is not None
            if task["task"] == "epoch":
                self._trainer.assist_epoch(task["epoch"], task["batch"])
            else:
                self._trainer.assist_prediction()

    def _enter(self, task: dict[str, Any]) -> Events:
        """Begin a phase at the same time as all other workers."""
        point = self._point(task["cut"])
        extraction = self._inputs.extracted(point)
        inputs = yield from self._inputs.phase(task["phase"], task["first"], task["epochs"], point, extraction)
        if self._trainer is None:
            place, device = Path(self._plan.run), self._device
            self._trainer = Trainer(
                self._spec, self._base, self._freezer, extraction.dataset, "", place, device, self._stop, self._workers
            )
            if self._state is not None:
                self._trainer.restore(self._state)
        self._workers.meet("phase", self._stop)
        self._workers.open_group(self._device)
        self._trainer.enter(inputs)
        if task["restored"] and self._state is not None:
            self._trainer.restore_phase(self._state)

    def _point(self, kind: str) -> CutPoint:
        """The cut that worker 0 names."""
        if kind in ("features", "pixels"):
            return cast(CutPoint, kind)
        found = kind_of(self._cut)
        if found != kind:
            raise UserError(
                f"This worker cuts the network at “{found}”, worker 1 at “{kind}”.",
                "Give all workers the same cache limit (THAW_CACHE_GB), and the same versions of the program.",
            )
        return self._cut
