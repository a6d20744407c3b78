from __future__ import annotations

import collections
import functools
import threading

import pytest
import torch
from tiny import only
from torch import nn

from studio.catalog import catalog
from studio.engine.backbones import backbone, builders
from studio.engine.inspection import multiply_adds
from studio.events import MultiplyAdds
from studio.spec import BackboneSpec, UserError


def counted(name: str, size: int | None = None) -> MultiplyAdds:
    return only(list(multiply_adds.count(BackboneSpec(name, "none", size))), MultiplyAdds)[0]


def test_macs_of_each_module_equal_those_computed_by_hand():
    shared = nn.Conv2d(4, 4, 1, bias=False)
    network = nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1), nn.Sequential(shared, nn.ReLU()), nn.Sequential(shared), nn.Flatten()
    )
    network.append(nn.Linear(4 * 8 * 8, 5)).requires_grad_(False)
    modules, total = multiply_adds.of_network(network.to("meta"), (3, 8, 8))
    first, each, last = 8 * 8 * 4 * 3 * 9, 8 * 8 * 4 * 4, 4 * 8 * 8 * 5
    assert total == first + 2 * each + last
    assert modules["0"] == first
    assert modules["1.0"] == 2 * each, "both passes of the module that two blocks share"
    assert modules["4"] == last
    assert "3" not in modules


@pytest.mark.slow
def test_macs_follow_the_image_size():
    own, small = counted("resnet18"), counted("resnet18", 112)
    assert own.total == catalog.find("resnet18").macs
    assert (own.image_size, small.image_size) == ((224, 224), (112, 112))
    assert small.layers["layer1"] * 4 == own.layers["layer1"]
    assert own.layers["layer1"] == own.layers["layer1.0"] + own.layers["layer1.1"]


def test_the_modules_of_other_threads_are_not_counted():
    own, other = nn.Sequential(nn.Conv2d(3, 4, 1)).to("meta"), nn.Conv2d(3, 4, 1)
    passes = 0

    def beside(*_call: object) -> None:
        nonlocal passes
        thread = threading.Thread(target=lambda: other(torch.zeros(1, 3, 2, 2)).sum().backward())
        thread.start()
        thread.join()
        passes += 1

    own[0].register_forward_pre_hook(beside)
    modules, total = multiply_adds.of_network(own, (3, 4, 4))
    assert (passes, modules, total) == (1, {"0": 4 * 4 * 4 * 3}, 4 * 4 * 4 * 3)
    assert not other._forward_pre_hooks
    assert len(own[0]._forward_pre_hooks) == 1


def test_an_image_size_that_the_network_cannot_take_is_refused():
    with pytest.raises(UserError, match="cannot take photos of 8 × 8"):
        counted("alexnet", 8)


def test_the_catalog_agrees_with_the_published_table():
    from torchvision import models

    compared = 0  # SqueezeNets are left out: their last layer is a convolution
    for entry in catalog.load():
        if entry.source == "torchvision" and not entry.name.startswith("squeezenet"):
            published = models.get_model_weights(entry.arch).DEFAULT.meta
            head = entry.features * len(published["categories"])
            assert (entry.macs + head) / 1e9 == pytest.approx(published["_ops"], abs=0.0006), entry.name
            compared += 1
    assert compared == 78


@pytest.mark.slow
def test_40_families_have_the_macs_of_the_catalog():
    families = collections.defaultdict(list)
    for entry in catalog.load():
        if entry.parameters < 30e6:
            families[entry.family].append(entry)
    smallest = [min(entries, key=lambda entry: entry.macs or 1e12) for entries in families.values()]
    assert len(smallest) >= 40
    for entry in sorted(smallest, key=lambda entry: entry.macs)[:40]:
        assert counted(entry.name).total == entry.macs, entry.name


class _Tokens(nn.Module):
    """A user's own network, on the CPU: attention and a recurrent layer, which run as one fused operation there."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 8, 4, 4)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.recurrent = nn.LSTM(8, 6, batch_first=True, bidirectional=True)
        self.pairs = nn.Bilinear(12, 12, 5)
        self.weights = nn.Parameter(torch.ones(5))

    def forward(self, photos: torch.Tensor) -> torch.Tensor:
        tokens = self.patches(photos).flatten(2).transpose(1, 2)
        tokens = self.attention(tokens, tokens, tokens, need_weights=False)[0]
        mean = self.recurrent(tokens)[0].mean(1)
        return self.pairs(mean, mean) @ self.weights


@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_attention_and_recurrent_layers_count_on_every_device(device):
    modules, total = multiply_adds.of_network(_Tokens().eval().to(device), (3, 8, 16))
    tokens = 2 * 4
    assert modules == {
        "patches": tokens * 8 * 3 * 16,
        "attention": tokens * 4 * 8 * 8 + 2 * tokens * tokens * 8,  # queries, keys, values, output; scores, mixing
        "recurrent": tokens * 2 * 4 * 6 * (8 + 6),  # two directions, four gates
        "pairs": 12 * 12 * 5,
    }
    assert total == sum(modules.values()) + 5


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "deit_tiny_distilled_patch16_224",  # linear layers on tokens, fused attention
        "mixer_s32_224",  # linear layers on tokens and on channels
        "xcit_nano_12_p16_224",  # attention between channels
        "coat_lite_tiny",  # attention as matrix products
        "resnext50_32x4d",  # grouped convolutions
        "regnetx_002",
        "mobilenetv3_small_050",  # depthwise convolutions
        "shufflenet_v2_x0_5",
    ],
)
def test_the_macs_of_a_family_equal_those_counted_by_hooks(name):
    info, preprocess = backbone.resolve(BackboneSpec(name, "none"))
    network = builders.build_on_meta(info.source, info.arch, None, info.readout).eval().requires_grad_(False)
    shape = (info.input_size[0], *preprocess.size)
    modules, total = multiply_adds.of_network(network, shape)
    layers, products = _by_hooks(network.to("meta"), shape)
    assert len(layers) > 30
    assert {path: modules[path] for path in layers} == layers
    assert total == sum(layers.values()) + products
    assert (products > 0) == (name.split("_")[0] in {"deit", "xcit", "coat"})


def _by_hooks(network: nn.Module, shape: tuple[int, ...]) -> tuple[dict[str, int], int]:
    """MACs of each convolution and linear layer from the shapes in its hook, and those of matrix products between."""
    layers: dict[str, int] = collections.Counter()
    products = 0

    def add(path: str, module: nn.Module, _inputs: object, output: torch.Tensor) -> None:
        layers[path] += output.numel() * module.weight[0].numel()

    class Products(torch.overrides.TorchFunctionMode):
        def __torch_function__(self, function, _types, args=(), kwargs=None):
            nonlocal products
            output = function(*args, **(kwargs or {}))
            called = getattr(function, "__name__", "")
            if called in {"matmul", "__matmul__"}:
                products += output.numel() * args[0].shape[-1]
            elif called == "scaled_dot_product_attention":
                products += (args[0].numel() + output.numel()) * args[1].shape[-2]
            return output

    hooks = [
        module.register_forward_hook(functools.partial(add, path))
        for path, module in network.named_modules()
        if isinstance(module, nn.Conv2d | nn.Linear)
    ]
    with torch.no_grad(), Products():
        network(torch.zeros(1, *shape, device="meta"))
    for hook in hooks:
        hook.remove()
    return dict(layers), products
