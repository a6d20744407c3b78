from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import huggingface_hub
import pytest

from studio.catalog import catalog
from studio.spec import BUNDLED_BACKBONE, BackboneSpec, UserError
from studio.spec.structs import replace


def test_the_bundled_backbones_are_first_and_available():
    first = catalog.load()[: len(catalog.PACKAGED)]
    assert [entry.name for entry in first] == list(catalog.PACKAGED)
    assert first[0].name == BUNDLED_BACKBONE
    assert [catalog.whereabouts(entry) for entry in first] == ["bundled"] * 3


def test_names_are_unique_and_both_libraries_are_there():
    entries = catalog.load()
    assert len({entry.name for entry in entries}) == len(entries) > 1000
    assert {entry.source for entry in entries} == {"torchvision", "timm"}


def test_every_entry_can_be_used_as_it_says():
    for entry in catalog.load():
        assert entry.parameters > 0, entry.name
        assert entry.macs > 0, entry.name
        assert entry.features > 0, entry.name
        assert entry.classifier, entry.name
        assert entry.preprocess.size == entry.input_size[1:], entry.name
        assert bool(entry.url) == bool(entry.weights), entry.name
        assert (entry.download_mb > 0) == bool(entry.weights), entry.name


def test_a_name_in_both_libraries_means_torchvision_without_a_prefix():
    assert catalog.find("resnet18").source == "torchvision"
    assert catalog.find("torchvision/resnet18") is catalog.find("resnet18")
    assert catalog.find("timm/resnet18").source == "timm"
    assert catalog.find("timm/resnet10t") is catalog.find("resnet10t")


@pytest.mark.parametrize(
    ("typed", "suggestion"),
    [
        ("resnet81", "resnet18"),
        ("ResNet18", "resnet18"),
        ("tf_efficientnet_light0", BUNDLED_BACKBONE),
        ("mobilenetv2_35", "mobilenetv2_035"),
    ],
)
def test_an_unknown_name_proposes_the_nearest(typed, suggestion):
    with pytest.raises(UserError) as fault:
        catalog.find(typed)
    assert typed in fault.value.title
    assert suggestion in fault.value.hint


def test_a_name_like_no_other_names_the_list():
    with pytest.raises(UserError, match="thaw backbones"):
        catalog.find("qqqqqqqq")


def test_a_search_requires_every_word_and_ignores_hyphens_and_case():
    names = [entry.name for entry in catalog.search("Efficient-Net lite0")]
    assert BUNDLED_BACKBONE in names
    assert all("lite0" in name for name in names)
    assert catalog.search("resnet nosuchword") == []
    assert len(catalog.search("")) == len(catalog.load())


def test_another_image_size_scales_the_resize_in_proportion():
    own = catalog.preprocess_for(BackboneSpec("resnet18"))
    half = catalog.preprocess_for(BackboneSpec("resnet18", image_size=112))
    assert (own.size, own.resize) == ((224, 224), (256, 256))
    assert (half.size, half.resize) == ((112, 112), (128, 128))
    assert replace(half, size=own.size, resize=own.resize) == own
    assert catalog.preprocess_for(BackboneSpec("resnet18", image_size=224)) == own


def test_weights_in_torchs_folder_are_on_disk(own_folders: Path):
    entry = catalog.find("resnet18")
    assert catalog.whereabouts(entry) == "to download"
    folder = own_folders / "torch" / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    (folder / entry.url.rsplit("/", 1)[-1]).write_bytes(b"weights")
    assert catalog.whereabouts(entry) == "on disk"


def test_torchs_folder_moves_with_the_general_cache(own_folders: Path, monkeypatch):
    import torch.hub

    for name, value in (("TORCH_HOME", None), ("XDG_CACHE_HOME", None), ("XDG_CACHE_HOME", str(own_folders / "c"))):
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
        assert catalog.torch_hub_folder() == Path(torch.hub.get_dir()) / "checkpoints"


@pytest.mark.parametrize("variable", ["HF_HOME", "HF_HUB_CACHE"])
def test_weights_in_hugging_faces_folder_are_on_disk(own_folders: Path, monkeypatch, variable):
    entry = catalog.find("resnet10t")
    assert entry.url.startswith("hf:")
    assert catalog.whereabouts(entry) == "to download"
    monkeypatch.setenv(variable, str(own_folders / "elsewhere"))
    hub = own_folders / "elsewhere" / ("hub" if variable == "HF_HOME" else "")
    snapshot = hub / f"models--{entry.url[3:].replace('/', '--')}" / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    (snapshot / "model.safetensors").symlink_to(snapshot / "half-loaded")
    assert catalog.whereabouts(entry) == "to download", "a link to a file that never arrived is no file"
    (snapshot / "half-loaded").write_bytes(b"weights")
    assert catalog.whereabouts(entry) == "on disk"


def revision(entry, commit: str, file: str = "model.safetensors", age: int = 0) -> Path:
    snapshot = catalog.hugging_face_folder() / f"models--{entry.url[3:].replace('/', '--')}" / "snapshots" / commit
    snapshot.mkdir(parents=True, exist_ok=True)
    (snapshot / file).write_bytes(b"weights")
    os.utime(snapshot, (1e9 - age, 1e9 - age))
    return snapshot / file


def main_is_at(entry, commit: str) -> None:
    ref = catalog.hugging_face_folder() / f"models--{entry.url[3:].replace('/', '--')}" / "refs" / "main"
    ref.parent.mkdir(parents=True, exist_ok=True)
    ref.write_text(commit)


def test_the_revision_of_main_in_the_hubs_cache_is_used(own_folders: Path):
    entry = catalog.find("resnet10t")
    revision(entry, "aaa")
    expected = revision(entry, "bbb", "pytorch_model.bin", age=900)
    revision(entry, "ccc")
    main_is_at(entry, "bbb")
    assert catalog.cached_file(entry) == expected
    assert catalog.cached_file(entry) == hub_clients_file(entry, "pytorch_model.bin")
    main_is_at(entry, "ddd\n")  # downloaded without its weights; the other revisions are old ones
    assert catalog.cached_file(entry) is None
    assert catalog.whereabouts(entry) == "to download"
    main_is_at(entry, "../snapshots/aaa")
    assert catalog.cached_file(entry) is None


def hub_clients_file(entry, name: str) -> Path:
    path = huggingface_hub.try_to_load_from_cache(entry.url[3:], name, catalog.hugging_face_folder())
    assert isinstance(path, str)
    return Path(path)


def test_a_copied_cache_without_a_main_reference_uses_the_newest_revision(own_folders: Path):
    entry = catalog.find("resnet10t")
    revision(entry, "aaa", age=300)
    newest = revision(entry, "bbb", age=100)
    revision(entry, "ccc", age=200)
    assert catalog.cached_file(entry) == newest


def test_a_network_without_pretrained_weights_has_none_to_download():
    without = next(entry for entry in catalog.load() if not entry.weights)
    assert catalog.whereabouts(without) == "none"


def test_reading_the_catalog_imports_nothing_heavy():
    code = (
        "import sys; from studio.catalog import catalog; [catalog.whereabouts(e) for e in catalog.load()];"
        "heavy = {'torch', 'torchvision', 'timm', 'numpy', 'PySide6', 'huggingface_hub'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
