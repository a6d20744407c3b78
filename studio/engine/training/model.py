"""The model that a run trains, shared by optimizer steps, validation and trainer."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from studio.engine.backbones.backbone import Backbone
from studio.engine.device.interruption import interruptible
from studio.engine.device.precision import Precision
from studio.engine.training import tasks
from studio.engine.training.head import Head
from studio.engine.training.inputs import FeatureSource
from studio.engine.training.running_totals import PartialSums
from studio.engine.training.tasks import Task
from studio.jobs.protocol import Stop, never


@dataclass
class Model:
    """Backbone, head and task on a device.

    Attributes:
        base: The backbone.
        head: Maps its features to scores.
        task: Classification or regression.
        precision: Number type and autocast of the passes.
        device: Device of all of them.
        stop: Checked between layers of the backbone.
        targets: Targets (N,) of all rows, on `device`.
    """

    base: Backbone
    head: Head
    task: Task
    precision: Precision
    device: torch.device
    stop: Stop
    targets: Tensor

    def scores(self, source: FeatureSource, rows: NDArray[np.int64], epoch: int = 0) -> Tensor:
        """Scores (n, K) of rows, computed by the modules in their current mode; the head computes in float32."""
        with self.precision.cast():
            features = source.features(rows, epoch)
        scores: Tensor = self.head(features.float())
        return scores

    def targets_of(self, rows: NDArray[np.int64]) -> Tensor:
        """Targets (n,) of rows."""
        places = torch.from_numpy(rows)
        if self.device.type == "cuda":  # a copy from pageable memory would wait until the GPU is idle
            places = places.pin_memory()
        return self.targets[places.to(self.device, non_blocking=True)]

    def sums(self, losses: Tensor, weight: Tensor, scores: Tensor, targets: Tensor) -> PartialSums:
        """Sums over photos, from their losses (n,) and the sum of their weights."""
        metrics = tasks.metric_sums(self.task, scores.detach(), targets)
        return PartialSums(losses.detach().sum(), weight, metrics, len(targets))

    def interruptible(self, source: FeatureSource) -> AbstractContextManager[None]:
        """Context in which a pass ends soon after `stop` returns True."""
        # Passes on a GPU, and those of a head on cached features, are too short to be worth interrupting.
        quick = source.is_computed or self.device.type == "cuda"
        return interruptible(self.base.network, never if quick else self.stop)
