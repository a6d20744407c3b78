from __future__ import annotations

import collections
import functools
import itertools

import numpy as np
import own_network
import pytest
import torch
from tiny import SMALL, finish, only
from torch import Tensor
from trimming import few

from studio.data.images.decode import read
from studio.data.images.preprocess import frame, normalize
from studio.engine.backbones import weights
from studio.engine.backbones.backbone import LoadedBackbone
from studio.engine.inspection import activations
from studio.engine.inspection.activations import pictures
from studio.engine.inspection.grad_cam import heatmap
from studio.events import LayerOutput
from studio.jobs.protocol import Interrupted, never
from studio.spec import BackboneSpec, UserError

RESNET = BackboneSpec("resnet18", "none", 64)


@pytest.fixture
def photo(photos):
    return str(photos / "warm" / "03.jpg")


def look(spec: BackboneSpec, layer: str, photo: str, shop: LoadedBackbone | None = None, **more) -> LayerOutput:
    return only(list(activations.outputs(shop or LoadedBackbone(), spec, layer, photo, **more)), LayerOutput)[0]


def test_feature_maps_equal_the_layers_output(photo):
    shop = LoadedBackbone()
    output = look(RESNET, "layer1.0.conv1", photo, shop)
    base = finish(shop.get(RESNET, never))[1]
    pixels = normalize(frame(read(photo), base.preprocess)[None], base.preprocess)
    net = base.network
    with torch.no_grad():
        inside = net.maxpool(net.relu(net.bn1(net.conv1(torch.from_numpy(pixels)))))
        expected = net.layer1[0].conv1(inside)[0].numpy()
    assert output.shape == (64, 16, 16)
    assert (output.layer, output.path) == ("layer1.0.conv1", photo)
    np.testing.assert_allclose(output.maps, expected[list(output.channels)], rtol=1e-4, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "size", "most_calls"),
    [
        ("resnet18", 64, 2),
        ("resnet50", 64, 3),
        ("swin_t", 64, 2),
        ("convnext_atto", 64, 1),
        ("timm/efficientnet_b0", 64, 1),
        ("mobilenetv3_small_050", 64, 1),
        ("vit_tiny_patch16_dinov3_qkvb", 64, 1),  # with registers
    ],
)
def test_every_call_of_a_layer_gives_the_output_of_a_plain_hook(photo, name, size, most_calls):
    spec, shop = BackboneSpec(name, "none", size), LoadedBackbone()
    base = finish(shop.get(spec, never))[1]
    found: dict[str, list[np.ndarray]] = collections.defaultdict(list)

    def store(path, _module, _inputs, output):
        found[path].append(output.detach().clone().numpy())

    layers = [layer for layer in base.table.layers if layer.type != "Parameter" and layer.calls]
    hooks = [
        base.network.get_submodule(one.path).register_forward_hook(functools.partial(store, one.path)) for one in layers
    ]
    with torch.no_grad():
        base.network(torch.from_numpy(normalize(frame(read(photo), base.preprocess)[None], base.preprocess)))
    for hook in hooks:
        hook.remove()
    assert max(map(len, found.values())) == most_calls
    for layer in layers:
        assert activations.calls_of(base, layer.path) == layer.calls == len(found[layer.path])
        for call, batch in enumerate(found[layer.path], 1):
            expected = batch[0] if len(batch) == 1 else batch
            output, _, _ = finish(activations.exact_output(shop, spec, layer.path, photo, call=call))[1]
            np.testing.assert_allclose(output, expected, atol=1e-5 * np.abs(expected).max(), err_msg=layer.path)
            assert output.shape == layer.at_call(call).output_shape


@pytest.mark.slow
def test_calls_of_one_layer_have_shapes_and_values_of_their_own(photo):
    shop, spec = LoadedBackbone(), BackboneSpec("resnet50", "none", 64)
    one, two, three = (look(spec, "layer1.0.relu", photo, shop, call=call) for call in (1, 2, 3))
    assert [found.shape for found in (one, two, three)] == [(64, 16, 16), (64, 16, 16), (256, 16, 16)]
    assert [(found.call, found.calls) for found in (one, three)] == [(1, 3), (3, 3)]
    assert not np.array_equal(np.sort(one.maps, axis=None), np.sort(two.maps, axis=None))
    assert look(spec, "layer1.0", photo, shop).facts == three.facts  # the block ends with its third ReLU
    with pytest.raises(UserError, match="no call 4: it runs 3 times in a pass"):
        look(spec, "layer1.0.relu", photo, shop, call=4)


@pytest.mark.slow
def test_maps_with_the_largest_response_come_first_up_to_the_chosen_number(photo):
    output = look(RESNET, "layer4", photo, limit=10)
    assert output.maps.shape[0] == len(output.channels) == 10
    spreads = output.maps.reshape(10, -1).std(1)
    assert all(first >= second for first, second in itertools.pairwise(spreads))
    everything = look(RESNET, "layer4", photo, limit=512)
    assert set(everything.channels) == set(range(512))
    assert output.channels == everything.channels[:10]
    assert spreads[0] == everything.maps.reshape(512, -1).std(1).max() > 0


@pytest.mark.slow
def test_a_vector_is_one_row(photo):
    output = look(BackboneSpec("alexnet", "none", 64), "classifier.4", photo)
    assert output.shape == (4096,)
    assert output.maps.shape == (1, 1, 4096)


def test_tokens_of_a_transformer_are_at_their_positions_in_the_photo(photo):
    output = look(BackboneSpec("vit_tiny_patch16_224", "none", 64), "blocks.3", photo)
    assert output.shape == (17, 192)
    assert output.maps.shape == (192, 4, 4)


@pytest.mark.slow
def test_maps_with_channels_last_are_transposed(photo):
    output = look(BackboneSpec("swin_t", "none", 64), "features.1", photo)
    assert output.shape == (16, 16, 96)
    assert output.maps.shape == (96, 16, 16)


@pytest.mark.parametrize("layer", few(["cls_token", "pos_embed"], ["cls_token"]))
def test_the_output_of_a_bare_parameter_is_its_value(photo, layer):
    output = look(BackboneSpec("vit_tiny_patch16_224", "none", 64), layer, photo)
    assert output.maps.shape == {"cls_token": (1, 1, 192), "pos_embed": (192, 4, 4)}[layer]
    assert output.parameter


@pytest.mark.parametrize(
    "layer", few(["nowhere", "layer1.9", "", "training", "layer1.0.conv1.stride", "layer1..0"], ["training"])
)
def test_an_unknown_layer_is_an_error(photo, layer):
    with pytest.raises(UserError, match="no layer"):
        look(RESNET, layer, photo)


@pytest.mark.slow
def test_a_layer_that_is_never_called_has_a_reason_for_no_output(photo):
    backbone = BackboneSpec("efficientnet_b0", "none", 64)
    with pytest.raises(UserError, match="the network does not call it"):
        look(backbone, "features.7.0.stochastic_depth", photo)


@pytest.mark.slow
def test_a_photo_that_cannot_be_read_is_an_error_that_names_it(photos):
    (photos / "bad.jpg").write_bytes(b"no photo")
    for name in ("bad.jpg", "nowhere.jpg"):
        with pytest.raises(UserError, match=name):
            look(RESNET, "layer1", str(photos / name))


def test_the_network_is_loaded_once_for_many_looks_and_again_for_another(photo, monkeypatch):
    loaded: list[str] = []
    honest = weights.load

    def counting(info, spec, stop, seed):
        loaded.append(info.name)
        return honest(info, spec, stop, seed)

    monkeypatch.setattr(weights, "load", counting)
    shop = LoadedBackbone()
    for layer in ("conv_stem", "blocks.0", "bn2"):
        look(SMALL, layer, photo, shop)
    look(RESNET, "layer1", photo, shop)
    assert loaded == [SMALL.name, "resnet18"]


def test_no_hook_remains_after_activations_even_when_stopped(photo):
    shop = LoadedBackbone()
    look(RESNET, "layer1", photo, shop)
    network = finish(shop.get(RESNET, never))[1].network
    answers = iter([False] * 4 + [True] * 100)
    with pytest.raises(Interrupted):
        look(RESNET, "layer4", photo, shop, stop=lambda: next(answers))
    assert not any(module._forward_hooks for module in network.modules())


@pytest.mark.parametrize(
    ("shape", "maps"),
    [
        ((8, 5, 5), (8, 5, 5)), ((5, 5, 8), (8, 5, 5)), ((80, 80, 96), (64, 80, 80)), ((16, 16, 48), (48, 16, 16)),
        ((8, 1, 1), (8, 1, 1)), ((49, 12), (12, 7, 7)), ((50, 12), (12, 7, 7)), ((54, 12), (12, 7, 7)),
        ((3, 100), (1, 3, 100)), ((30,), (1, 1, 30)), ((), (1, 1, 1)), ((2, 3, 4, 5), (1, 1, 120)),
    ],
)  # fmt: skip
def test_outputs_of_any_shape_are_drawn(shape, maps):
    values = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    images, channels = pictures(np.asarray(values), 64)
    assert images.shape == maps
    assert images.dtype == np.float32
    assert len(channels) == len(images)


def test_tokens_are_drawn_at_their_positions():
    tokens = np.zeros((10, 3), np.float32)
    tokens[0] = 99  # the class token is left out
    tokens[1 + 3 * 1 + 2, 1] = 5
    images, channels = pictures(tokens, 64)
    assert images[channels.index(1)].tolist() == [[0, 0, 0], [0, 0, 5], [0, 0, 0]]
    assert images.max() == 5


def test_tokens_computed_without_the_photo_are_all_shown(photo, tmp_path):
    text = """
import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.attention, self.fc = nn.Conv2d(3, 4, 4, 4), nn.MultiheadAttention(4, 2), nn.Linear(4, 5)
    def forward(self, x):
        x = self.embed(x).flatten(2).permute(2, 0, 1)
        return self.fc(self.attention(x, x, x)[0].mean(0))
def factory(): return Net()
"""
    spec = own_network.spec(own_network.write(tmp_path, text))
    assert look(spec, "attention", photo).shape == (64, 4)


WINDOWS = """
from torch import nn
class Windows(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(4, 4)
    def forward(self, x):  # (N, 4, 4, C): four windows of 2 x 2
        n = len(x)
        x = x.reshape(n, 2, 2, 2, 2, 4).transpose(2, 3).reshape(n * 4, 4, 4)
        return self.inner(x).reshape(n, 2, 2, 2, 2, 4).transpose(2, 3).reshape(n, 4, 4, 4)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.block, self.fc = nn.Conv2d(3, 4, 8, 8), Windows(), nn.Linear(4, 5)
    def forward(self, x):
        return self.fc(self.block(self.embed(x).permute(0, 2, 3, 1)).mean((1, 2)))
def factory(): return Net()
"""


def test_a_layer_within_windows_shows_all_of_them(photo, tmp_path):
    spec = own_network.spec(own_network.write(tmp_path, WINDOWS))
    output = look(spec, "block.inner", photo, shop := LoadedBackbone())
    assert (output.shape, output.maps.shape, output.grid) == ((4, 4, 4), (1, 16, 4), False)
    whole = look(spec, "block", photo, shop)
    assert (whole.shape, whole.grid) == ((4, 4, 4), True)
    assert sorted(output.maps.ravel()) == sorted(whole.maps.ravel())

    base = finish(shop.get(spec, never))[1]
    rows = {layer.path: layer for layer in base.table.layers}
    assert (rows["block.inner"].output_shape, rows["block.inner"].windowed) == ((4, 4, 4), True)
    assert not rows["block"].windowed
    photo_of_ones = torch.ones(1, 3, 32, 32)
    with pytest.raises(UserError, match="windows of the photo"):
        heatmap(base.network, "block.inner", Tensor.sum, photo_of_ones)
    assert heatmap(base.network, "block", Tensor.sum, photo_of_ones).shape == (4, 4)
