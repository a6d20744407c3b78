"""Default weights that are already in the caches of torch.hub and Hugging Face."""

from __future__ import annotations

from pathlib import Path

import pytest
import safetensors.torch
import timm
import torch
from tensors import assert_close
from tiny import load
from torchvision import models
from trimming import few

from studio.catalog import catalog
from studio.engine.backbones import weights
from studio.engine.network import fingerprints
from studio.spec import BackboneSpec, UserError


def into_hugging_face(home: Path, name: str, state: dict[str, torch.Tensor], file: str = "model.safetensors") -> Path:
    repository = catalog.find(name).url[3:].replace("/", "--")
    snapshot = home / "huggingface" / "hub" / f"models--{repository}" / "snapshots" / "0123abc"
    snapshot.mkdir(parents=True)
    if file.endswith("safetensors"):
        safetensors.torch.save_file({k: v.contiguous() for k, v in state.items()}, snapshot / file)
    else:
        torch.save(state, snapshot / file)
    return snapshot / file


def own_state(arch: str) -> dict[str, torch.Tensor]:
    torch.manual_seed(11)
    return timm.create_model(arch).state_dict()


def holds(spec: BackboneSpec, state: dict[str, torch.Tensor]) -> bool:
    loaded = load(spec).network.state_dict()
    return all(torch.equal(loaded[name], state[name]) for name in loaded)


@pytest.mark.slow
def test_torch_hubs_file_is_used(own_folders):
    torch.manual_seed(11)
    state = models.shufflenet_v2_x0_5(weights=None).state_dict()
    folder = own_folders / "torch" / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    torch.save(state, folder / catalog.find("shufflenet_v2_x0_5").url.rsplit("/", 1)[-1])
    assert holds(BackboneSpec("shufflenet_v2_x0_5", image_size=64), state)


@pytest.mark.slow
@pytest.mark.parametrize("size", [None, 64])
@pytest.mark.parametrize("file", ["model.safetensors", "pytorch_model.bin"])
def test_hugging_faces_file_is_used(own_folders, size, file):
    state = own_state("mobilenetv2_050")
    into_hugging_face(own_folders, "mobilenetv2_050", state, file)
    assert holds(BackboneSpec("mobilenetv2_050", image_size=size), state)


@pytest.mark.slow
def test_a_network_with_original_numpy_weights_is_read_from_the_hub(own_folders):
    assert timm.get_pretrained_cfg("vit_tiny_patch16_224").custom_load
    state = own_state("vit_tiny_patch16_224")
    into_hugging_face(own_folders, "vit_tiny_patch16_224", state)
    assert holds(BackboneSpec("vit_tiny_patch16_224"), state)


@pytest.mark.slow
def test_a_transformers_positions_are_interpolated_for_another_image_size(own_folders):
    state = own_state("vit_tiny_patch16_224")
    into_hugging_face(own_folders, "vit_tiny_patch16_224", state)
    loaded = load(BackboneSpec("vit_tiny_patch16_224", image_size=64)).network.state_dict()
    assert loaded["pos_embed"].shape == (1, 17, 192)
    assert torch.equal(loaded["blocks.3.attn.qkv.weight"], state["blocks.3.attn.qkv.weight"])


@pytest.mark.parametrize("size", few([None, 64], [None]))
def test_a_file_of_another_network_never_leaves_random_layers(own_folders, size):
    file = into_hugging_face(own_folders, "mobilenetv2_050", own_state("resnet10t"))
    with pytest.raises(UserError, match="“mobilenetv2_050”") as fault:
        load(BackboneSpec("mobilenetv2_050", image_size=size))
    assert str(file) in fault.value.title


def test_a_file_that_lacks_a_layer_never_leaves_it_random(own_folders):
    state = own_state("mobilenetv2_050")
    del state["conv_head.weight"]
    into_hugging_face(own_folders, "mobilenetv2_050", state)
    with pytest.raises(UserError, match="“mobilenetv2_050”"):
        load(BackboneSpec("mobilenetv2_050", image_size=64))


def test_a_bad_file_is_downloaded_again_also_where_its_path_has_the_word_pixels(tmp_path, monkeypatch):
    bad = tmp_path / "pixels.safetensors"
    bad.write_bytes(b"")
    monkeypatch.setattr(catalog, "cached_file", lambda info: bad)
    with pytest.raises(UserError) as fault:
        load(BackboneSpec("mobilenetv2_050"))
    assert fault.value.hint == f"Delete {bad} and try again: it will be downloaded again."


def test_an_impossible_image_size_does_not_cause_another_download(own_folders, monkeypatch):
    def refused(*arguments: object) -> None:
        raise ValueError(arguments)

    into_hugging_face(own_folders, "mobilenetv2_050", {})
    monkeypatch.setattr(weights.builders, "build", refused)
    with pytest.raises(weights.ImageSizeError, match="65 × 65 pixels") as fault:
        load(BackboneSpec("mobilenetv2_050", image_size=65))
    assert "Leave the image size out" in fault.value.hint


def test_pickled_code_in_a_cache_never_runs(own_folders):
    class Bomb:
        def __reduce__(self):
            return Path.touch, (own_folders / "ran",)

    into_hugging_face(own_folders, "mobilenetv2_050", {"conv_stem.weight": Bomb()}, "pytorch_model.bin")
    with pytest.raises(UserError):
        load(BackboneSpec("mobilenetv2_050", image_size=64))
    assert not (own_folders / "ran").exists()


@pytest.mark.slow
def test_a_cached_file_gives_the_same_features_as_the_library(own_folders):
    state = own_state("mobilenetv2_050")
    into_hugging_face(own_folders, "mobilenetv2_050", state)
    base = load(BackboneSpec("mobilenetv2_050", image_size=64))
    whole = timm.create_model("mobilenetv2_050").eval()
    whole.load_state_dict(state)
    photos = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        assert_close(whole.classifier(base.features(photos)), whole(photos))
    assert fingerprints.fingerprint(base.network) == base.fingerprint
