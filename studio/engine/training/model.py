"""The model that a run trains: backbone, head and task on a device.

Optimizer steps, validation and trainer share it.
"""

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
        task: What is learned.
        precision: In which numbers passes compute.
        device: Of all of them.
        stop: Asked between layers of the backbone.
        targets: (N,) of every row that is trained on, on `device`.
    """

    base: Backbone
    head: Head
    task: Task
    precision: Precision
    device: torch.device
    stop: Stop
    targets: Tensor

    def scores(self, source: FeatureSource, rows: NDArray[np.int64], epoch: int = 0) -> Tensor:
        """Scores (n, K) of some rows, as the modules in their present mode give them; the head computes in float32."""
        with self.precision.cast():
            features = source.features(rows, epoch)
        scores: Tensor = self.head(features.float())
        return scores

    def targets_of(self, rows: NDArray[np.int64]) -> Tensor:
        """(n,) of some rows."""
        places = torch.from_numpy(rows)
        if self.device.type == "cuda":  # a copy from other memory would wait for all that is computing
            places = places.pin_memory()
        return self.targets[places.to(self.device, non_blocking=True)]

    def sums(self, losses: Tensor, weight: Tensor, scores: Tensor, targets: Tensor) -> PartialSums:
        """Sums over some photos, from their losses and what these count in all."""
        metrics = tasks.metric_sums(self.task, scores.detach(), targets)
        return PartialSums(losses.detach().sum(), weight, metrics, len(targets))

    def interruptible(self, source: FeatureSource) -> AbstractContextManager[None]:
        """Passes inside end soon after `stop` says so; a GPU, or a head on computed features, is too quick to ask."""
        quick = source.is_computed or self.device.type == "cuda"
        return interruptible(self.base.network, never if quick else self.stop)
