"""Output of `thaw layers`: each layer with its shapes, parameters, MACs and memory."""

from __future__ import annotations

import argparse
import math
from typing import Any

from studio.catalog import catalog, image_sizes, network_files, readouts
from studio.cli import progress
from studio.cli.options.train_options import freeze_plan_of
from studio.commands import network
from studio.events import Layer, LayerTable, MultiplyAdds
from studio.formatting import numbers
from studio.planning import layer_problems
from studio.planning.freezing import adapted_layers, frozen_leaves
from studio.session.plan.layer_rows import LayerRows
from studio.spec import BackboneSpec, UserError
from studio.spec.structs import asdict, replace
from studio.system.output import say, say_json, say_table

MOST_CLASSES = 1_000_000
"""Largest number of classes or photos; a larger one is considered a typing error."""


def layers(options: argparse.Namespace) -> int:
    """Print the layers of a backbone."""
    for name in ("batch", "classes"):
        value = getattr(options, name)
        if value is not None and not 1 <= value <= MOST_CLASSES:
            raise UserError(f"--{name} must be 1 to {MOST_CLASSES:,} (got {value}).", "Choose another number.")
    asked = BackboneSpec(
        options.backbone,
        options.weights,
        options.image_size,
        readout=options.readout,
        readout_blocks=options.readout_blocks,
    )
    spec = network_files.pinned(asked)
    if catalog.find(spec.name).source == catalog.OWN and spec.weights == "none":  # its file gives weights anyway
        spec = replace(spec, weights="default")
    table = _only(progress.drain(network.inspect(spec)), LayerTable)
    plan = freeze_plan_of(options)
    frozen = frozen_leaves(plan, table.layers)
    problems = layer_problems.find(table, plan)
    operations = _only(progress.drain(network.multiply_adds(spec)), MultiplyAdds)
    tree = LayerRows(table)
    paths = [layer.path for layer in table.layers]
    ranks = {linear.path: linear.parameters(plan.lora_rank) for linear in adapted_layers(plan, table.layers)}
    sums = tree.sums(frozen, ranks)
    trainable = dict(zip(paths, sums.trainable, strict=True))
    adapters = dict(zip(paths, sums.adapters, strict=True))
    memory = {path: tree.memory(row) * options.batch for row, path in enumerate(paths)}
    shown = [layer for layer in table.layers if options.depth is None or layer.depth < options.depth]
    total = sum(memory[layer.path] for layer in table.layers if layer.leaf)
    head = table.features * (options.classes or 0) + (options.classes or 0)
    if options.json:

        def row(layer: Layer) -> dict[str, Any]:
            training = trainable[layer.path], adapters[layer.path]
            return _row(layer, training, memory[layer.path], operations, options.batch)

        channels = catalog.find(spec.name).input_size[0]
        say_json(
            {
                "backbone": table.backbone,
                "image_size": list(table.image_size),
                "batch": options.batch,
                "input": [options.batch, channels, *table.image_size],
                "output": [options.batch, options.classes or table.features],
                "features": table.features,
                "readout": readouts.words(catalog.find(spec.name), spec),
                "sizes": image_sizes.words(catalog.find(spec.name)),
                "parameters": table.parameters,
                "trainable": sum(trainable[layer.path] for layer in table.layers if layer.leaf) + head,
                "macs": operations.total,
                "activation_bytes": total,
                "classifier": table.classifier,
                "problems": [asdict(problem) for problem in problems],
                "layers": [row(layer) for layer in shown],
            }
        )
        return 0
    rows = [["LAYER", "TYPE", "INPUT", "OUTPUT", "PARAMETERS", "TRAINABLE", "MACS", "MEMORY"]]
    for layer in shown:
        shape = numbers.shape(layer.input_shape), numbers.shape(layer.output_shape)
        macs = operations.layers.get(layer.path, 0)
        rows.append(
            [
                "  " * layer.depth + layer.path,
                f"{layer.type} ({layer.calls} calls)" if layer.calls > 1 else layer.type,
                *shape,
                f"{layer.parameters:,}",
                f"{trainable[layer.path]:,}",
                numbers.plain(numbers.count(macs)) if macs else "–",
                _memory(memory[layer.path]),
            ]
        )
        for number, call in enumerate(layer.later if options.calls else (), 2):
            shape = numbers.shape(call.input_shape), numbers.shape(call.output_shape)
            size = _memory(4 * options.batch * math.prod(call.output_shape)) if call.output_shape else "–"
            name = f"{'  ' * layer.depth}  call {number} of {layer.calls}"
            rows.append([name, "", *shape, "", "", "", size])
    outputs = str(options.classes) if options.classes else "classes"
    count = f"{head:,}" if head else "–"
    rows.append([f"{table.classifier} (new)", "Linear", str(table.features), outputs, count, count, "–", "–"])
    say_table(rows, right={4, 5, 6, 7})
    info = catalog.find(spec.name)
    say(f"Features: {readouts.words(info, spec)}")
    if sizes := image_sizes.words(info):
        changed = image_sizes.change(info, table.image_size[0], layer_problems.edge_words(table))
        say(f"Image size: {sizes}. {changed}".rstrip())
    photos = numbers.many(options.batch, "photo")
    say(
        f"{table.parameters:,} parameters, {table.features} features per photo of {_input(spec, table)}; "
        f"{operations.total / 1e9:.3f} GMACs per photo, {_memory(total)} of layer outputs for {photos}"
    )
    for problem in problems:
        say(f"{problem.text} {problem.advice}")
    return 0


def _only(events: list[Any], kind: type[Any]) -> Any:
    return next(event for event in reversed(events) if isinstance(event, kind))


def _row(layer: Layer, training: tuple[int, int], memory: int, operations: MultiplyAdds, batch: int) -> dict[str, Any]:
    trainable, adapters = training
    fields = asdict(layer)
    del fields["later"]
    return {
        **fields,
        "input": _batched(layer.input_shape, layer, batch) if layer.input_shape else [],
        "output": _batched(layer.output_shape, layer, batch)
        if layer.output_shape and layer.type != "Parameter"
        else [],
        "later_calls": [_call(layer.at_call(number), batch) for number in range(2, layer.calls + 1)],
        "macs": operations.layers.get(layer.path, 0),
        "activation_bytes": memory,
        "trainable": trainable > adapters,
        "trainable_parameters": trainable,
        "adapter_parameters": adapters,
    }


def _call(layer: Layer, batch: int) -> dict[str, Any]:
    shapes = {"input": layer.input_shape, "output": layer.output_shape}
    return {name: _batched(shape, layer, batch) if shape else [] for name, shape in shapes.items()}


def _batched(shape: tuple[int, ...], layer: Layer, batch: int) -> list[int]:
    """The shape of a layer's input or output for a batch, as the layer itself has it."""
    return [batch * shape[0], *shape[1:]] if layer.windowed else [batch, *shape]


def _input(spec: BackboneSpec, table: LayerTable) -> str:
    return numbers.shape((catalog.find(spec.name).input_size[0], *table.image_size))


def _memory(size: int) -> str:
    return numbers.plain(numbers.megabytes(size)) if size else "–"
