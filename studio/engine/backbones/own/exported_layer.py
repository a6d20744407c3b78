"""A layer of an exported program: computes its part of the graph, call by call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from studio.engine.backbones.own import operations

Operand = Callable[[dict[str, Any], torch.device], Any]


@dataclass(frozen=True)
class Operation:
    """One operation: its function, its arguments, and the names of the values that it reads and writes."""

    run: Callable[..., Any]
    positional: tuple[Operand, ...]
    named: dict[str, Operand]
    outputs: list[dict[str, Any]]
    reads: tuple[str, ...]
    writes: tuple[str, ...]


@dataclass
class Call:
    """One call of a layer: its steps, and the names of the values that it takes and gives back."""

    path: str
    kind: str
    steps: list[Operation | Call] = field(default_factory=list)
    number: int = 0
    takes: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()

    @property
    def writes(self) -> tuple[str, ...]:
        """Names of all values that are computed inside."""
        return tuple(name for step in self.steps for name in step.writes)

    @property
    def reads(self) -> tuple[str, ...]:
        """Names of all values that are read inside."""
        return tuple(name for step in self.steps for name in step.reads)


class ExportedLayer(nn.Module):
    """A layer of an exported program. `program` makes subclasses named after the classes of the original network.

    Attributes:
        kind: Name of the class in the original network.
        calls: Its calls in one forward pass of the program, in their order.
        own: Path of each of its own tensors in the layer, by the name of the value in the program.
    """

    kind = ""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self.own: dict[str, str] = {}

    @property
    def in_features(self) -> int:
        """Width of the input of a linear layer."""
        return self.get_parameter("weight").shape[1]

    @property
    def out_features(self) -> int:
        """Width of the output of a linear layer."""
        return self.get_parameter("weight").shape[0]

    def forward(self, *inputs: Any, number: int = 0) -> Any:
        """Compute one of the calls of the layer.

        Args:
            inputs: The values that it takes.
            number: Index of the call, for a layer that is called several times in a forward pass.
        """
        call = self.calls[number]
        values = {name: _attribute(self, path) for name, path in self.own.items()}
        values |= zip(call.takes, inputs, strict=True)
        device = next((one.device for one in inputs if isinstance(one, Tensor)), torch.device("cpu"))
        for step in call.steps:
            if isinstance(step, Call):
                inside = step.path[len(call.path) + 1 if call.path else 0 :]
                which = {"number": step.number} if step.number else {}
                result = self.get_submodule(inside)(*(values[name] for name in step.takes), **which)
                values |= {step.gives[0]: result} if len(step.gives) == 1 else zip(step.gives, result, strict=True)
            else:
                arguments = [operand(values, device) for operand in step.positional]
                named = {name: operand(values, device) for name, operand in step.named.items()}
                values |= operations.bind(step.outputs, step.run(*arguments, **named))
        results = tuple(values[name] for name in call.gives)
        return results[0] if len(results) == 1 else results


def _attribute(module: nn.Module, path: str) -> Any:
    value: Any = module
    for name in path.split("."):
        value = getattr(value, name)
    return value
