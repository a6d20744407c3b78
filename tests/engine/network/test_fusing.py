"""Fusion of BatchNorm: the copy computes the same features, and is not used where it does not."""

from __future__ import annotations

import pytest
import torch
from tensors import assert_close
from torch import Tensor, nn

from studio.engine.backbones import builders
from studio.engine.network import features, layers
from studio.engine.network.fusing import fuse


def with_statistics(network: nn.Module) -> nn.Module:
    """Random BatchNorm statistics as after training; with the initial ones a wrong fusion would not be detected."""
    generator = torch.Generator().manual_seed(0)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            for tensor in (module.running_mean, module.running_var, module.weight, module.bias):
                assert tensor is not None
                tensor.data.uniform_(0.5, 1.5, generator=generator)
    return network.eval()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "arch"),
    [
        ("torchvision", "resnet18"),
        pytest.param("torchvision", "mobilenet_v2", marks=pytest.mark.slow),
        ("timm", "tf_efficientnet_lite0"),
        pytest.param("timm", "dla34", marks=pytest.mark.slow),
    ],
)
def test_a_fused_network_computes_the_same_features_without_batchnorm(source: str, arch: str) -> None:
    torch.manual_seed(0)
    network, classifier = builders.build(source, arch)
    table = layers.table(with_statistics(network), arch, classifier, (64, 64))
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    quick = fuse(network, table)
    assert quick is not network
    assert not [module for module in quick.modules() if isinstance(module, nn.BatchNorm2d)]
    photos = torch.randn(3, 3, 64, 64)
    with torch.no_grad():
        expected, actual = features.flatten(network(photos)), features.flatten(quick(photos))
    assert_close(actual, expected, rtol=1e-3, atol=1e-4 * float(expected.abs().max()))
    assert all(torch.equal(before[name], tensor) for name, tensor in network.state_dict().items())


class Fork(nn.Module):
    """Network that uses a convolution's output twice, so that fusing it would be wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.norm = nn.BatchNorm2d(4)

    def forward(self, photos: Tensor) -> Tensor:
        maps = self.conv(photos)
        return (self.norm(maps) + maps).mean((2, 3))


def test_a_network_is_not_fused_where_the_copy_would_differ() -> None:
    network = with_statistics(Fork())
    table = layers.table(network, "fork", "none", (16, 16))
    assert fuse(network, table) is network


class Chain(nn.Module):
    """A convolution with BatchNorm, then a layer that is not fused."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.norm = nn.BatchNorm2d(4)
        self.last = nn.Conv2d(4, 5, 3)

    def forward(self, photos: Tensor) -> Tensor:
        return self.last(self.norm(self.conv(photos)).relu()).mean((2, 3))


def test_the_copy_shares_layers_that_are_not_fused_and_does_not_change_the_network() -> None:
    network = with_statistics(Chain())
    network.last.weight.requires_grad_(True)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    modules = dict(network.named_modules())
    quick = fuse(network, layers.table(network, "chain", "none", (16, 16)))
    assert quick is not network
    assert quick.last.weight.data_ptr() == network.last.weight.data_ptr()
    assert quick.conv.weight.data_ptr() != network.conv.weight.data_ptr()
    assert not any(parameter.requires_grad for parameter in quick.parameters())
    assert network.last.weight.requires_grad
    assert dict(network.named_modules()) == modules
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in network.modules())
    assert all(torch.equal(before[name], tensor) for name, tensor in network.state_dict().items())
    photos = torch.randn(2, 3, 16, 16)
    assert_close(quick(photos), network(photos))
