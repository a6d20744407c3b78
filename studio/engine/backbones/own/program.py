"""An exported program as a tree of modules: each layer of the original network computes its part of the graph.

The graph is a flat list of operations, but each of them names the layers in which it was called. So every call of a
layer becomes a call of a module of the same path, whose inputs are the values that it reads from outside, and whose
outputs are those that are read after it. Layers can then be listed, frozen, cut and inspected as in any network.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from torch import nn

from studio.engine.backbones.own import operations
from studio.engine.backbones.own.archive import EXPORT_HINT, Exported, read
from studio.engine.backbones.own.exported_layer import Call, ExportedLayer, Operand, Operation
from studio.engine.backbones.own.operations import UnsupportedError
from studio.engine.network.module_tree import module_at
from studio.spec import UserError


def make(file: Path) -> nn.Module:
    """Return the network of an exported program, on the CPU.

    Raises:
        UserError: The file is damaged, or its program cannot be run here; the message says why.
    """
    exported = read(file)
    try:
        return _Builder(exported).network()
    except UnsupportedError as error:
        raise UserError(f"{file} {error}.", EXPORT_HINT, file) from error
    except (ValueError, LookupError, TypeError, AttributeError, StopIteration, RuntimeError) as error:
        raise UserError(
            f"{file} is damaged: its graph does not fit together ({error!r}).", EXPORT_HINT, file
        ) from error


def static_batch(file: Path) -> int | None:
    """Number of photos for which a program was exported; None if it takes any number."""
    exported = read(file)
    names = [one["user_input"]["arg"] for one in exported.signature["input_specs"] if "user_input" in one]
    sizes = exported.graph["tensor_values"][names[0]["as_tensor"]["name"]]["sizes"]
    batch: int | None = sizes[0].get("as_int")
    return batch


class _Builder:
    """Builds the modules of one program."""

    def __init__(self, exported: Exported) -> None:
        self._graph, self._signature, self._tensors = exported.graph, exported.signature, exported.tensors
        self._owners: dict[str, str] = {}  # name in the graph → name of the tensor
        self._photos = ""

    def network(self) -> nn.Module:
        self._read_inputs()
        root = self._root_call()
        root.takes = (self._photos,)
        root.gives = self._outputs()
        unknown = {*root.reads, *root.gives} - {*root.writes, *self._owners, self._photos}
        if unknown:
            raise ValueError(f"nothing computes {min(unknown)}")
        _connect(root, set(root.gives), self._owners)
        modules: dict[str, ExportedLayer] = {}
        self._add_modules(root, modules)
        network = modules[""]
        self._add_tensors(network, modules)
        for path, module in modules.items():
            inside = f"{path}." if path else ""
            names = {name for call in module.calls for step in call.steps for name in _needed(step)}
            module.own = {
                name: tensor.removeprefix(inside)
                for name, tensor in self._owners.items()
                if name in names and tensor.startswith(inside)
            }
        return network

    def _read_inputs(self) -> None:
        photos = []
        for one in self._signature["input_specs"]:
            kind, about = next(iter(one.items()))
            if kind == "user_input":
                photos.append(about["arg"])
            elif kind in ("parameter", "buffer", "tensor_constant"):
                self._owners[about["arg"]["name"]] = about[f"{kind}_name"]
            else:
                raise UnsupportedError(f"needs an input that is not a tensor ({kind})")
        if len(photos) != 1 or "as_tensor" not in photos[0]:
            raise UnsupportedError(f"takes {len(photos)} inputs instead of one batch of photos")
        self._photos = photos[0]["as_tensor"]["name"]

    def _outputs(self) -> tuple[str, ...]:
        for one in self._signature["output_specs"]:
            if "buffer_mutation" in one or "parameter_mutation" in one:
                raise UnsupportedError("was exported in training mode: it changes its own statistics")
            if "user_output" not in one:
                raise UnsupportedError(f"returns something other than features or scores ({next(iter(one))})")
        return tuple(operations.output_names(self._graph["outputs"]))

    def _root_call(self) -> Call:
        stacks = [_stack(node) for node in self._graph["nodes"]]
        kind = next((stack[0][2] for stack in stacks if stack), "Network")
        root = Call("", kind)
        opened = [("", root)]
        numbers: dict[str, int] = {"": 1}
        for node, stack in zip(self._graph["nodes"], stacks, strict=True):
            layers = stack[1:] if stack else [(key, call.path, "") for key, call in opened[1:]]
            same = 1
            while same < len(opened) and same <= len(layers) and opened[same][0] == layers[same - 1][0]:
                same += 1
            del opened[same:]
            for key, path, layer_kind in layers[same - 1 :]:
                call = Call(path, layer_kind, number=numbers.get(path, 0))
                numbers[path] = call.number + 1
                opened[-1][1].steps.append(call)
                opened.append((key, call))
            if (operation := _operation(node)) is not None:
                opened[-1][1].steps.append(operation)
        return root

    def _add_modules(self, call: Call, modules: dict[str, ExportedLayer]) -> None:
        if call.path not in modules:
            modules[call.path] = _layer(call.kind)
        modules[call.path].calls.append(call)
        for step in call.steps:
            if isinstance(step, Call):
                self._add_modules(step, modules)

    def _add_tensors(self, network: nn.Module, modules: dict[str, ExportedLayer]) -> None:
        """Put modules and tensors at their paths; layers without operations become plain modules."""
        for path in sorted(modules, key=lambda path: (path.count("."), path)):
            if path:
                parent, _, name = path.rpartition(".")
                module_at(network, parent).add_module(name, modules[path])
        learned: dict[int, nn.Parameter] = {}
        persistent = {
            one["buffer"]["buffer_name"]: bool(one["buffer"].get("persistent", True))
            for one in self._signature["input_specs"]
            if "buffer" in one
        }
        for name in dict.fromkeys(self._owners.values()):
            stored = self._tensors[name]
            path, _, own = name.rpartition(".")
            if stored.is_parameter:
                tensor = learned.setdefault(id(stored.tensor), nn.Parameter(stored.tensor))
                module_at(network, path).register_parameter(own, tensor)
            else:
                module_at(network, path).register_buffer(own, stored.tensor, persistent=persistent.get(name, False))


def _connect(call: Call, values: set[str], owners: dict[str, str]) -> None:
    """Set `takes` and `gives` of the calls inside a call; `values` are the values that the call itself gives."""
    after = set(values)
    for step in reversed(call.steps):
        if isinstance(step, Call):
            inside = set(step.writes)
            step.gives = tuple(name for name in dict.fromkeys(step.writes) if name in after)
            own = f"{step.path}."
            outer = [name for name in dict.fromkeys(step.reads) if name not in inside]
            step.takes = tuple(name for name in outer if not owners.get(name, "").startswith(own))
            _connect(step, set(step.gives), owners)
        after.update(step.reads)


def _needed(step: Operation | Call) -> Iterator[str]:
    """Names of the values that a step needs from its layer."""
    yield from step.takes if isinstance(step, Call) else step.reads


def _operation(node: dict[str, Any]) -> Operation | None:
    """Return the operation of a node; None for an assertion, which is skipped."""
    target = str(node["target"])
    run = operations.find(target)
    if run is None:
        return None
    if operations.is_training(target, node["inputs"]):
        raise UnsupportedError(
            "was exported in training mode, or draws random numbers: call model.eval() before exporting it"
        )
    positional: list[Operand] = []
    named: dict[str, Operand] = {}
    reads: list[str] = []
    for one in node["inputs"]:
        kind, value = next(iter(one["arg"].items()))
        operand = operations.constant(kind, value) or _reading(kind, value)
        reads += operations.names_in(kind, value)
        if one.get("kind") == 2:
            named[str(one["name"])] = operand
        else:
            positional.append(operand)
    writes = tuple(operations.output_names(node["outputs"]))
    return Operation(run, tuple(positional), named, node["outputs"], tuple(reads), writes)


def _reading(kind: str, value: Any) -> Operand:
    if kind not in operations.READING:
        raise UnsupportedError(f"has an argument of the unsupported kind {kind}")
    return lambda values, _device: operations.read(kind, value, values)


def _stack(node: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Key of the call, path and type of each layer around a node, the outermost first; [] if they are unknown."""
    text = node.get("metadata", {}).get("nn_module_stack", "")
    layers = []
    for part in text.split(";") if text else ():
        key, path, kind = (*part.split(","), "", "")[:3]
        layers.append((key, re.sub(r"@\d+", "", path), kind.rsplit(".", 1)[-1] or "Module"))
    return layers


def _layer(kind: str) -> ExportedLayer:
    """Make a layer whose class has the name of the original one."""
    name = kind if kind.isidentifier() else "Module"
    layer: ExportedLayer = type(name, (ExportedLayer,), {"kind": name})()
    return layer
