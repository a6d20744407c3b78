"""The layer from which on a forward pass can differ, also where code uses weights without calling their layer."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
import torch
from torch import Tensor, nn

from studio.engine.inspection.first_change import FirstChange


class Net(nn.Module):
    """A linear layer, attention, a parameter of the network itself, and a layer of which only the weight is used."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(4, 4)
        self.attention = nn.MultiheadAttention(4, 2)
        self.last = nn.Linear(4, 4)
        self.read = nn.Linear(4, 4)
        self.scale = nn.Parameter(torch.ones(4))

    def forward(self, tokens: Tensor) -> Tensor:
        tokens = self.first(tokens) * self.scale
        tokens = self.attention(tokens, tokens, tokens)[0] @ self.read.weight
        return self.last(tokens)


def reached(changed: Iterable[str]) -> tuple[dict[str, bool], bool]:
    """Whether a change was reached when each of these layers ended, and whether that is certain."""
    net, seen = Net().eval(), dict[str, bool]()
    first = FirstChange(net, frozenset(changed))
    for name in ("first", "attention", "last"):

        def end(_module: nn.Module, _inputs: object, _output: object, name: str = name) -> None:
            seen[name] = first.reached

        net.get_submodule(name).register_forward_hook(end)
    for _ in range(2):  # each pass begins anew
        seen.clear()
        with first, torch.no_grad():
            net(torch.rand(3, 1, 4))
    assert not any(module._forward_pre_hooks for module in net.modules())
    return seen, first.certain


@pytest.mark.parametrize(
    ("changed", "layers"),
    [
        ((), ""),
        (("last.weight",), "last"),
        (("first.bias", "last.weight"), "first attention last"),
        (("attention.out_proj.weight",), "attention last"),  # which attention does not call
        (("attention.in_proj_weight",), "attention last"),
        (("scale",), "first attention last"),
    ],
)
def test_outputs_can_differ_from_the_first_changed_layer_on(changed: tuple[str, ...], layers: str) -> None:
    seen, certain = reached(changed)
    assert [name for name, one in seen.items() if one] == layers.split()
    assert certain == (changed != ("attention.out_proj.weight",))


def test_a_weight_whose_layer_does_not_run_can_be_used_anywhere() -> None:
    assert not reached(["read.weight"])[1]
