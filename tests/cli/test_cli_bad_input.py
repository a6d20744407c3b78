"""Bad input: exit status 2, one line with what happened, where and what to do, and nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
import timm
import torch
from terminal import QUICK, refused
from trimming import few


def emptied(photos: Path, *keep: str) -> Path:
    for file in photos.rglob("*.jpg"):
        if str(file.relative_to(photos)) not in keep:
            file.unlink()
    return photos


def test_a_missing_folder(tmp_path, thaw):
    for command in (("scan",), ("train",), ("extract", "--out", tmp_path / "f.npz")):
        refused(thaw(command[0], tmp_path / "nowhere", *command[1:]), str(tmp_path / "nowhere"))


def test_the_hint_for_an_unknown_option_names_the_command(tmp_path, thaw):
    refused(thaw("scan", tmp_path, "--nosuch"), "unrecognized arguments: --nosuch.", "“thaw scan --help”")


def test_an_empty_folder(tmp_path, thaw):
    (tmp_path / "empty").mkdir()
    for command in (("scan",), ("train", *QUICK), ("extract", *QUICK, "--out", tmp_path / "f.npz")):
        refused(thaw(command[0], tmp_path / "empty", *command[1:]), "empty")


def test_a_file_instead_of_a_folder(photos, thaw):
    for command in ("scan", "train"):
        refused(thaw(command, photos / "cold" / "00.jpg"), "00.jpg")


def test_one_class_only(photos, tmp_path, thaw):
    (photos / "warm").rename(tmp_path / "warm")
    refused(thaw("train", photos, *QUICK, "--out", tmp_path / "run"), "only one class", "cold")
    assert not (tmp_path / "run").exists()


def test_a_class_with_one_image(photos, tmp_path, thaw):
    emptied(photos / "cold", "03.jpg")
    refused(thaw("train", photos, *QUICK, "--out", tmp_path / "run"), "cold", "03.jpg")


@pytest.mark.slow
def test_only_unreadable_files(photos, tmp_path, thaw):
    for number, file in enumerate(photos.rglob("*.jpg")):  # equal files would stay in one split
        file.write_bytes(b"no photo %d" % number)
    refused(thaw("train", photos, *QUICK, "--out", tmp_path / "run"), "can be read")
    refused(thaw("extract", photos, *QUICK, "--out", tmp_path / "f.npz"), "can be read")
    assert not (tmp_path / "f.npz").exists()


def test_an_output_that_cannot_be_written(photos, tmp_path, thaw):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    refused(thaw("train", photos, *QUICK, "--out", tmp_path / "file"), "file")
    refused(thaw("train", photos, *QUICK, "--out", tmp_path / "file" / "run"), "file")
    refused(thaw("train", photos, *QUICK, "--out", tmp_path / "full"), "not empty")
    refused(thaw("train", photos, *QUICK, "--out", "/proc/thaw"), "/proc/thaw")
    refused(thaw("extract", photos, *QUICK, "--out", tmp_path / "nowhere" / "f.npz"), "nowhere")
    refused(thaw("extract", photos, *QUICK, "--out", tmp_path / "f.xls"), ".npz, .csv, .parquet or .safetensors")
    assert (tmp_path / "file").read_text() == "mine"
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["mine.txt"]


def test_steps_are_refused_where_they_have_no_effect(photos, thaw):
    refused(thaw("advise", "cut", photos, "--steps", 50), "--steps has no effect on “thaw advise cut”")


def test_an_unknown_backbone(photos, tmp_path, thaw):
    refused(thaw("train", photos, "--backbone", "resnet81"), "resnet81", "resnet18")
    refused(thaw("layers", "resnet81"), "resnet18")
    refused(thaw("extract", photos, "--backbone", "resnet81", "--out", tmp_path / "f.npz"), "resnet18")


@pytest.mark.slow
def test_an_unknown_layer(photos, tmp_path, thaw):
    for option in ("--thaw", "--freeze-until"):
        refused(thaw("train", photos, *QUICK, option, "blocsk.6", "--out", tmp_path / "run"), "blocsk.6", "blocks.6")
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_weights_of_another_network(photos, tmp_path, thaw):
    torch.save(timm.create_model("mobilenetv2_035").state_dict(), tmp_path / "w.pt")
    refused(thaw("train", photos, *QUICK, "--weights", tmp_path / "w.pt"), "w.pt", "tf_efficientnet_lite0")


def test_weights_with_pickled_code(photos, tmp_path, thaw):
    class Bomb:
        def __reduce__(self):
            return Path.touch, (tmp_path / "ran",)

    torch.save({"a": torch.ones(1), "b": Bomb()}, tmp_path / "w.pt")
    refused(thaw("train", photos, *QUICK, "--weights", tmp_path / "w.pt"), "w.pt", "code")
    assert not (tmp_path / "ran").exists()


def test_missing_weights(photos, thaw):
    refused(thaw("train", photos, *QUICK, "--weights", "/nowhere/w.pt"), "/nowhere/w.pt")
    refused(
        thaw("train", photos, *QUICK, "--backbone", "resnet10t"), "resnet10t", "tf_efficientnet_lite0", "--weights FILE"
    )


@pytest.mark.parametrize("size", few([0, -1, 8, 100_000], [0, 100_000]))
def test_an_impossible_image_size(photos, tmp_path, thaw, size):
    arguments = ("--backbone", "alexnet", "--weights", "none", "--device", "cpu", "--image-size", size)
    refused(thaw("train", photos, *arguments, "--out", tmp_path / "run"), str(size))
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("option", "value", "word"),
    few(
        [
            ("--epochs", "0", "Epochs must be at least 1 (got 0)."),
            ("--lr", "nan", "nan"),
            ("--lr", "0", "0"),
            ("--backbone-lr", "inf", "inf"),
            ("--batch-size", "0", "Batch size must be at least 1 (got 0)."),
            ("--val-fraction", "nan", "nan"),
            ("--val-fraction", "1.5", "1.5"),
            ("--seed", "-1", "-1"),
            ("--device", "cuda:99", "cuda:99"),
            ("--device", "gpu", "gpu"),
        ],
        ["--epochs", "--lr", "--device"],
    ),
)
def test_impossible_numbers_and_devices(photos, tmp_path, thaw, option, value, word):
    refused(thaw("train", photos, "--image-size", 32, "--out", tmp_path / "run", option, value), word)
    assert not (tmp_path / "run").exists()


def test_a_folder_that_is_not_a_run(photos, tmp_path, thaw):
    refused(thaw("predict", tmp_path / "nowhere", photos / "cold" / "00.jpg"), "nowhere")
    refused(thaw("predict", photos, photos / "cold" / "00.jpg"), "photos")
    refused(thaw("export", photos, "--out", tmp_path / "h.pt"), "photos")
    (tmp_path / "h.safetensors").write_bytes(b"no tensors")
    refused(thaw("predict", tmp_path / "h.safetensors", photos / "cold" / "00.jpg"), "h.json")


@pytest.mark.slow
def test_a_full_disk_is_one_line(photos, tmp_path, thaw, monkeypatch):
    import errno

    from studio.engine.cache.store import FeatureStore

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(FeatureStore, "put", full)
    refused(thaw("train", photos, *QUICK, "--out", tmp_path / "run"), "disk is full")
    assert '"status": "failed"' in (tmp_path / "run" / "run.json").read_text()
