"""Weights saved in many common ways: they load into their own network, and into no other."""

from __future__ import annotations

from pathlib import Path

import few_layers
import pytest
import safetensors.torch
import torch
from few_layers import SAVED, backbone, original, under
from tiny import finish
from trimming import few

from studio.catalog import catalog
from studio.engine.backbones import builders, identify, suspicious_numbers, weights
from studio.events import Event, Stage, Warned
from studio.jobs.protocol import never
from studio.spec import BackboneSpec, UserError


@pytest.fixture(autouse=True)
def small_networks(monkeypatch):
    """Replaces every backbone by one of two small blocks, and disables the search for other backbones."""
    monkeypatch.setattr(builders, "build", lambda *_: (backbone(), "fc"))
    monkeypatch.setattr(identify, "matching_names", lambda stored, like: [])


def read(file: Path) -> tuple[list[Event], torch.nn.Module]:
    info = catalog.find("resnet18")
    return finish(weights.load(info, BackboneSpec("resnet18", str(file)), never))


def features(network: torch.nn.Module) -> torch.Tensor:
    photos = torch.randn(3, 3, 16, 16, generator=torch.Generator().manual_seed(4))
    with torch.no_grad():
        return network(photos)


def expected() -> torch.Tensor:
    network = original()
    network.fc = torch.nn.Identity()
    return features(network)


def words(events: list[Event]) -> str:
    said = [event.title for event in events if isinstance(event, Stage | Warned)]
    return "\n".join(said)


@pytest.mark.parametrize("way", SAVED)
@pytest.mark.parametrize("zipped", few([True, False], [True]), ids=["zip", "legacy"])
def test_features_equal_those_of_the_saved_network(tmp_path, way, zipped):
    file = tmp_path / "net.pt"
    torch.save(SAVED[way](original().state_dict()), file, _use_new_zipfile_serialization=zipped)
    assert torch.equal(features(read(file)[1]), expected())


@pytest.mark.parametrize("name", ["net.safetensors", "net.pt", "net.bin", "net"])
def test_the_name_of_a_file_does_not_matter(tmp_path, name):
    state = original().state_dict()
    safetensors.torch.save_file(under("model.", state), tmp_path / name)
    assert torch.equal(features(read(tmp_path / name)[1]), expected())
    torch.save(state, tmp_path / name)
    assert torch.equal(features(read(tmp_path / name)[1]), expected())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_another_precision_is_converted_with_a_warning(tmp_path, dtype):
    state = {name: t.to(dtype) if t.is_floating_point() else t for name, t in original().state_dict().items()}
    torch.save(state, tmp_path / "net.pt")
    events, network = read(tmp_path / "net.pt")
    assert all(t.dtype == torch.float32 for t in network.state_dict().values() if t.is_floating_point())
    assert torch.equal(network.conv1.weight, state["conv1.weight"].float())
    assert f"weights are {str(dtype).removeprefix('torch.')}" in words(events)


def test_counters_in_the_file_are_loaded(tmp_path):
    torch.save(original().state_dict(), tmp_path / "net.pt")
    assert read(tmp_path / "net.pt")[1].bn1.num_batches_tracked == 7


def test_prefix_and_unused_parts_are_reported(tmp_path):
    torch.save(SAVED["MoCo"](original().state_dict()), tmp_path / "net.pt")
    said = words(read(tmp_path / "net.pt")[0])
    assert "“state_dict.module.encoder_q”" in said
    assert "“state_dict.module.encoder_k” would fit as well" in said
    for part in ("fc (1 tensor)", "queue (1 tensor)", "queue_ptr (1 tensor)"):
        assert part in said, said
    torch.save(few_layers.body(original().state_dict()), tmp_path / "net.pt")
    assert [event for event in read(tmp_path / "net.pt")[0] if isinstance(event, Warned)] == []


@pytest.mark.parametrize("depth", [1, 3])
@pytest.mark.parametrize("way", ["plain", "Lightning", "MoCo", "fastai", "no head", "settings beside the weights"])
def test_a_network_of_another_depth_is_refused(tmp_path, depth, way):
    torch.save(SAVED[way](original(depth).state_dict()), tmp_path / "net.pt")
    with pytest.raises(
        UserError, match=r"net\.pt does not hold the weights of “resnet18”.*(unexpected|missing)"
    ) as fault:
        read(tmp_path / "net.pt")
    assert "No backbone of the catalog" in fault.value.hint


def test_unexpected_tensors_are_refused_by_name(tmp_path):
    torch.save({**original().state_dict(), "dist_token": torch.ones(1, 1, 8)}, tmp_path / "net.pt")
    with pytest.raises(UserError, match=r"1 unexpected tensor outside the head \(first: dist_token\)"):
        read(tmp_path / "net.pt")


def test_a_first_layer_for_gray_images_is_refused(tmp_path):
    torch.save(original(channels=1).state_dict(), tmp_path / "net.pt")
    with pytest.raises(UserError, match=r"images of 1 channel; photos have 3"):
        read(tmp_path / "net.pt")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("layer1.0.conv1.weight", float("nan"), r"NaN in layer1.0.conv1.weight \(1 of 576 values\)"),
        ("bn1.running_var", float("inf"), r"infinity in bn1.running_var \(1 of 8 values\)"),
        ("bn1.bias", -float("inf"), r"infinity in bn1.bias \(1 of 8 values\)"),
        ("layer1.1.bn1.running_var", -1.0, r"a negative variance in layer1.1.bn1.running_var \(-1\)"),
    ],
)
def test_numbers_that_are_not_finite_are_refused_by_the_name_of_their_tensor(tmp_path, name, value, said):
    state = original().state_dict()
    state[name].view(-1)[3] = value
    torch.save(state, tmp_path / "net.pt")
    with pytest.raises(UserError, match=rf"net\.pt holds {said}"):
        read(tmp_path / "net.pt")


def test_numbers_that_changed_in_the_file_are_an_error(tmp_path):
    torch.save(original().state_dict(), tmp_path / "net.pt")
    data = (tmp_path / "net.pt").read_bytes()
    numbers = original().state_dict()["layer1.0.conv1.weight"].numpy().tobytes()
    assert data.count(numbers) == 1
    (tmp_path / "net.pt").write_bytes(data.replace(numbers[:512], bytes(512)))
    with pytest.raises(UserError, match=r"damaged: layer1\.0\.conv1\.weight cannot be read \(its data has changed"):
        read(tmp_path / "net.pt")


def test_many_consecutive_zeros_cause_a_warning(tmp_path, monkeypatch):
    monkeypatch.setattr(suspicious_numbers, "ZEROS", 128)
    state = original().state_dict()
    safetensors.torch.save_file(state, tmp_path / "net.safetensors")
    assert "zeros" not in words(read(tmp_path / "net.safetensors")[0])
    state["layer1.0.conv1.weight"].view(-1)[100:400] = 0
    safetensors.torch.save_file(state, tmp_path / "net.safetensors")
    assert "layer1.0.conv1.weight holds at least 128 consecutive zeros" in words(read(tmp_path / "net.safetensors")[0])
    state["layer1.1.conv1.weight"][:] = state["layer1.0.conv1.weight"][:] = 0
    safetensors.torch.save_file(state, tmp_path / "net.safetensors")
    assert "layer1.0.conv1.weight holds only zeros" in words(read(tmp_path / "net.safetensors")[0])


def test_weights_with_and_without_a_wrapper_are_never_mixed(tmp_path):
    one, other = original(seed=1).state_dict(), under("_orig_mod.", original(seed=3).state_dict())
    mixed = dict(sorted({**one, **other}.items(), key=lambda item: item[0][::-1]))
    for state in (mixed, dict(reversed(mixed.items()))):
        torch.save(state, tmp_path / "net.pt")
        assert torch.equal(features(read(tmp_path / "net.pt")[1]), expected())


def test_unsupported_tensors_are_named_where_one_is_missing(tmp_path):
    state = original().state_dict()
    state["conv1.weight"] = state["conv1.weight"].to_sparse()
    torch.save(state, tmp_path / "net.pt")
    with pytest.raises(UserError, match=r"is missing \(first: conv1") as fault:
        read(tmp_path / "net.pt")
    assert "It also holds tensors that are sparse" in fault.value.hint


def test_numbers_too_large_for_float32_are_infinite(tmp_path):
    state = {name: t.double() if t.is_floating_point() else t for name, t in original().state_dict().items()}
    state["conv1.weight"] *= 1e300
    torch.save(state, tmp_path / "net.pt")
    with pytest.raises(UserError, match=r"infinity in conv1.weight"):
        read(tmp_path / "net.pt")


def test_a_head_that_diverged_is_ignored(tmp_path):
    torch.save({**original().state_dict(), "fc.bias": torch.full((5,), torch.nan)}, tmp_path / "net.pt")
    assert torch.equal(features(read(tmp_path / "net.pt")[1]), expected())


def test_all_zeros_are_refused_and_huge_numbers_cause_a_warning(tmp_path):
    torch.save({name: torch.zeros_like(t) for name, t in original().state_dict().items()}, tmp_path / "net.pt")
    with pytest.raises(UserError, match="holds only zeros"):
        read(tmp_path / "net.pt")
    state = original().state_dict()
    state["conv1.weight"] *= 1e30
    torch.save(state, tmp_path / "net.pt")
    assert "conv1.weight holds values up to" in words(read(tmp_path / "net.pt")[0])


def test_quantized_weights_are_refused(tmp_path):
    state = {name: t.to(torch.int8) if t.ndim == 4 else t for name, t in original().state_dict().items()}
    torch.save(state, tmp_path / "net.pt")
    with pytest.raises(UserError, match=r"conv1.weight as int8: its weights are quantized"):
        read(tmp_path / "net.pt")


PARTS = {
    "half": (lambda name: name.startswith("layer1"), "10 of 15 tensors are missing", "with all tensors of this one"),
    "no statistics": (lambda name: "running" in name, "6 of 15 tensors are missing", "lacks the BatchNorm statistics"),
    "one": (lambda name: name == "conv1.weight", "1 of 15 tensors is missing", "with all tensors of this one"),
}


@pytest.mark.parametrize("what", PARTS)
def test_a_file_with_a_part_of_the_backbone_is_refused(tmp_path, what):
    lacking, words, hint = PARTS[what]
    torch.save({n: t for n, t in original().state_dict().items() if not lacking(n)}, tmp_path / "net.pt")
    with pytest.raises(UserError, match=words) as fault:
        read(tmp_path / "net.pt")
    assert hint in fault.value.hint


def test_the_hint_for_an_extra_layer_mentions_heads(tmp_path):
    torch.save({**original().state_dict(), "fc2.weight": torch.ones(3, 8)}, tmp_path / "net.pt")
    with pytest.raises(UserError, match=r": 1 unexpected tensor outside the head \(first: fc2\.weight\)\.") as fault:
        read(tmp_path / "net.pt")
    assert "save without them" in fault.value.hint
