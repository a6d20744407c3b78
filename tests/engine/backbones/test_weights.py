from __future__ import annotations

from pathlib import Path

import pytest
import safetensors.torch
import timm
import torch
from tensors import assert_close
from tiny import LITE0, SMALL, load
from torch import nn
from trimming import few

from studio.catalog import catalog
from studio.engine.backbones import builders
from studio.engine.network import fingerprints
from studio.spec import BUNDLED_BACKBONE, BackboneSpec, UserError


class Bomb:
    """Object that writes a file when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self):
        return Path.touch, (self.marker,)


def state_of(arch: str, seed: int = 5) -> dict[str, torch.Tensor]:
    torch.manual_seed(seed)
    return timm.create_model(arch).state_dict()


def load_network(file: Path, name: str = "mobilenetv2_035") -> nn.Module:
    return load(BackboneSpec(name, str(file), 32)).network


def same(network: nn.Module, state: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(tensor, state[name]) for name, tensor in network.state_dict().items())


@pytest.mark.slow
@pytest.mark.parametrize("name", catalog.PACKAGED)
def test_packaged_weights_give_the_scores_of_timms_network(name):
    bundled = torch.load(catalog.packaged_file(name), weights_only=True)
    reference = timm.create_model(name).eval()
    values = list(bundled.values())
    assert len(values) == len(reference.state_dict())
    reference.load_state_dict(dict(zip(reference.state_dict(), values, strict=True)))
    photos = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    base = load(BackboneSpec(name, image_size=64))
    with torch.no_grad():
        assert_close(reference.classifier(base.features(photos)), reference(photos))


@pytest.mark.slow
def test_the_bundled_weights_are_not_random():
    assert load(LITE0, seed=1).fingerprint == load(LITE0, seed=2).fingerprint
    unlike = load(BackboneSpec(BUNDLED_BACKBONE, "none", 32))
    assert unlike.fingerprint != load(LITE0).fingerprint


@pytest.mark.slow
def test_random_weights_follow_the_seed():
    spec = BackboneSpec("mobilenetv2_035", "none", 32)
    assert load(spec, seed=1).fingerprint == load(spec, seed=1).fingerprint
    assert load(spec, seed=1).fingerprint != load(spec, seed=2).fingerprint


@pytest.mark.slow
@pytest.mark.parametrize(
    "wrapped",
    [
        lambda state: state,
        lambda state: {"state_dict": state, "epoch": 3, "best": torch.tensor(0.5)},
        lambda state: {"model": {f"module.{name}": value for name, value in state.items()}},
        lambda state: {"state_dict": {f"_orig_mod.{name}": value for name, value in state.items()}},
        lambda state: {"state_dict_ema": state, "state_dict": {name: value * 0 for name, value in state.items()}},
    ],
    ids=["plain", "checkpoint", "data parallel", "compiled", "averaged"],
)
def test_a_state_dict_is_found_in_common_containers(tmp_path, wrapped):
    state = state_of("mobilenetv2_035")
    torch.save(wrapped(state), tmp_path / "net.pth")
    assert same(load_network(tmp_path / "net.pth"), state)


def test_a_safetensors_file_is_read(tmp_path):
    state = state_of("mobilenetv2_035")
    safetensors.torch.save_file({f"module.{k}": v for k, v in state.items()}, tmp_path / "net.safetensors")
    assert same(load_network(tmp_path / "net.safetensors"), state)


def test_the_layer_table_says_what_of_a_weights_file_is_used(tmp_path):
    state = state_of("mobilenetv2_035")
    file = tmp_path / "net.safetensors"
    safetensors.torch.save_file({f"module.{k}": v for k, v in state.items()}, file)
    spec = BackboneSpec("mobilenetv2_035", str(file), 64)
    words = load(spec).table.weights
    assert words == (
        "Read mobilenetv2_035 from net.safetensors, under “module”; "
        "its head for 1,000 classes is left out, a new one for your classes is trained"
    )
    assert load(BackboneSpec("mobilenetv2_035", "none", 64)).table.weights == ""


def test_a_file_without_the_last_layer_is_loaded(tmp_path):
    network, _ = builders.build("timm", "mobilenetv2_035")
    torch.save(network.state_dict(), tmp_path / "net.pt")
    assert same(load_network(tmp_path / "net.pt"), network.state_dict())


@pytest.mark.parametrize("wrap", [lambda bomb: bomb, lambda bomb: {"state_dict": {"a": torch.ones(1), "b": bomb}}])
@pytest.mark.parametrize("zipped", [True, False])
def test_a_file_with_pickled_code_is_refused_and_its_code_never_runs(tmp_path, wrap, zipped):
    torch.save(wrap(Bomb(tmp_path / "ran")), tmp_path / "net.pth", _use_new_zipfile_serialization=zipped)
    with pytest.raises(UserError, match="would run code") as fault:
        load_network(tmp_path / "net.pth")
    assert "net.pth" in fault.value.title
    assert "safetensors" in fault.value.hint
    assert not (tmp_path / "ran").exists()


def test_a_file_of_another_network_is_refused_with_the_differences(tmp_path):
    torch.save(state_of("resnet10t"), tmp_path / "net.pth")
    with pytest.raises(UserError, match=r"net.pth.*“mobilenetv2_035”.*missing"):
        load_network(tmp_path / "net.pth")


@pytest.mark.slow
def test_a_file_of_a_wider_variant_is_refused_with_the_shapes(tmp_path):
    torch.save(state_of("mobilenetv2_050"), tmp_path / "net.pth")
    with pytest.raises(UserError, match=r"another shape.*instead of"):
        load_network(tmp_path / "net.pth")


@pytest.mark.slow
def test_a_file_of_another_network_is_refused_for_the_bundled_backbone(tmp_path):
    torch.save(state_of("mobilenetv2_035"), tmp_path / "net.pth")
    with pytest.raises(UserError, match=BUNDLED_BACKBONE):
        load(BackboneSpec(weights=str(tmp_path / "net.pth"), image_size=32))


@pytest.mark.parametrize("name", ["net.safetensors", "net.pth"])
@pytest.mark.parametrize("share", few([0, 0.01, 0.5, 0.99], [0.99]))
def test_a_truncated_file_is_an_error_that_names_it(tmp_path, name, share):
    file = tmp_path / name
    (safetensors.torch.save_file if name.endswith("s") else torch.save)(state_of("mobilenetv2_035"), file)
    file.write_bytes(file.read_bytes()[: int(file.stat().st_size * share)])
    with pytest.raises(UserError, match=name) as fault:
        load_network(file)
    assert "run code" not in fault.value.title


@pytest.mark.parametrize(
    "content", [b"", b"\x80\x02", b"<html>not found</html>", b"\xff\xd8\xff\xe0 a photo", b"PK\3\4"]
)
def test_a_file_of_another_kind_is_an_error_without_a_warning_of_code(tmp_path, content):
    (tmp_path / "net.pth").write_bytes(content)
    with pytest.raises(UserError, match=r"net\.pth") as fault:
        load_network(tmp_path / "net.pth")
    assert "run code" not in fault.value.title


@pytest.mark.parametrize("content", [{"epoch": 3}, [torch.ones(3)], torch.ones(3), {"model": {"lr": 0.1}}, {}])
def test_a_file_without_a_state_dict_says_how_to_save_one(tmp_path, content):
    torch.save(content, tmp_path / "net.pth")
    with pytest.raises(UserError, match="state_dict"):
        load_network(tmp_path / "net.pth")


def test_a_missing_file_is_an_error_that_names_it(tmp_path):
    with pytest.raises(UserError, match=r"nowhere\.pth"):
        load_network(tmp_path / "nowhere.pth")


def test_the_fingerprint_changes_with_a_single_number():
    base = load()
    before = base.fingerprint
    statistics = next(buffer for name, buffer in base.network.named_buffers() if name.endswith("running_mean"))
    statistics[0] += 1
    assert fingerprints.fingerprint(base.network) != before


def test_a_loaded_network_is_in_eval_mode():
    assert not any(module.training for module in load(SMALL).network.modules())
