"""A network split at its cut is the whole network: same features, same gradients, same training."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn

from studio import catalogue, plan
from studio.engine import cut as cuts
from studio.engine import layers, networks
from studio.engine.freezing import Freezer
from studio.events import LayerTable
from studio.spec import FreezePlan

CHAINS = [
    ("resnet18", "layer4.1", "layer4.0"),
    ("mobilenet_v3_small", "features.12", "features.11"),
    ("shufflenet_v2_x0_5", "conv5", "stage4"),
    ("squeezenet1_1", "features.12", "features.11"),
    ("googlenet", "inception5b", "inception5a"),
    ("tf_efficientnet_lite0", "blocks.6", "blocks.5"),
    ("regnetx_002", "s4", "s3"),
    ("vit_tiny_patch16_224", "blocks.11", "blocks.10"),
    ("mobilevit_xxs", "stages.4", "stages.3"),
    ("swin_t", "features.7.1", "features.7.0"),
]


def built(name: str) -> tuple[nn.Module, LayerTable]:
    info = catalogue.find(name)
    torch.manual_seed(0)
    network, classifier = networks.build(info.source, info.arch, info.input_size[1])
    size = info.preprocess.size if name.startswith(("vit", "swin")) else (64, 64)
    return network.eval(), layers.table(network, name, classifier, size)


@pytest.mark.parametrize(("name", "thawed", "expected"), CHAINS, ids=[row[0] for row in CHAINS])
def test_split_network_equals_the_whole_one(name: str, thawed: str, expected: str) -> None:
    network, table = built(name)
    frozen = plan.frozen_leaves(FreezePlan(thaw=(thawed,)), table.layers)
    freezer = Freezer(network, table, frozen)
    found = cuts.find(network, table, frozen)
    assert found is not None
    assert found.layer == expected
    photos = torch.randn(3, 3, *table.image_size)
    whole = networks.flatten(network(photos))
    wanted = torch.autograd.grad(whole.square().sum(), freezer.trainable(), allow_unused=True)
    with torch.no_grad():
        rows = cuts.prefix(network, found, photos)
    assert tuple(rows.shape) == (3, *found.shape)
    split = cuts.suffix(network, found, rows, table.image_size)
    given = torch.autograd.grad(split.square().sum(), freezer.trainable(), allow_unused=True)
    torch.testing.assert_close(split, whole, rtol=1e-4, atol=1e-5 * float(whole.detach().abs().max()))
    for a, b in zip(given, wanted, strict=True):
        assert (a is None) == (b is None)
        if a is not None and b is not None:
            torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5 * float(b.abs().max()) + 1e-12)


def test_the_network_is_whole_again_after_a_split_pass() -> None:
    network, table = built("resnet18")
    frozen = plan.frozen_leaves(FreezePlan(thaw=("layer4",)), table.layers)
    before = copy.deepcopy(network.state_dict())
    found = cuts.find(network, table, frozen)
    assert found is not None
    photos = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        first = network(photos)
        cuts.suffix(network, found, cuts.prefix(network, found, photos), (64, 64))
        assert torch.equal(network(photos), first)
    assert all(torch.equal(before[name], tensor) for name, tensor in network.state_dict().items())
    assert not any("forward" in vars(module) or module._forward_hooks for module in network.modules())


class Skip(nn.Module):
    """The first layer's output goes round the second one into the third: only a cut behind the first is one."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.third = (nn.Conv2d(3, 3, 3, padding=1) for _ in range(3))

    def forward(self, photos: Tensor) -> Tensor:
        start = self.first(photos)
        return (self.third(self.second(start)) + start).mean((2, 3))


def test_a_cut_that_a_skip_goes_round_is_refused_and_the_one_before_it_taken() -> None:
    network = Skip().eval()
    table = layers.table(network, "skip", "none", (8, 8))
    frozen = frozenset({"first", "second"})
    offered = [cut.layer for cut in plan.cuts(table, frozen)]
    assert offered == ["second", "first"]
    found = cuts.find(network, table, frozen)
    assert found is not None
    assert found.layer == "first"


def test_rows_larger_than_the_limit_are_not_kept() -> None:
    network, table = built("resnet18")
    frozen = plan.frozen_leaves(FreezePlan(thaw=("layer2", "layer3", "layer4")), table.layers)
    sizes = [cut.row_bytes for cut in plan.cuts(table, frozen)]
    assert sizes[0] == 4 * 64 * 16 * 16
    assert cuts.find(network, table, frozen, limit=sizes[0] - 1) is None


def test_nothing_thawed_or_nothing_frozen_has_no_cut() -> None:
    _, table = built("resnet18")
    everything = frozenset(layer.path for layer in table.layers if layer.leaf)
    assert not list(plan.cuts(table, everything))
    assert not list(plan.cuts(table, frozenset()))
