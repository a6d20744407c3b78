from __future__ import annotations

import functools

import pytest
import torch
from tiny import SMALL, load, on_meta, plain
from trimming import few

from studio.catalog import catalog
from studio.engine.backbones import backbone
from studio.engine.network import layers
from studio.jobs.protocol import Interrupted
from studio.planning import freezing
from studio.spec import BackboneSpec, UserError

SEVERAL = [
    "resnet18", "squeezenet1_1", "mobilenet_v3_small", "densenet121", "vit_b_32", "swin_t", "convnext_tiny",
    "vit_tiny_patch16_224", "deit_tiny_distilled_patch16_224", "convnext_atto", "coat_tiny", "crossvit_tiny_240",
    "pit_ti_224", "repghostnet_050", "nextvit_small", "efficientvim_m1", "beit_base_patch16_224", "cait_xxs24_224",
]  # fmt: skip

QUICK = ("resnet18", "vit_tiny_patch16_224", "repghostnet_050")
"""Networks of the default suite: with convolutions, with attention, and with other layers."""


@functools.cache
def table_of(name: str) -> tuple[torch.nn.Module, layers.LayerTable]:
    entry = catalog.find(name)
    network, classifier = on_meta(entry.source, entry.arch, entry.input_size[1])
    return network, layers.table(network, name, classifier, entry.preprocess.size)


@pytest.mark.slow
@pytest.mark.parametrize("name", few(SEVERAL, QUICK))
def test_leaves_have_every_parameter_once_and_parents_precede_children(name):
    network, table = table_of(name)
    entry = catalog.find(name)
    leaves = [layer for layer in table.layers if layer.leaf]
    assert sum(leaf.parameters for leaf in leaves) == table.parameters == entry.parameters
    assert table.features == entry.features
    held = {name for leaf in leaves for name in layers.leaf_tensors(network, leaf.path)}
    assert {name for name, _ in network.named_parameters()} <= held
    visited: set[str] = set()
    for layer in table.layers:
        parent = layer.path.rpartition(".")[0]
        assert layer.path not in visited
        assert not parent or parent in visited
        visited.add(layer.path)
        assert layer.depth == layer.path.count(".")


@pytest.mark.slow
@pytest.mark.parametrize("name", few(SEVERAL, QUICK))
def test_every_layer_can_be_the_last_frozen_one(name):
    _, table = table_of(name)
    for layer in table.layers:
        frozen = freezing.frozen_leaves(freezing.FreezePlan(until=layer.path), table.layers)
        assert frozen, layer.path


def test_shapes_are_those_of_a_forward_pass():
    table = plain("resnet18", 64).table
    rows = {layer.path: layer for layer in table.layers}
    assert rows["conv1"].input_shape == (3, 64, 64)
    assert rows["conv1"].output_shape == (64, 32, 32)
    assert rows["layer1"].output_shape == (64, 16, 16)
    assert rows["layer4.1.bn2"].output_shape == (512, 2, 2)
    assert rows["avgpool"].output_shape == (512, 1, 1)
    assert rows["conv1"].parameters == 64 * 3 * 7 * 7
    assert [rows[path].calls for path in ("relu", "layer1.0.relu", "layer1.0")] == [1, 2, 1]
    assert "fc" not in rows
    assert table.classifier == "fc"
    assert table.image_size == (64, 64)


@pytest.mark.slow
def test_siblings_are_in_execution_order():
    rows = [layer.path for layer in plain("resnet18", 64).table.layers if layer.depth == 0]
    assert rows == ["conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4", "avgpool"]
    order = [layer.order for layer in load().table.layers if layer.leaf]
    assert order == sorted(order)


@pytest.mark.slow
def test_bare_parameters_are_layers_of_their_own():
    _, table = table_of("vit_tiny_patch16_224")
    rows = {layer.path: layer for layer in table.layers}
    for path, count in (("cls_token", 192), ("pos_embed", 197 * 192)):
        assert (rows[path].type, rows[path].leaf, rows[path].parameters) == ("Parameter", True, count)
    assert rows["cls_token"].order <= rows["blocks.0.norm1"].order


def test_a_norm_with_its_activation_is_one_layer():
    leaf = next(layer for layer in load().table.layers if layer.type == "BatchNormAct2d")
    assert leaf.leaf


def test_listing_the_layers_does_not_change_the_network():
    network, classifier = on_meta("torchvision", "resnet18")
    network.train()
    layers.table(network, "resnet18", classifier, (64, 64))
    assert network.training
    assert not any(module._forward_hooks for module in network.modules())


def test_a_photo_too_small_for_the_network_is_an_error_that_names_both():
    with pytest.raises(UserError) as fault:
        load(BackboneSpec("alexnet", "none", 16))
    assert "“alexnet”" in fault.value.title
    assert "16 × 16" in fault.value.title
    assert "larger" in fault.value.hint


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("vit_b_32", 100), ("vit_tiny_patch16_224", 8), ("swin_t", 1), ("densenet121", 8),
        ("swin_tiny_patch4_window7_224", 100), ("mixer_s16_224", 64),
        ("resnet18", 0), ("resnet18", -5), ("resnet18", 100_000),
    ],
)  # fmt: skip
def test_an_unsupported_image_size_is_an_error(name, size):
    with pytest.raises(UserError) as fault:
        load(BackboneSpec(name, "none", size))
    assert str(size) in fault.value.title or "only takes" in fault.value.title
    assert fault.value.hint


@pytest.mark.slow
@pytest.mark.parametrize(
    "words", ["could not create a primitive", "[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"]
)
def test_insufficient_memory_is_not_reported_as_an_unsupported_size(words):
    class Hungry(torch.nn.Conv2d):
        def forward(self, _input: torch.Tensor) -> torch.Tensor:
            raise RuntimeError(words)

    with pytest.raises(UserError, match="not enough memory to pass a single photo") as fault:
        layers.table(torch.nn.Sequential(Hungry(3, 2, 1)), "resnet18", "fc", (8, 8))
    assert "smaller" in fault.value.hint


@pytest.mark.slow
def test_a_transformer_of_torchvision_takes_another_size():
    network, classifier = on_meta("torchvision", "vit_b_32", 64)
    rows = {layer.path: layer for layer in layers.table(network, "vit_b_32", classifier, (64, 64)).layers}
    assert rows["encoder"].output_shape == (5, 768)


def test_listing_the_layers_can_be_stopped_between_two_layers(monkeypatch):
    monkeypatch.setattr(backbone, "_TABLES", {})  # another test may have cached the layer table
    answers: list[bool] = []

    def stop() -> bool:
        answers.append(True)
        return len(answers) > 5

    with pytest.raises(Interrupted):
        load(SMALL, stop=stop)
    assert len(answers) == 6
