"""Layer table of a network with shapes, from a forward pass of one blank photo.

A module counts as one layer (a *leaf*) if nothing below it has its own state: timm's BatchNorm with activation is one
layer, not four. Parameters that belong to a block directly (`cls_token`) get a row of their own.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from studio.catalog import catalog, image_sizes
from studio.engine.device import memory
from studio.engine.device.interruption import interruptible
from studio.engine.network import stem
from studio.engine.network.features import flatten
from studio.engine.network.tracing import Call, TensorInfo, Trace, row_shape, trace_pass
from studio.events import CallShapes, Layer, LayerTable
from studio.jobs.protocol import Interrupted, Stop, never
from studio.planning.freezing import covers
from studio.spec import UserError
from studio.system.failures import first_line

Shape = tuple[int, ...]


def table(
    network: nn.Module, name: str, classifier: str, size: tuple[int, int], channels: int = 3, stop: Stop = never
) -> LayerTable:
    """Return every layer of `network`, in eval mode, for photos of `size` (height, width).

    Args:
        network: Backbone without its last layer.
        name: Name in the catalog, for the table and for errors.
        classifier: Path of the `Identity` that replaces the last layer; not part of the table.
        size: Height and width in pixels.
        channels: Channels of the input.
        stop: Called between layers.

    Raises:
        Interrupted: `stop` returned True.
        UserError: The network cannot take photos of this size.
    """
    with stem.watched(network, (1, channels, *size)) as reads:
        trace, features = _trace(network, name, size, channels, stop)
    runs: dict[str, list[Call]] = defaultdict(list)
    for call in sorted(trace.calls, key=lambda call: call.order):
        runs[call.path].append(call)
    first = {path: calls[0] for path, calls in runs.items()}
    rows = [_with_calls(row, runs.get(row.path, [])) for row in _rows("", network, first, classifier, set())]
    unused = tuple(row.path for row in rows if row.leaf and row.parameters and not _is_used(row, trace.uses))
    parameters = sum(parameter.numel() for parameter in network.parameters())
    ordered = tuple(_with_orders(rows, trace.uses))
    unseen = reads.unseen()
    fitting = reads.fitting() if unseen else ()
    return LayerTable(
        name, size, ordered, features, classifier, parameters, unused=unused, unseen=unseen, fitting=fitting
    )


def refused_size(name: str, size: tuple[int, int], error: Exception) -> UserError:
    """The user error for a network, by its name, that cannot take photos of a size (height, width)."""
    try:
        fitting = image_sizes.fitting(catalog.find(name), size[0])
    except UserError:  # a user's file that is gone
        fitting = ""
    return UserError(
        f"“{name}” cannot take photos of {size[1]} × {size[0]} pixels ({first_line(error)}).",
        f"Use the image size of its weights, or a larger one. {fitting}".rstrip(),
    )


def is_leaf(module: nn.Module) -> bool:
    """True for a module that is one layer: nothing below it has its own parameters or buffers."""
    if not any(True for _ in module.children()):
        return True
    own = any(True for _ in module.parameters(recurse=False))
    return own and len(_state(module, recurse=True)) == len(_state(module, recurse=False))


def leaf_tensors(network: nn.Module, path: str) -> dict[str, Tensor]:
    """Return the parameters and buffers of the leaf at `path` by full name. A bare parameter is a leaf of its own."""
    module: Any = network
    for part in path.split("."):
        module = getattr(module, part)
    if isinstance(module, Tensor):
        return {path: module}
    return {f"{path}.{name}": tensor for name, tensor in _state(module, recurse=True).items()}


def _state(module: nn.Module, recurse: bool) -> dict[str, Tensor]:
    return dict(module.named_parameters(recurse=recurse)) | dict(module.named_buffers(recurse=recurse))


def _trace(network: nn.Module, name: str, size: tuple[int, int], channels: int, stop: Stop) -> tuple[Trace, int]:
    """Return the trace of a pass of one blank photo, and the width of the flat features."""
    weight = next(network.parameters())
    was_training = network.training
    try:
        network.eval()
        with interruptible(network, stop):
            trace = trace_pass(network, torch.zeros(1, channels, *size, dtype=weight.dtype, device=weight.device))
            features = flatten(trace.output).shape[1]
        if features == 0 or 0 in trace.output.shape:
            raise ValueError("its feature maps become empty")
    except Interrupted:
        raise
    except Exception as error:
        if memory.is_out_of_memory(error):
            raise memory.too_large(memory.SINGLE_PHOTO) from error
        raise refused_size(name, size, error) from error
    finally:
        network.train(was_training)
    return trace, features


def _shape(value: Any) -> Shape:
    """Return the shape of the first tensor in a value for one photo, without the batch dimension."""
    shape = _full_shape(value)
    if shape[:1] == (1,):
        return shape[1:]
    return (shape[0], shape[2]) if _tokens_first(shape) else shape


def _full_shape(value: Any) -> Shape:
    """Return the shape of the first tensor in a value; () for none."""
    if isinstance(value, TensorInfo):
        return value.shape
    items = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return next((item.shape for item in items if isinstance(item, TensorInfo)), ())


def _tokens_first(shape: Shape) -> bool:
    """True for tokens of one photo (T, 1, C), as of torch's attention without `batch_first`."""
    return len(shape) == 3 and shape[0] != 1 == shape[1]


def _is_windowed(call: Call) -> bool:
    """True for a call whose output for one photo fills several rows of the batch: windows of attention."""
    shape = _full_shape(call.output)
    return call.depends_on_photo and len(shape) > 2 and shape[0] != 1 and not _tokens_first(shape)


def _with_calls(row: Layer, calls: list[Call]) -> Layer:
    """The row with the number of its calls, and the shapes of those after the first."""
    later = tuple(CallShapes(_shape(call.inputs), _shape(call.output), _is_windowed(call)) for call in calls[1:])
    return replace(row, calls=len(calls), later=later)


def _rows(prefix: str, module: nn.Module, runs: dict[str, Call], classifier: str, visited: set[int]) -> list[Layer]:
    """Return the rows below `module`: siblings in execution order, parents before children.

    A module that several blocks share gets only one row, at its first position, so that it cannot be both frozen and
    thawed.
    """
    groups: list[list[Layer]] = []
    for name, parameter in module.named_parameters(recurse=False):
        groups.append([_parameter_row(f"{prefix}{name}", parameter)])
    for name, child in module.named_children():
        path = f"{prefix}{name}"
        if path == classifier or isinstance(child, nn.Identity):  # libraries use `Identity` for disabled options
            continue
        if id(child) not in visited and (group := _group(path, child, runs, classifier, visited)):
            groups.append(group)
        visited.add(id(child))
    # A group that never runs comes right after the sibling before it, or first if it has none.
    ordered_groups: list[tuple[int, list[Layer]]] = []
    last = -1
    for group in groups:
        ran = [row.order for row in group if row.order >= 0]
        last = min(ran) if ran else last
        ordered_groups.append((last, group))
    ordered_groups.sort(key=lambda entry: entry[0])
    return [row for _, group in ordered_groups for row in group]


def _is_used(row: Layer, uses: dict[str, int]) -> bool:
    """True for a leaf that runs, or of which another module reads a parameter."""
    return row.order >= 0 or any(covers(row.path, name) for name in uses)


def _with_orders(rows: list[Layer], uses: dict[str, int]) -> list[Layer]:
    """Return the rows with an order also for layers that never run as a module.

    Their order is that of the layer in which their first parameter is used; without a use, that of the next row.
    """
    ordered: list[Layer] = []
    following = max((row.order for row in rows), default=0)
    for row in reversed(rows):
        if row.leaf and row.order >= 0:
            following = row.order
        used = [use for name, use in uses.items() if covers(row.path, name)] if row.order < 0 else []
        ordered.append(row if row.order >= 0 else replace(row, order=min(used, default=following)))
    return ordered[::-1]


def _group(path: str, module: nn.Module, runs: dict[str, Call], classifier: str, visited: set[int]) -> list[Layer]:
    """Return the rows of a module and of those below it; empty for a block that contains only disabled options."""
    leaf = is_leaf(module)
    call = runs.get(path, Call(path, -1, 0))
    input_shape, output_shape = _shape(call.inputs), _shape(call.output)
    count = sum(parameter.numel() for parameter in module.parameters())
    kind, depth = type(module).__name__, path.count(".")
    statistics = leaf and next(module.buffers(), None) is not None
    shapes = input_shape, output_shape
    windowed = _is_windowed(call)
    row = Layer(path, kind, depth, leaf, *shapes, count, call.order, row_shape(call, 1), statistics, windowed)
    if leaf:
        return [row]
    below = _rows(f"{path}.", module, runs, classifier, visited)
    return [row, *below] if below else []


def _parameter_row(path: str, parameter: nn.Parameter) -> Layer:
    shape = tuple(parameter.shape)
    return Layer(path, "Parameter", path.count("."), True, (), shape, parameter.numel(), -1)
