"""Training steps of several workers: each computes a part of every batch, and their gradients are added.

Every step sees the same photos as that of a single process, and its loss is divided by the weight of the whole batch,
so the sum over the workers is the single process's gradient up to rounding. Masks of dropout and stochastic depth are
drawn by each worker for its own photos, so with those layers the result is different, though not worse.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import torch
import torch.distributed as dist
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from studio.engine.training.inputs import FeatureSource
from studio.engine.training.model import Model
from studio.engine.training.running_totals import PartialSums, RunningTotals
from studio.engine.workers.workers import Workers
from studio.jobs.protocol import Stop


class _Passes(nn.Module):
    """The model's passes as a module that has only the parameters that train."""

    # Without the frozen parameters, which must not change and need not be sent.
    def __init__(self, model: Model, parameters: Iterable[nn.Parameter]) -> None:
        super().__init__()
        self.trained = nn.ParameterList(parameters)
        self._model = model

    def forward(self, source: FeatureSource, rows: NDArray[np.int64], epoch: int) -> Tensor:
        return self._model.scores(source, rows, epoch)


class DataParallel:
    """The passes of one phase, shared by the workers, which must all create it and call its methods together.

    Args:
        workers: The workers; `open_group` was called.
        model: The model.
        optimizer: The optimizer of the phase; worker 0's parameters are copied to the others.
        buffers: Tensors that do not train; worker 0's are copied to the others, too.
        statistics: Running statistics of BatchNorm layers that are updated; their mean over the workers counts.
        source: Source of the training photos.
        row: One of their rows, (1,), to find the parameters that get no gradient.
        stop: Checked when the connection to another worker is lost.
    """

    def __init__(
        self,
        workers: Workers,
        model: Model,
        optimizer: torch.optim.Optimizer,
        buffers: Sequence[Tensor],
        statistics: Sequence[Tensor],
        source: FeatureSource,
        row: NDArray[np.int64],
        stop: Stop,
    ) -> None:
        self._workers, self._device, self._stop = workers, model.device, stop
        self._statistics = [tensor for tensor in statistics if tensor.is_floating_point()]
        parameters = [value for group in optimizer.param_groups for value in group["params"]]
        # Searched once: if no parameter is unused, a search in each step takes time, and torch warns about it.
        unused = _has_unused(model, parameters, source, row)
        with self.exchange():
            for tensor in buffers:
                dist.broadcast(tensor, 0)
            self._passes = DistributedDataParallel(_Passes(model, parameters), find_unused_parameters=unused)

    @contextlib.contextmanager
    def exchange(self) -> Iterator[None]:
        """Context of everything that waits for other workers; see `Workers.exchange`."""
        with self._workers.exchange(self._stop):
            yield

    @contextlib.contextmanager
    def gradients(self, last: bool) -> Iterator[None]:
        """Context of one pass and its gradients; they are added over the workers in the last pass of a step."""
        with self.exchange(), contextlib.nullcontext() if last else self._passes.no_sync():
            yield

    def scores(self, source: FeatureSource, rows: NDArray[np.int64], epoch: int) -> Tensor:
        """Like `Model.scores`, for a pass whose gradients are added."""
        scores: Tensor = self._passes(source, rows, epoch)
        return scores

    def part(self, batch: NDArray[np.int64]) -> tuple[NDArray[np.int64], float]:
        """This worker's part of a batch, and the factor of its loss.

        torch averages the gradients; the factor turns the mean into a sum. A worker without a photo computes one with
        the factor 0, because all workers must take part in the sum.
        """
        mine = self._workers.part(batch)
        return (mine, float(self._workers.count)) if len(mine) else (batch[:1], 0.0)

    def summed(self, parts: Sequence[PartialSums], counts: bool) -> PartialSums:
        """Sums over the parts of all workers.

        Args:
            parts: Sums over this worker's parts.
            counts: False if its photos do not count.
        """
        keys = list(parts[0].metrics)
        values = [sum(part.loss for part in parts), sum(part.weight for part in parts)]
        values += [sum(part.metrics[key] for part in parts) for key in keys]
        values += [torch.tensor(sum(part.photos for part in parts))]
        total = torch.stack([torch.as_tensor(value, device=self._device).double() for value in values])
        total = total if counts else torch.zeros_like(total)
        with self.exchange():
            dist.all_reduce(total)
        loss, weight, *metrics = (value.float() for value in total[:-1])
        return PartialSums(loss, weight, dict(zip(keys, metrics, strict=True)), int(total[-1]))

    def average_statistics(self) -> None:
        """Set the statistics of BatchNorm layers that are updated to their mean over the workers."""
        if not self._statistics:
            return
        with self.exchange(), torch.no_grad():
            flat = torch.cat([tensor.reshape(-1) for tensor in self._statistics])
            dist.all_reduce(flat)
            flat /= self._workers.count
            for tensor, part in zip(
                self._statistics, flat.split([tensor.numel() for tensor in self._statistics]), strict=True
            ):
                tensor.copy_(part.view_as(tensor))

    def add_totals(self, totals: RunningTotals) -> None:
        """Add the totals of the other workers to those of this one."""
        tensors = totals.tensors()
        names = [name for name in tensors if name != "bad"]
        flat = torch.stack([tensors[name].to(self._device).double() for name in names])
        with self.exchange():
            dist.all_reduce(flat)
        totals.restore({name: value.float() for name, value in zip(names, flat, strict=True)} | {"bad": tensors["bad"]})

    def gathered(self, outcome: NDArray[np.float32], photos: NDArray[np.int64], columns: int) -> NDArray[np.float32]:
        """Predictions (N, K) of all photos, in their order, from this worker's part (n, K)."""
        sizes = [len(part) for part in np.array_split(photos, self._workers.count)]
        own = torch.zeros(max(sizes), columns)
        own[: len(outcome)] = torch.from_numpy(outcome)
        every = [torch.empty_like(own) for _ in sizes]
        with self.exchange():
            dist.all_gather(every, own)
        return torch.cat([part[:size] for part, size in zip(every, sizes, strict=True)]).numpy()


def _has_unused(
    model: Model, parameters: Sequence[nn.Parameter], source: FeatureSource, row: NDArray[np.int64]
) -> bool:
    """True if some parameter has no influence on the scores of a photo, such as an unused class token."""
    model.base.network.eval()
    model.head.eval()
    with torch.enable_grad():
        gradients = torch.autograd.grad(model.scores(source, row, 1).sum(), parameters, allow_unused=True)
    return any(gradient is None for gradient in gradients)
