"""Each readout gives what plain hooks and the libraries' own functions give, exactly."""

from __future__ import annotations

import copy
import importlib.util
import sys
from pathlib import Path

import pytest
import timm
import torch
from torch import nn
from torchvision import models
from trimming import few

from studio.engine.backbones import readout
from studio.engine.network import fusing
from studio.engine.network.features import flatten
from studio.system import lazy_compiler

FACTS = Path(__file__).resolve().parents[3] / "packaging" / "readout_facts.py"
SMALL = {"embed_dim": 32, "depth": 3, "num_heads": 2, "img_size": 32}

TOKENS = {
    "class token": ("vit_base_patch16_224", {}),
    "fc_norm after the mean": ("vit_base_patch16_224", {"global_pool": "avg"}),
    "distillation token": ("deit_base_distilled_patch16_224", {}),
    "registers": ("vit_base_patch14_reg4_dinov2", {"img_size": 28}),
    "registers, no class token": ("vit_base_patch16_reg4_gap_256", {}),
    "learned attention pool": ("vit_base_patch16_siglip_224", {}),
    "BEiT": ("beit_base_patch16_224", {}),
    "EVA": ("eva02_base_patch14_224", {"img_size": 28, "num_heads": 2}),
    "no prefix": ("mixer_s32_224", {}),
}
"""Networks of timm with tokens, each with other tokens or another place of the last normalization."""

MAPS = {
    "resnet": ("resnet10t", {}),
    "mobilenet, hidden layer after the pooling": ("mobilenetv3_small_050", {}),
    "convnext, normalized after the pooling": ("convnext_atto", {}),
    "convnext, another norm": ("convnext_atto_rms", {}),
    "swin, channels last": ("swin_tiny_patch4_window7_224", {"embed_dim": 16, "depths": (1, 1), "num_heads": (2, 2)}),
}

TORCHVISION = {
    "resnet18": ("layer4", "avgpool"),
    "mobilenet_v3_small": ("features", "avgpool"),
    "densenet121": ("", ""),
    "convnext_tiny": ("features", ""),
    "squeezenet1_1": ("", ""),
}


def photos(side: int, number: int = 3) -> torch.Tensor:
    return torch.rand((number, 3, side, side), generator=torch.Generator().manual_seed(2)).sub(0.5)


def make(arch: str, options: dict[str, object]) -> nn.Module:
    torch.manual_seed(5)
    own = {**SMALL, **options} if arch.startswith(("vit", "deit", "beit", "eva")) else options
    if arch.startswith("mixer"):
        own = {"img_size": 32}
    network = timm.create_model(arch, **own).eval().requires_grad_(False)
    network.reset_classifier(0)
    for parameter in network.parameters():  # or layers that begin as the identity would hide a wrong order
        parameter.add_(torch.randn(parameter.shape, generator=torch.Generator().manual_seed(7)) * 0.05)
    return network


def applied(network: nn.Module, chosen: str) -> nn.Module:
    changed = copy.deepcopy(network)
    readout.apply(changed, chosen)
    return changed


@pytest.fixture(scope="module")
def facts():
    spec = importlib.util.spec_from_file_location("readout_facts", FACTS)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["readout_facts"] = module
    spec.loader.exec_module(module)
    # Its mode imports torch's compiler otherwise, which takes two seconds.
    with lazy_compiler.placeholder():
        yield module.facts
    sys.modules.pop("readout_facts", None)


def side_of(network: nn.Module) -> int:
    size = getattr(getattr(network, "patch_embed", None), "img_size", None)
    return int(size[0]) if size else 32


@pytest.mark.parametrize("name", few(TOKENS, ("class token", "distillation token", "registers", "EVA")))
@torch.no_grad()
def test_tokens_are_those_of_timm(name, facts):
    network = make(*TOKENS[name])
    rows = photos(side_of(network))
    tokens = network.forward_features(rows)
    found = facts(network, rows[:1])
    norm = network.fc_norm if hasattr(network, "fc_norm") else nn.Identity()
    prefix = getattr(network, "num_prefix_tokens", 0)
    grid = network.patch_embed.num_patches if hasattr(network, "patch_embed") else network.stem.num_patches
    assert tokens.shape[1] == prefix + grid  # the patch mean has every patch, and nothing else
    first, mean = norm(tokens[:, 0]), norm(tokens[:, prefix:].mean(1))
    expected = {"patches": mean, "class": first, "class+patches": torch.cat([first, mean], 1)}
    expected["attention"] = network(rows)
    if "blocks" in found["readouts"]:
        kept = network.forward_intermediates(
            rows, indices=2, norm=True, return_prefix_tokens=True, intermediates_only=True, output_fmt="NLC"
        )
        expected["blocks"] = torch.cat([norm(extra[:, 0]) for _, extra in kept], 1)
    for kind in found["readouts"]:
        chosen = {"blocks": "blocks/2"}.get(kind, kind)
        actual = expected[kind] if kind == "attention" else flatten(applied(network, chosen)(rows))
        assert torch.equal(actual, expected[kind]), kind
        width = found["channels"] * {"class+patches": 2, "blocks": 2}.get(kind, 1)
        assert actual.shape == (3, width)
    if found["published"]:
        assert torch.equal(expected[found["published"]], network(rows))


@pytest.mark.slow
def test_the_readouts_of_each_network(facts):
    expected = {
        "class token": ("class", ["class", "patches", "class+patches", "blocks"], 3),
        "fc_norm after the mean": ("patches", ["class", "patches", "class+patches", "blocks"], 3),
        "distillation token": ("", ["class", "patches", "class+patches", "blocks"], 3),
        "registers": ("class", ["class", "patches", "class+patches", "blocks"], 3),
        "registers, no class token": ("patches", ["patches"], 0),
        "learned attention pool": ("attention", ["patches", "attention"], 0),
        "BEiT": ("patches", ["class", "patches", "class+patches", "blocks"], 3),
        "EVA": ("patches", ["class", "patches", "class+patches", "blocks"], 3),
        "no prefix": ("patches", ["patches"], 0),
    }
    for name, entry in TOKENS.items():
        network = make(*entry)
        found = facts(network, photos(side_of(network), 1))
        assert (found["published"], found["readouts"], found["blocks"]) == expected[name], name


@pytest.mark.parametrize("name", few(MAPS, ("resnet", "convnext, normalized after the pooling")))
@torch.no_grad()
def test_maps_are_those_of_timm(name, facts):
    network = make(*MAPS[name])
    rows = photos(224 if "swin" in name else 64)
    last = network.forward_features(rows)
    sides = (1, 2) if "swin" in name else (2, 3)
    average, most = last.mean(sides), last.amax(sides)
    if "convnext" in name:
        average, most = (network.head.norm(one[:, :, None, None]).flatten(1) for one in (average, most))
    found = facts(network, rows[:1])
    assert found["readouts"] == ["pooled", "average+maximum"]
    assert found["published"] == ("" if "mobilenet" in name or "another" in name else "pooled")
    assert torch.equal(flatten(applied(network, "pooled")(rows)), average)
    assert torch.equal(flatten(applied(network, "average+maximum")(rows)), torch.cat([average, most], 1))
    if found["published"]:
        assert torch.allclose(network(rows), average, atol=1e-6)


@pytest.mark.parametrize("name", few(TORCHVISION, ("resnet18",)))
@torch.no_grad()
def test_maps_are_those_of_torchvision(name, facts):
    torch.manual_seed(3)
    network = models.get_model(name).eval()
    last = [path for path, layer in network.named_modules() if isinstance(layer, nn.Linear | nn.Conv2d)][-1]
    network.set_submodule(last, nn.Identity())
    rows = photos(64)
    if name in ("densenet121", "squeezenet1_1"):
        output = torch.relu(network.features(rows))
    else:
        kept: list[torch.Tensor] = []
        network.get_submodule(TORCHVISION[name][0]).register_forward_hook(lambda _m, _i, out: kept.append(out))
        network(rows)
        output = kept[0]
    average, most = output.mean((2, 3)), output.amax((2, 3))
    if name == "convnext_tiny":
        average, most = (network.classifier[0](one[:, :, None, None]).flatten(1) for one in (average, most))
    found = facts(network, rows[:1])
    assert found["published"] == ("" if "v3" in name else "pooled")
    assert torch.equal(flatten(applied(network, "pooled")(rows)), average)
    assert torch.equal(flatten(applied(network, "average+maximum")(rows)), torch.cat([average, most], 1))
    if found["published"]:
        assert torch.allclose(flatten(network(rows)), average, atol=1e-6)


@torch.no_grad()
def test_tokens_are_those_of_torchvision(facts):
    torch.manual_seed(3)
    network = models.VisionTransformer(32, 16, 3, 2, 32, 64).eval()
    network.heads = nn.Sequential(nn.Identity())
    rows, outputs, kept = photos(32), [], []
    handles = [layer.register_forward_hook(lambda _m, _i, out: outputs.append(out)) for layer in network.encoder.layers]
    handles.append(network.encoder.register_forward_hook(lambda _m, _i, out: kept.append(out)))
    network(rows)
    for handle in handles:
        handle.remove()
    first, mean = kept[0][:, 0], kept[0][:, 1:].mean(1)
    lasts = torch.cat([network.encoder.ln(one)[:, 0] for one in outputs[-2:]], 1)
    found = facts(network, rows[:1])
    assert found == {
        "published": "class", "readouts": ["class", "patches", "class+patches", "blocks"], "channels": 32, "blocks": 3
    }  # fmt: skip
    expected = {"patches": mean, "class+patches": torch.cat([first, mean], 1), "blocks/2": lasts, "class": first}
    for chosen, features in expected.items():
        assert torch.equal(flatten(applied(network, chosen)(rows)), features), chosen


@torch.no_grad()
def test_copies_of_a_network_use_their_own_layers():
    network = applied(make("vit_base_patch16_224", {}), "blocks/2")
    rows = photos(32)
    before = network(rows)
    other = copy.deepcopy(network)
    shared = fusing._copy_modules(network)
    for block in other.blocks:
        for parameter in block.parameters():
            parameter.mul_(2)
    assert not torch.equal(other(rows), before)
    assert torch.equal(network(rows), before)
    assert torch.equal(shared(rows), before)
    assert not network._readout.blocks[0].outputs  # nothing of a pass is left


@pytest.mark.slow
def test_layers_after_the_readout_are_left_out():
    mobile = applied(make("mobilenetv3_small_050", {}), "pooled")
    assert not any(name.startswith("conv_head") for name, _ in mobile.named_parameters())
    siglip = applied(make("vit_base_patch16_siglip_224", {}), "patches")
    assert not any(name.startswith("attn_pool") for name, _ in siglip.named_parameters())
    lite = applied(make("tf_efficientnet_lite0", {}), "average+maximum")
    assert any(name.startswith("conv_head") for name, _ in lite.named_parameters())  # it is before the last map


def test_the_published_readout_does_not_change_a_network():
    network = make("vit_base_patch16_224", {})
    own = type(network)
    readout.apply(network, "")
    assert type(network) is own
    assert "_readout" not in vars(network)
