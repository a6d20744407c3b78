from __future__ import annotations

import warnings

import pytest
import timm
import torch
from tensors import assert_close
from tiny import on_meta, plain
from torch import nn
from torchvision import models
from trimming import few

from studio.engine.backbones import builders
from studio.engine.network.features import flatten
from studio.engine.training.head import Head
from studio.spec import HeadSpec
from studio.system import lazy_compiler


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "arch", "place"),
    [
        ("torchvision", "resnet18", "fc"),
        ("torchvision", "alexnet", "classifier.6"),
        ("torchvision", "squeezenet1_1", "classifier.1"),
        pytest.param("torchvision", "densenet121", "classifier", marks=pytest.mark.slow),
        ("torchvision", "mobilenet_v3_small", "classifier.3"),
        pytest.param("torchvision", "vit_b_32", "heads.head", marks=pytest.mark.slow),
        pytest.param("torchvision", "swin_t", "head", marks=pytest.mark.slow),
        pytest.param("torchvision", "convnext_tiny", "classifier.2", marks=pytest.mark.slow),
        ("timm", "resnet18", "fc"),
        ("timm", "vit_tiny_patch16_224", "head"),
        ("timm", "convnext_atto", "head.fc"),
        pytest.param("timm", "deit_tiny_distilled_patch16_224", "head", marks=pytest.mark.slow),
    ],
)
def test_the_last_layer_is_removed_in_every_family(source, arch, place):
    network, path = on_meta(source, arch)
    assert path == place
    assert isinstance(network.get_submodule(path), nn.Identity)
    whole = sum(p.numel() for p in networks_own(source, arch).parameters())
    assert sum(p.numel() for p in network.parameters()) < whole


def networks_own(source, arch):
    """The library's own network with all its layers, on the meta device."""
    with torch.device("meta"):
        return models.get_model(arch, weights=None) if source == "torchvision" else timm.create_model(arch)


@pytest.mark.slow
def test_a_distilled_network_loses_both_of_its_heads():
    network, _ = on_meta("timm", "deit_tiny_distilled_patch16_224")
    assert isinstance(network.head, nn.Identity)
    assert isinstance(network.head_dist, nn.Identity)
    assert flatten(network(torch.zeros(2, 3, 224, 224, device="meta"))).shape == (2, 192)


@pytest.mark.parametrize(
    ("name", "width"),
    few(
        [("resnet18", 512), ("squeezenet1_1", 512), ("mobilenet_v3_small", 1024), ("timm/resnet10t", 512)],
        ["squeezenet1_1", "timm/resnet10t"],
    ),
)
def test_features_are_flat(name, width):
    base = plain(name, 64)
    with torch.no_grad():
        assert base.features(torch.zeros(2, 3, 64, 64)).shape == (2, width)
    assert base.table.features == width


def test_feature_maps_of_one_pixel_are_flattened():
    assert flatten(torch.ones(8, 512, 1, 1)).shape == (8, 512)


def test_larger_feature_maps_are_averaged():
    maps = torch.arange(8.0).reshape(1, 2, 2, 2)
    assert flatten(maps).tolist() == [[1.5, 5.5]]


@pytest.mark.slow
@lazy_compiler.placeholder()
def test_resnet18_with_a_head_of_ten_classes_gives_ten_scores():
    network, _ = on_meta("torchvision", "resnet18")
    with torch.device("meta"):
        photos = torch.zeros(8, 3, 224, 224)
        features = flatten(network(photos))
        assert features.shape == (8, 512)
        assert nn.Linear(512, 10)(features).shape == (8, 10)
    assert Head(512, 10, HeadSpec(), seed=1)(torch.zeros(8, 512)).shape == (8, 10)


@pytest.mark.slow
@pytest.mark.parametrize("arch", ["googlenet", "inception_v3"])
def test_auxiliary_classifiers_are_omitted_even_in_training_mode(arch):
    network, _ = on_meta("torchvision", arch)
    assert not [name for name, _ in network.named_parameters() if "aux" in name.lower()]
    features = network.train()(torch.zeros(2, 3, 299, 299, device="meta"))
    assert isinstance(features, torch.Tensor)


CASES = [
    ("torchvision", "resnet18", lambda net: net.fc),
    ("torchvision", "alexnet", lambda net: net.classifier[6]),
    ("torchvision", "mobilenet_v3_small", lambda net: net.classifier[3]),
    ("timm", "mobilenetv2_035", lambda net: net.classifier),
    ("timm", "resnet10t", lambda net: net.fc),
]


@pytest.mark.slow
@pytest.mark.parametrize(("source", "arch", "last"), CASES, ids=[case[1] for case in CASES])
def test_backbone_and_original_last_layer_equal_the_librarys_network(source, arch, last):
    torch.manual_seed(3)
    whole = (models.get_model(arch, weights=None) if source == "torchvision" else timm.create_model(arch)).eval()
    network, _ = builders.build(source, arch)
    network.load_state_dict({k: v for k, v in whole.state_dict().items() if k in network.state_dict()})
    photos = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        ours = last(whole)(flatten(network.eval()(photos)))
        assert_close(ours, whole(photos))


def test_googlenet_normalizes_as_its_published_weights_expect():
    network, _ = on_meta("torchvision", "googlenet")
    assert network.transform_input


@pytest.mark.slow
def test_building_shows_no_deprecation_warnings_of_the_libraries():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        on_meta("timm", "vit_tiny_patch16_224")
        on_meta("torchvision", "googlenet")
