"""Networks from users' own Python files."""

from __future__ import annotations

import shutil

import own_network
import pytest
import torch
from own_network import NET, OTHERS, spec
from safetensors.torch import save_file
from tiny import finish, load
from torch import nn

from studio.engine.backbones import backbone
from studio.engine.extraction import extract
from studio.engine.network import splitting
from studio.engine.training.head import Head
from studio.events import Stage, Warned
from studio.jobs.protocol import never
from studio.spec import HeadSpec, UserError
from studio.spec.network_file import parse


def whole(classes: int = 1000) -> nn.Module:
    """The network of `NET`, made by the test itself."""
    names: dict[str, type[nn.Module]] = {}
    exec(NET, names)
    torch.manual_seed(7)
    return names["Net"](classes).eval()


def test_32_photos_of_32_pixels_and_ten_classes_give_32_times_10(tmp_path):
    base = load(spec(own_network.write(tmp_path)))
    head = Head(base.table.features, 10, HeadSpec(), seed=1)
    assert base.table.classifier == "classifier.3"
    assert base.features(torch.rand(32, 3, 32, 32)).shape == (32, 12)
    assert head(base.features(torch.rand(32, 3, 32, 32))).shape == (32, 10)
    assert base.table.parameters == sum(p.numel() for p in whole().parameters()) - 12 * 1000 - 1000


def test_without_an_agreement_no_line_of_the_file_runs(tmp_path):
    marker = tmp_path / "ran"
    name = own_network.write(tmp_path, f"open({str(marker)!r}, 'w').close()\n{NET}", agreed=False)
    with pytest.raises(UserError, match="not agreed to run it") as caught:
        load(spec(name))
    assert "--trust" in caught.value.hint
    assert not marker.exists()


def test_a_changed_file_needs_a_new_agreement_and_is_not_the_network_that_was_chosen(tmp_path):
    name = own_network.write(tmp_path)
    (tmp_path / "net.py").write_text(f"{NET}\n# changed")
    with pytest.raises(UserError, match="has changed"):
        load(spec(name))
    again = own_network.write(tmp_path, f"{NET}\n# changed again", agreed=False)
    with pytest.raises(UserError, match="not agreed"):
        load(spec(again))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("factory", "title", "hint"),
    [
        ("none", r"none in .*net.py returns nothing \(None\), not a network", "Return the network"),
        ("boom", r"boom\(\) of .*net.py raised ValueError in line 11: no luck", "Correct the file"),
        ("exits", r"exits\(\) of .*net.py raised SystemExit in line 12", "Correct the file"),
        ("needs", "missing 1 required positional argument", "called without arguments"),
        ("nothing", "There is no function or class “nothing”", "It has conv, none, boom"),
        ("network", "network in .* is a network, not a function", "returns a new network"),
        ("no_linear", r"no linear layer at its end .*: its last layer with weights is 0 \(Conv2d\)", "nn.Linear"),
        ("Gate", "no linear layer at its end", "nn.Linear"),
        ("not_flat", r"layer 2 \(Linear\) expects \(2, 4\) and gets \(2, 4, 1, 1\)", "Flatten the map"),
        ("Tokens", r"head, has the shape \(2, 16, 4\) for 2 photos, and not one vector", "Flatten or average"),
        ("fixed_size", r"layer 2 \(Linear\) expects \(2, 784\) and gets \(2, 1024\)", "takes photos of 28 × 28"),
        ("gray", r"layer 0 \(Conv2d\) expects 1 channel and gets 3", "red, green, blue"),
        ("too_small", r"cannot take photos of 32 × 32 pixels: its layer 2 \(MaxPool2d\)", "image size"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_words(tmp_path, factory, title, hint):
    with pytest.raises(UserError, match=title) as caught:
        load(spec(own_network.write(tmp_path, OTHERS, factory)))
    assert hint in caught.value.hint


@pytest.mark.slow
def test_errors_of_the_file_name_the_line_or_the_missing_package(tmp_path):
    with pytest.raises(UserError, match=r"net.py raised SyntaxError in line 2"):
        load(spec(own_network.write(tmp_path, "import torch\ndef f(:")))
    with pytest.raises(UserError, match="raised ModuleNotFoundError in line 1") as caught:
        load(spec(own_network.write(tmp_path, "import no_such_package_x")))
    assert "Install no_such_package_x" in caught.value.hint
    (tmp_path / "blocks.py").touch()
    with pytest.raises(UserError, match="ModuleNotFoundError") as caught:
        load(spec(own_network.write(tmp_path, "import blocks  # beside it")))
    assert "blocks is in the same folder" in caught.value.hint


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    name = own_network.write(tmp_path)
    (tmp_path / "net.py").unlink()
    with pytest.raises(UserError, match="There is no network file at"):
        load(spec(name))


@pytest.mark.slow
@pytest.mark.parametrize("factory", ["soft", "lazy", "wrapped", "TokensMean", "Named"])
def test_networks_of_other_forms_give_one_vector_per_photo(tmp_path, factory):
    base = load(spec(own_network.write(tmp_path, OTHERS, factory)))
    photos = torch.rand(3, 3, 32, 32)
    assert base.features(photos).shape == (3, 4)
    assert not torch.equal(base.features(photos)[0], base.features(photos)[1])


@pytest.mark.slow
def test_features_before_a_softmax_are_the_input_of_the_last_linear_layer(tmp_path):
    base = load(spec(own_network.write(tmp_path, OTHERS, "soft")))
    photos = torch.rand(3, 3, 32, 32)
    pooled = base.network.get_submodule("1")(base.network.get_submodule("0")(photos)).flatten(1)
    assert torch.equal(base.features(photos), pooled)


@pytest.mark.slow
def test_random_weights_cause_a_warning_and_stored_ones_do_not(tmp_path):
    events, _ = finish(backbone.load(spec(own_network.write(tmp_path)), never))
    assert any(isinstance(event, Warned) and "are random" in event.title for event in events)
    save_file(whole().state_dict(), tmp_path / "weights.safetensors")
    stored = NET.replace(
        "    return Net()",
        f"    from safetensors.torch import load_file\n    net = Net()\n"
        f"    net.load_state_dict(load_file({str(tmp_path / 'weights.safetensors')!r}))\n    return net",
    )
    name = own_network.write(tmp_path, stored)
    events, base = finish(backbone.load(spec(name), never))
    assert not any(isinstance(event, Warned) for event in events)
    first = whole().features[0].weight
    assert torch.equal(base.network.features[0].weight, first)
    drawn = load(spec(name, "none"))
    assert not torch.equal(drawn.network.features[0].weight, first)
    assert torch.equal(drawn.network.features[0].weight, load(spec(name, "none")).network.features[0].weight)


def nested(state):
    return {"state_dict": {f"module.{name}": tensor for name, tensor in state.items()}, "epoch": 3}


def under_model(state):
    return {"model": state, "optimizer": {"state": {}}}


def with_average(state):
    other = {name: tensor + 1 if tensor.is_floating_point() else tensor for name, tensor in state.items()}
    return {"model": other, "model_ema": state}


def half(state):
    return {name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in state.items()}


@pytest.mark.slow
@pytest.mark.parametrize("form", [dict, nested, under_model, with_average, half])
def test_checkpoints_of_every_form_load_and_a_head_of_other_classes_is_left_out(tmp_path, form):
    network = whole(7)
    torch.save(form(network.state_dict()), tmp_path / "weights.pt")
    events, base = finish(backbone.load(spec(own_network.write(tmp_path), tmp_path / "weights.pt"), never))
    own = base.network.state_dict()
    for name, tensor in own.items():
        expected = network.state_dict()[name]
        assert torch.equal(tensor, expected.half().float() if form is half and tensor.is_floating_point() else expected)
    words = " ".join(event.title for event in events if isinstance(event, Stage))
    assert "its head for 7 classes is left out" in words


@pytest.mark.slow
def test_weights_of_another_network_are_refused(tmp_path):
    torch.save({"features.0.weight": torch.rand(9, 3, 3, 3)}, tmp_path / "weights.pt")
    with pytest.raises(UserError, match=r"does not hold the weights of “net\.py:factory”"):
        load(spec(own_network.write(tmp_path), tmp_path / "weights.pt"))


def test_rows_after_a_layer_called_features_are_not_the_features(tmp_path):
    base = load(spec(own_network.write(tmp_path)))
    layer = splitting.find(base.network, base.table, frozenset(("features.0", "features.1", "features.2")))
    assert layer.layer == "features"
    assert extract.store_key(base, layer) != extract.store_key(base, "features")


@pytest.mark.slow
def test_rows_in_the_cache_depend_on_the_content_of_the_file_and_not_on_its_path(tmp_path):
    save_file(whole().state_dict(), tmp_path / "weights.safetensors")

    def key(name: str) -> str:
        return extract.store_key(load(spec(name, tmp_path / "weights.safetensors")), "features")

    name = own_network.write(tmp_path)
    (tmp_path / "moved").mkdir()
    shutil.copy(tmp_path / "net.py", tmp_path / "moved" / "other.py")
    moved = name.replace("net.py", "moved/other.py")
    assert parse(moved).content == parse(name).content
    before = key(name)
    assert before == key(moved)
    assert before != key(own_network.write(tmp_path, NET.replace("nn.ReLU()", "nn.GELU()")))
