"""Memory of an optimizer step, counted on tensors that have shapes but no data.

One forward and backward pass runs on fake tensors: every operation reports the shape and type of its results, and
nothing is computed or allocated. The sizes of the results that are alive at once are summed, so the count follows what
autograd really stores: outputs shared by layers once, integer masks with their own size, nothing for frozen layers.
The state of the optimizer is added.
"""

from __future__ import annotations

import copy
import weakref
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode  # documented there, although the module's name is private
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from studio.catalog import catalog
from studio.engine.backbones.backbone import Backbone
from studio.engine.device import precision
from studio.engine.extraction.extract import CutPoint
from studio.engine.network import splitting
from studio.engine.network.splitting import Split
from studio.engine.training.head import Head
from studio.engine.training.optimization import optimizer_step
from studio.engine.training.tasks import Task
from studio.events import StepMemory
from studio.spec import UserError
from studio.system.failures import first_line

AVERAGES = {"adamw": 2, "adam": 2, "sgd": 1}
"""Values that an optimizer stores for each trained weight: its moving averages, or its momentum."""


@dataclass(frozen=True)
class StepModel:
    """What the memory of a step depends on.

    Attributes:
        base: The backbone, frozen and in training mode as in the run.
        head: The head.
        task: Loss and targets.
        cut: Where the cached rows enter the network.
        optimizer: Name of the optimizer.
        device: Device of the training.
        dtype: Type of the passes.
        adapters: Matrices of the adapters (LoRA) that are attached to the backbone.
    """

    base: Backbone
    head: Head
    task: Task
    cut: CutPoint
    optimizer: str
    device: torch.device
    dtype: torch.dtype
    adapters: tuple[nn.Parameter, ...] = ()


def count(model: StepModel, batch: int) -> StepMemory:
    """Memory of a step with `batch` photos, at its highest point.

    Raises:
        UserError: A BatchNorm layer cannot train on the batch, or a user's own network depends on the values of its
            input, which fake tensors do not have.
    """
    try:
        return _count(model, batch)
    except Exception as error:
        if optimizer_step.needs_more_photos(error):
            raise optimizer_step.single_photo_error(batch) from error
        if model.base.info.source != catalog.OWN or isinstance(error, UserError):
            raise
        raise UserError(
            f"The memory of “{model.base.info.name}” cannot be counted without computing ({first_line(error)}).",
            "Train without a forecast: where memory runs out, a step computes fewer photos at a time.",
        ) from error


def _count(model: StepModel, batch: int) -> StepMemory:
    trains = model.cut != "features"  # rows of features need no pass through the network
    modules: tuple[nn.Module, ...] = (model.base.network, model.head)
    live = _LiveBytes()
    with FakeTensorMode(allow_non_fake_inputs=True):
        adapters = [nn.Parameter(torch.empty_like(one, device=model.device)) for one in model.adapters]
        # The hooks of the network are copied with it; in the copies, these replace the real adapters.
        known = {id(one): fake for one, fake in zip(model.adapters, adapters, strict=True)}
        network, head = (_without_data(module, model.device, known) for module in modules)
        with live:
            live.add([*network.parameters(), *network.buffers(), *head.parameters(), *head.buffers(), *adapters])
            weights = live.now
            parameters = [one for one in (*network.parameters(), *head.parameters(), *adapters) if one.requires_grad]
            fake = replace(model.base, network=network)
            rows = _rows(model, batch)
            with precision.cast(model.device, model.dtype):
                features = _features(fake, model.cut, rows) if trains else rows
            scores = head(features.float())
            targets = torch.zeros(batch, dtype=model.task.targets.dtype, device=model.device)
            model.task.losses(scores, targets).sum().backward()
    sizes = [one.numel() * one.element_size() for one in parameters]
    gradients, optimizer = sum(sizes), AVERAGES[model.optimizer] * sum(sizes)
    # A GPU's optimizer updates all weights at once, a CPU's one tensor after another; both need temporary copies.
    update = 2 * max(sizes, default=0) if model.device.type == "cpu" else sum(sizes)
    highest = max(live.highest, weights + gradients + update)
    return StepMemory(weights, gradients, optimizer, highest - weights - gradients)


def _rows(model: StepModel, batch: int) -> Tensor:
    height, width = model.base.preprocess.size
    if isinstance(model.cut, Split):
        return torch.empty((batch, *model.cut.shape), device=model.device)
    if model.cut == "features":
        return torch.empty((batch, model.base.table.features), device=model.device)
    return torch.empty((batch, height, width, 3), dtype=torch.uint8, device=model.device)


def _features(base: Backbone, cut: CutPoint, rows: Tensor) -> Tensor:
    if isinstance(cut, Split):
        return splitting.suffix(base.network, cut, rows, base.preprocess.size, base.info.input_size[0])
    # Not `normalize_tensor`, which would cache fake tensors as its constants. The pixels stay alive beside its result.
    shape = (len(rows), base.info.input_size[0], *base.preprocess.size)
    return base.features(torch.empty(shape, device=rows.device).to(memory_format=torch.channels_last))


def _without_data(module: nn.Module, device: torch.device, known: Mapping[int, Any]) -> Any:
    """A copy of a module with fake tensors; to be called inside a `FakeTensorMode`.

    Args:
        module: The module.
        device: Device of the fake tensors.
        known: Fake tensors, by the `id` of the real tensors that they replace.
    """
    memo = dict(known)
    for tensor in (*module.parameters(), *module.buffers()):
        fake = torch.empty_like(tensor, device=device)
        is_weight = isinstance(tensor, nn.Parameter)
        memo[id(tensor)] = nn.Parameter(fake, requires_grad=tensor.requires_grad) if is_weight else fake
    return copy.deepcopy(module, memo)


class _LiveBytes(TorchDispatchMode):
    """Sums the sizes of the tensors that exist at once.

    Attributes:
        now: Bytes of those that exist now.
        highest: Most bytes so far.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # untyped in torch
        self.now = self.highest = 0
        self._sizes: dict[int, int] = {}

    def add(self, tensors: Iterable[Tensor]) -> None:
        """Count tensors; those that share memory with a counted one add nothing."""
        for tensor in tensors:
            storage = tensor.untyped_storage()
            key = storage._cdata
            if key in self._sizes:
                continue
            self._sizes[key] = size = storage.nbytes()
            self.now += size
            weakref.finalize(storage, self._drop, key)
        self.highest = max(self.highest, self.now)

    def __torch_dispatch__(
        self, operation: Callable[..., Any], types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        output = operation(*args, **(kwargs or {}))
        self.add(one for one in tree_leaves(output) if isinstance(one, Tensor))
        return output

    def _drop(self, key: int) -> None:
        self.now -= self._sizes.pop(key, 0)
