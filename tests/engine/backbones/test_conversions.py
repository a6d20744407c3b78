"""Conversion of weights for another image size or with the names of other programs."""

from __future__ import annotations

import dataclasses

import few_layers
import pytest
import timm
import torch
from torch import nn
from torchvision.models.densenet import DenseNet
from torchvision.models.mnasnet import MNASNet
from torchvision.models.vision_transformer import VisionTransformer, interpolate_embeddings

from studio.catalog import catalog
from studio.engine.backbones import builders, conversions, weights
from studio.engine.backbones.conversions import read_tensor
from studio.engine.backbones.from_timm import Timm
from studio.engine.network import features
from studio.engine.weight_files import fitting

TIMM = catalog.find("vit_tiny_patch16_224")
TORCHVISION = catalog.find("vit_b_16")


def timm_vit(size: int) -> nn.Module:
    with features.quiet():
        return timm.create_model("test_vit", img_size=size)


@pytest.mark.parametrize(("saved", "size"), [(160, 96), (96, 160)])
def test_positions_of_timms_transformers_are_interpolated_as_in_timm(saved, size):
    torch.manual_seed(1)
    state = {f"model.{name}": tensor for name, tensor in timm_vit(saved).state_dict().items()}
    network = timm_vit(size)
    network.reset_classifier(0)
    tensors, match, words = conversions.convert(TIMM, network, state, size)
    assert match.fits
    assert match.prefix == "model."
    assert "positions (pos_embed) were interpolated" in words[0]
    expected = timm.layers.resample_abs_pos_embed(
        state["model.pos_embed"], [size // 16] * 2, num_prefix_tokens=network.num_prefix_tokens
    )
    assert torch.equal(read_tensor(tensors[match.names["pos_embed"]]), expected)
    for name, there in match.names.items():
        if name != "pos_embed":
            assert torch.equal(read_tensor(tensors[there]), state[f"model.{name}"])


@pytest.mark.parametrize(("saved", "size"), [(64, 32), (32, 64)])
def test_positions_of_torchvisions_transformers_are_interpolated_as_in_torchvision(saved, size):
    def vit(size: int) -> VisionTransformer:
        return VisionTransformer(size, 8, 1, 2, 16, 16)

    torch.manual_seed(1)
    state = vit(saved).state_dict()
    network = vit(size)
    network.heads = nn.Identity()
    tensors, match, words = conversions.convert(TORCHVISION, network, state, size)
    assert match.fits, match
    assert len(words) == 1
    expected = interpolate_embeddings(size, 8, dict(state))["encoder.pos_embedding"]
    assert torch.equal(read_tensor(tensors[match.names["encoder.pos_embedding"]]), expected)


def test_a_file_may_lack_tables_that_the_network_computes():
    network = builders.build_on_meta("torchvision", "swin_v2_t")
    state = network.state_dict()
    own = [name for name in state if name.endswith(("relative_coords_table", "relative_position_index"))]
    assert any(state[name].is_floating_point() for name in own)
    assert fitting.fit(network, {name: tensor for name, tensor in state.items() if name not in own}).fits
    weight = next(name for name in state if name.endswith("qkv.weight"))
    assert fitting.fit(network, {name: tensor for name, tensor in state.items() if name != weight}).missing == (weight,)


def test_another_patch_size_is_another_network():
    state = timm.create_model("test_vit", patch_size=32, img_size=160).state_dict()
    network = timm_vit(160)
    network.reset_classifier(0)
    match = conversions.convert(TIMM, network, state, 160)[1]
    assert not match.fits
    assert "patch_embed.proj.weight" in match.shapes


def test_names_of_other_programs_are_renamed_by_the_librarys_own_function(monkeypatch):
    network, state = few_layers.backbone(), few_layers.original().state_dict()
    foreign = {f"state_dict.{name.replace('layer1', 'stage')}": tensor for name, tensor in state.items()}

    def rename(tensors):
        return {name.replace("stage", "layer1"): tensor for name, tensor in tensors.items()}

    assert not conversions.convert(TIMM, network, foreign, 32)[1].fits
    monkeypatch.setattr(Timm, "renamer", lambda _self, _network: rename)
    tensors, match, words = conversions.convert(TIMM, network, foreign, 32)
    assert match.fits
    assert "renamed" in words[0]
    assert all(torch.equal(read_tensor(tensors[there]), state[name]) for name, there in match.names.items())
    deeper = {f"state_dict.{n.replace('layer1', 'stage')}": t for n, t in few_layers.original(3).state_dict().items()}
    assert not conversions.convert(TIMM, network, deeper, 32)[1].fits


def test_the_bundled_file_is_matched_by_order_and_a_longer_one_is_refused():
    info = catalog.find("tf_efficientnet_lite0")
    network, state = few_layers.backbone(), few_layers.original().state_dict()
    theirs = {f"t{number}": tensor for number, tensor in enumerate(state.values())}
    tensors, match, _ = conversions.convert(info, network, theirs, 32)
    assert match.fits
    assert torch.equal(read_tensor(tensors[match.names["layer1.1.conv1.weight"]]), state["layer1.1.conv1.weight"])
    named = {f"t{number}.{name.rsplit('.', 1)[-1]}": tensor for number, (name, tensor) in enumerate(state.items())}
    assert conversions.convert(info, network, named, 32)[1].fits
    ends = list(named)
    mean, variance = (next(n for n in ends if n.endswith(part)) for part in ("running_mean", "running_var"))
    swapped = {{mean: variance, variance: mean}.get(name, name): tensor for name, tensor in named.items()}
    assert not conversions.convert(info, network, swapped, 32)[1].fits, "names that say another part were not heeded"
    longer = {**theirs, "t97": torch.ones(3), "t98": torch.ones(3), "t99": torch.ones(3)}
    assert not conversions.convert(info, network, longer, 32)[1].fits


def test_names_in_torchvisions_published_densenets_are_matched():
    network = DenseNet(4, (2, 2), 8, num_classes=3)
    state = network.state_dict()
    old = {
        name.replace(".norm1.", ".norm.1.").replace(".norm2.", ".norm.2.").replace(".conv1.", ".conv.1.")
        .replace(".conv2.", ".conv.2."): tensor
        for name, tensor in state.items()
        if "num_batches_tracked" not in name
    }  # fmt: skip
    assert set(old) - set(state)
    network.classifier = nn.Identity()
    assert fitting.fit(network, old).fits


def test_a_network_with_its_own_loading_code_is_loaded(tmp_path, monkeypatch):
    torch.manual_seed(1)
    whole = MNASNet(0.1, num_classes=3)
    torch.save(dict(whole.state_dict()), tmp_path / "net.pt")
    bare = MNASNet(0.1, num_classes=3)
    bare.classifier[1] = nn.Identity()
    monkeypatch.setattr(builders, "build", lambda *_: (bare, "classifier.1"))
    network = weights.from_file(dataclasses.replace(catalog.find("mnasnet0_5")), tmp_path / "net.pt", 32)[0]
    assert torch.equal(network.layers[0].weight, whole.layers[0].weight)
