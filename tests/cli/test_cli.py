"""Output, streams and exit status of the command `thaw`."""

from __future__ import annotations

import csv
import importlib
import json
from pathlib import Path

import pytest
import torch
from terminal import QUICK, refused
from trimming import few

from studio import app
from studio.catalog import catalog
from studio.cli import main as main_module
from studio.cli.options.parser import COMMANDS
from studio.data import sample


def test_scan_lists_classes_counts_and_skipped_files(photos, thaw):
    (photos / "warm" / "03.jpg").write_bytes(b"no photo")
    (photos / "warm" / "notes.txt").write_text("hello")
    status, out, _ = thaw("scan", photos)
    assert status == 0
    assert "23 photos, 2 classes, split made here" in out
    assert "warm/03.jpg" in out
    assert "warm/notes.txt" in out
    status, out, _ = thaw("scan", photos, "--json")
    data = json.loads(out)
    assert status == 0
    assert data["classes"] == ["cold", "warm"]
    assert data["split"] == "made"
    assert sum(data["counts"]["train"].values()) + sum(data["counts"]["val"].values()) == data["photos"] == 23
    assert {skipped["path"] for skipped in data["skipped"]} == {"warm/03.jpg", "warm/notes.txt"}


def test_scan_of_an_untrainable_folder_lists_it_and_fails(photos, thaw):
    for file in (photos / "cold").iterdir():
        file.unlink()
    status, out, err = thaw("scan", photos, "--json")
    assert status == 2
    assert json.loads(out)["problems"]
    assert err.splitlines()[-1].startswith("thaw: ")


@pytest.mark.slow
def test_backbones_lists_the_facts_of_each_network(thaw):
    status, out, _ = thaw("backbones", "resnet18", "torchvision")
    assert status == 0
    header, row = out.splitlines()
    assert header.split() == [
        "NAME",
        "SOURCE",
        "PARAMETERS",
        "GMACS",
        "IMAGENET",
        "FEATURES",
        "INPUT",
        "LICENSE",
        "WEIGHTS",
    ]
    assert row.split()[:2] == ["resnet18", "torchvision"]
    assert row.endswith("to download (47 MB)")
    assert "512" in row
    status, out, _ = thaw("backbones", "lite0", "--json")
    assert json.loads(out)[0]["where"] == "bundled"
    assert {"name", "parameters", "macs", "features", "input_size", "licence", "download_mb"} <= json.loads(out)[
        0
    ].keys()
    assert len(json.loads(thaw("backbones", "--json")[1])) == len(catalog.load())
    refused(thaw("backbones", "qqqq"), "qqqq")


@pytest.mark.slow
def test_layers_shows_512_features_of_resnet18_and_scores_for_ten_classes(thaw):
    status, out, _ = thaw("layers", "resnet18", "--depth", 1, "--classes", 10)
    assert status == 0
    rows = [line.split() for line in out.splitlines()]
    assert [row[0] for row in rows[1:10]] == [
        "conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4", "avgpool",
    ]  # fmt: skip
    assert rows[10][:5] == ["fc", "(new)", "Linear", "512", "10"]
    assert rows[10][5:] == ["5,130", "5,130", "–", "–"]
    assert "512 features" in out.splitlines()[-1]
    data = json.loads(thaw("layers", "resnet18", "--image-size", 64, "--json")[1])
    assert (data["features"], data["image_size"], data["classifier"]) == (512, [64, 64], "fc")
    assert {"path", "type", "input_shape", "output_shape", "parameters"} <= data["layers"][0].keys()


@pytest.mark.slow
def test_layers_shows_macs_memory_trained_layers_and_problems(thaw):
    options = ("--image-size", 64, "--batch", 8, "--classes", 3, "--freeze", "none", "--freeze-layers", "layer4")
    data = json.loads(thaw("layers", "resnet18", *options, "--json")[1])
    rows = {row["path"]: row for row in data["layers"]}
    assert (data["input"], data["output"]) == ([8, 3, 64, 64], [8, 3])
    conv = rows["conv1"]
    assert (conv["input"], conv["output"]) == ([8, 3, 64, 64], [8, 64, 32, 32])
    assert conv["activation_bytes"] == 8 * 64 * 32 * 32 * 4
    assert conv["macs"] == 32 * 32 * 64 * 3 * 7 * 7
    assert (conv["trainable"], rows["layer4"]["trainable"]) == (True, False)
    assert data["trainable"] == data["parameters"] - rows["layer4"]["parameters"] + 512 * 3 + 3
    assert rows["layer4.0.conv1"]["path"] in data["problems"][0]["paths"]
    status, _, err = thaw("layers", "resnet18", "--batch", 0)
    assert status == 2
    assert "--batch must be 1 to" in err


@pytest.mark.slow
def test_advise_rate_suggests_the_option_and_trains_nothing(thaw, photos, tmp_path):
    status, out, _ = thaw("advise", "rate", photos, "--steps", 30)
    assert status == 0
    assert "--lr " in out
    (test,) = json.loads(thaw("advise", "rate", photos, "--steps", 30, "--json")[1])["tests"]
    assert test["part"] == "head"
    assert f"--lr {test['rate']:g}" in out
    assert len(test["rates"]) == len(test["losses"]) <= 30
    refused(thaw("advise", "rate", photos, "--steps", 5), "--steps must be 20 to 1000")
    refused(thaw("advise", "rate", tmp_path / "nowhere"), "nowhere")


@pytest.mark.slow
def test_layers_of_another_readout_state_its_features_and_the_sizes(thaw):
    vit = ("layers", "vit_small_patch14_dinov2", "--image-size", 224, "--depth", 1)
    status, out, _ = thaw(*vit, "--readout", "class+patches")
    assert status == 0
    assert "768 features" in out.splitlines()[-1]
    assert "Features: class token and mean of the patch tokens" in out
    assert "Image size: 224 as published / 518 native. Positions are interpolated from 37 × 37 to 16 × 16" in out
    data = json.loads(thaw(*vit, "--readout", "blocks", "--readout-blocks", 3, "--json")[1])
    assert (data["features"], data["readout"]) == (3 * 384, "class tokens of the last 3 blocks")
    assert data["sizes"] == "224 as published / 518 native"
    status, _, err = thaw("layers", "resnet18", "--readout", "class")
    assert status == 2
    assert "no tokens" in err
    assert "default, pooled, average+maximum" in err


@pytest.mark.slow
def test_advise_cut_suggests_the_layers_to_freeze_and_the_option_for_them(thaw, photos):
    status, out, _ = thaw("advise", "cut", photos, *QUICK)
    assert status == 0
    data = json.loads(thaw("advise", "cut", photos, *QUICK, "--json")[1])
    for cut in data["cuts"]:
        assert {"layer", "accuracy", "low", "high", "seconds", "bytes", "freeze_until", "thaw"} <= set(cut)
        assert cut["low"] <= cut["accuracy"] <= cut["high"]
    assert data["choice"]["why"] in out
    assert data["choice"]["layer"] in {cut["layer"] for cut in data["cuts"]}
    assert "Options: --freeze" in out


def test_train_prints_the_verdict_and_with_json_only_the_record(photos, tmp_path, thaw):
    status, out, err = thaw("train", photos, *QUICK, "--epochs", 3, "--out", tmp_path / "one")
    assert status == 0
    assert "Validation accuracy" in out
    assert out.count("unchanged") == 1  # once, with one number
    assert "layers unchanged (hash equal)" in out
    assert "epoch" in err.lower()
    status, out, err = thaw("train", photos, *QUICK, "--epochs", 2, "--out", tmp_path / "two", "--json")
    data = json.loads(out)
    assert status == 0
    assert data == json.loads((tmp_path / "two" / "run.json").read_text(encoding="utf-8"))
    assert [epoch["epoch"] for epoch in data["epochs"]] == [1, 2]
    assert data["features"]["reused"] == 24
    assert err.strip()


@pytest.mark.slow
def test_every_choice_of_train_reaches_the_run(photos, tmp_path, thaw):
    weights = tmp_path / "w.pt"
    torch.save(torch.load(catalog.packaged_file(), weights_only=True), weights)
    status, out, _ = thaw(
        "train", photos, "--json", "--backbone", "tf_efficientnet_lite0", "--weights", weights,
        "--freeze", "none", "--freeze-until", "blocks.5", "--thaw", "conv_stem", "bn1", "--thaw", "blocks.0",
        "--epochs", 1, "--batch-size", 5, "--lr", 0.0002, "--backbone-lr", 0.0003, "--optimizer", "sgd",
        "--val-fraction", 0.25, "--seed", 3, "--device", "cpu", "--image-size", 32, "--out", tmp_path / "run",
        "--value-range", 0, 4095,
    )  # fmt: skip
    assert status == 0
    spec = json.loads(out)["spec"]
    chosen = {"low": 0.0, "high": 4095.0}
    assert spec["dataset"] == {
        "folder": str(photos),
        "val_fraction": 0.25,
        "seed": 3,
        "targets": "",
        "value_range": chosen,
        "split_by": "content",
        "split_near": True,
    }
    assert spec["backbone"] == {"name": "tf_efficientnet_lite0", "weights": str(weights), "image_size": 32}
    assert spec["freeze"] == {
        "base": "none",
        "until": "blocks.5",
        "thaw": ["conv_stem", "bn1", "blocks.0"],
        "freeze": [],
        "batch_norm": "keep",
    }
    train = spec["train"]
    assert (train["epochs"], train["batch_size"], train["optimizer"], train["seed"]) == (1, 5, "sgd", 3)
    assert (train["lr"], train["backbone_lr"], train["device"]) == (0.0002, 0.0003, "cpu")


@pytest.mark.slow
def test_a_relative_weights_file_is_found_from_another_folder(photos, tmp_path, thaw, monkeypatch):
    torch.save(torch.load(catalog.packaged_file(), weights_only=True), tmp_path / "w.pt")
    monkeypatch.chdir(tmp_path)
    assert thaw("train", "photos", "--weights", "w.pt", *QUICK, "--epochs", 1, "--out", "run")[0] == 0
    monkeypatch.chdir("/")
    status, out, _ = thaw("predict", tmp_path / "run", photos / "cold" / "00.jpg", "--device", "cpu")
    assert status == 0
    assert "cold/00.jpg" in out


@pytest.mark.slow
def test_a_run_without_out_is_stored_among_the_users_runs(photos, thaw, own_folders):
    data = json.loads(thaw("train", photos, *QUICK, "--epochs", 1, "--json")[1])
    assert own_folders in Path(data["run"]).parents
    assert (Path(data["run"]) / "head.safetensors").is_file()


@pytest.mark.slow
def test_extract_reports_the_value_range(photos, tmp_path, thaw):
    status, out, _ = thaw("extract", photos, *QUICK, "--value-range", "0", "1023", "--out", tmp_path / "f.csv")
    assert status == 0
    assert "Value range of photos of more than 8 bits: 0–1023, chosen" in out


def test_extract_writes_the_output_file(photos, tmp_path, thaw):
    status, out, _ = thaw("extract", photos, *QUICK, "--out", tmp_path / "f.csv", "--json")
    assert status == 0
    assert json.loads(out)["out"] == str(tmp_path / "f.csv")
    with (tmp_path / "f.csv").open(newline="") as file:
        assert len(list(csv.reader(file))) == 25


@pytest.mark.slow
def test_demo_trains_at_once_on_the_sample(thaw, monkeypatch):
    monkeypatch.setattr(sample.sample, "__defaults__", (4,))  # of each digit, instead of 60
    status, out, _ = thaw("demo", "--json", "--epochs", 2)
    data = json.loads(out)
    assert status == 0
    assert data["classes"] == list("0123456789")
    assert len(data["epochs"]) == 2
    assert data["backbone"] == "tf_efficientnet_lite0"
    assert data["frozen_unchanged"]


@pytest.mark.parametrize(("option", "value"), [("--epochs", 3), ("--epochs", 0), ("--out", "run")])
def test_an_option_without_effect_on_the_window_is_refused(thaw, monkeypatch, option, value):
    monkeypatch.setattr(app, "run", lambda *_, **__: pytest.fail("a window was opened"))
    refused(thaw("demo", option, value), option, "--headless")


@pytest.mark.parametrize(
    "arguments",
    few(
    [
        [""], ["scan", ""], ["train", "PHOTOS", "--out", ""], ["train", "PHOTOS", "--targets="], ["resume", ""],
        ["runs", ""], ["extract", "PHOTOS", "--out", ""], ["predict", "", "a.jpg"], ["predict", "run", ""],
        ["resume", "run", "--data", ""], ["export", "", "--out", "h.pt"],
        ["train", "PHOTOS", "--weights", ""],
    ],
    [["scan", ""], ["train", "PHOTOS", "--out", ""], ["predict", "run", ""], ["resume", ""]],
    ),
    ids=" ".join,
)  # fmt: skip
def test_an_empty_path_is_not_the_current_folder(photos, thaw, monkeypatch, arguments):
    monkeypatch.chdir(photos)
    refused(thaw(*[photos if argument == "PHOTOS" else argument for argument in arguments]), "path", "is empty")


def test_demo_without_options_opens_the_window(thaw, monkeypatch):
    opened = []
    monkeypatch.setattr(app, "run", lambda folder, **how: opened.append((folder, how)) or 0)
    assert thaw("demo") == (0, "", "")
    assert opened == [(None, {"demo": True, "then_exit": True})]


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["trian", "x"], "trian"), (["nowhere"], "nowhere"), (["train"], "folder"), (["scan"], "folder"),
        (["train", "x", "--epochs", "many"], "many"), (["train", "x", "--optimizer", "lion"], "lion"),
        (["export", "x"], "--out"), (["--nonsense"], "COMMAND"), (["predict", "x"], "IMAGE"),
    ],
)  # fmt: skip
def test_a_mistyped_command_gives_a_one_line_error(thaw, arguments, word):
    refused(thaw(*arguments), word)


def test_each_command_has_a_function() -> None:
    modules = {name: importlib.import_module(main_module.module_of(name)) for name in COMMANDS}
    functions = {name: getattr(module, main_module.function_of(name), None) for name, module in modules.items()}
    assert [name for name, function in functions.items() if not callable(function)] == []
