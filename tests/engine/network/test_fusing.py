"""Fusion of BatchNorm: the copy computes the same features, and is not used where it does not."""

from __future__ import annotations

import pytest
import torch
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
    torch.testing.assert_close(actual, expected, rtol=1e-3, atol=1e-4 * float(expected.abs().max()))
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
