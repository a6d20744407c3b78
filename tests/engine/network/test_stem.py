"""The pixels that the first convolutions do not reach equal those without a gradient."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from studio.engine.network import layers
from studio.planning import layer_problems
from studio.spec import FreezePlan


class Net(nn.Module):
    """A network that begins with one convolution, or with several beside each other."""

    def __init__(self, *first: nn.Module) -> None:
        super().__init__()
        self.first = nn.ModuleList(first)
        self.head = nn.Identity()

    def forward(self, photos: torch.Tensor) -> torch.Tensor:
        return self.head(torch.cat([one(photos).flatten(2).mean(2) for one in self.first], dim=1))


class Padded(nn.Conv2d):
    """A convolution that pads its input itself."""

    def forward(self, photos: torch.Tensor) -> torch.Tensor:
        return super().forward(nn.functional.pad(photos, (0, 3, 0, 3)))


def without_gradient(network: nn.Module, side: int) -> int:
    photo = torch.rand(1, 3, side, side, requires_grad=True)
    network(photo).square().sum().backward()
    assert photo.grad is not None
    rows = photo.grad[0].abs().amax(dim=(0, 2)).nonzero()
    return side - 1 - int(rows.max())  # a dilated convolution leaves out others, too


@pytest.mark.parametrize(
    "first",
    [
        [nn.Conv2d(3, 4, 7, stride=4, padding=2)],
        [nn.Conv2d(3, 4, 7, stride=7)],
        [nn.Conv2d(3, 4, 3, stride=2)],
        [nn.Conv2d(3, 4, 3, stride=4, dilation=2, padding=1)],
        [nn.Conv2d(3, 4, 8, stride=8), nn.Conv2d(3, 4, 4, stride=4)],
        [nn.Conv2d(3, 4, 5, padding="same")],
        [Padded(3, 4, 4, stride=4)],
    ],
)
def test_unseen_pixels_have_no_gradient_and_those_of_sizes_that_fit_have(first: list[nn.Module]) -> None:
    torch.manual_seed(1)
    network = Net(*first)
    for side in range(20, 33):
        table = layers.table(network, "net", "head", (side, side))
        assert table.unseen == without_gradient(network, side)
        assert not any(without_gradient(network, one) for one in table.fitting)
        assert len(table.fitting) == 2 * bool(table.unseen)
    assert not any(module._forward_hooks for module in network.modules())


def test_the_problem_names_the_pixels_and_the_sizes_that_fit() -> None:
    table = layers.table(Net(nn.Conv2d(3, 4, 7, stride=4, padding=2)), "net", "head", (26, 26))
    (problem,) = [one for one in layer_problems.find(table, FreezePlan()) if "does not see" in one.text]
    assert problem.text == "The network does not see the last pixel at the right and at the bottom of 26 × 26 pixels."
    assert problem.advice == "25 and 27 fit."
