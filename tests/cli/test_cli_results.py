"""`thaw predict` and `thaw export` with a trained run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from terminal import QUICK, refused

import studio


@pytest.fixture(scope="module")
def trained(shared_photos, tmp_path_factory) -> dict[str, Path]:
    """A copy of the run of this module, which the first test trains."""
    return {}


@pytest.fixture
def run(trained, shared_photos, tmp_path_factory, tmp_path, thaw) -> Path:
    if not trained:
        out = tmp_path_factory.mktemp("trained") / "run"
        assert thaw("train", shared_photos, *QUICK, "--epochs", 2, "--out", out)[0] == 0
        trained["run"] = out
    return Path(shutil.copytree(trained["run"], tmp_path / "run"))


@pytest.mark.slow
def test_predict_gives_class_and_probabilities(run, photos, thaw):
    paths = [str(photos / "cold" / "00.jpg"), str(photos / "warm" / "00.jpg")]
    status, out, _ = thaw("predict", run, *paths, "--device", "cpu", "--json")
    assert status == 0
    predictions = json.loads(out)["predictions"]
    assert json.loads(out)["epoch"] == json.loads((run / "run.json").read_text())["result_epoch"]
    assert [row["path"] for row in predictions] == paths
    for row in predictions:
        assert sum(row["probabilities"].values()) == pytest.approx(1, abs=1e-5)
        assert row["predicted"] == max(row["probabilities"], key=row["probabilities"].get)
    status, out, _ = thaw("predict", run, *paths, "--device", "cpu")
    assert [line.split(": ")[0] for line in out.splitlines()] == paths


@pytest.mark.slow
def test_predict_with_an_unreadable_image_predicts_the_others_and_exits_with_2(run, photos, thaw):
    (photos / "bad.jpg").write_bytes(b"no photo")
    status, out, err = thaw("predict", run, photos / "bad.jpg", photos / "cold" / "00.jpg", "--device", "cpu", "--json")
    assert status == 2
    assert len(json.loads(out)["predictions"]) == 1
    assert "bad.jpg" in json.loads(out)["unreadable"][0]
    assert "bad.jpg" in err


@pytest.mark.slow
def test_predict_accepts_folders_and_skips_unreadable_files(run, photos, thaw):
    (photos / "warm" / "03.jpg").write_bytes(b"no photo")
    (photos / "warm" / "notes.txt").write_text("x")
    status, out, err = thaw("predict", run, photos / "warm", photos / "cold" / "00.jpg", "--device", "cpu", "--json")
    assert status == 2
    document = json.loads(out)
    assert f"thaw: {document['error']} {document['hint']}" == err.splitlines()[-1]
    assert document["file"] == str(photos / "warm" / "03.jpg")
    expected = [str(path) for path in sorted((photos / "warm").glob("*.jpg")) if path.name != "03.jpg"]
    assert [row["path"] for row in document["predictions"]] == [*expected, str(photos / "cold" / "00.jpg")]
    assert {row["path"]: row["reason"] for row in document["skipped"]} == {
        str(photos / "warm" / "03.jpg"): "a text, not an image",
        str(photos / "warm" / "notes.txt"): "not a photo: .txt files are not read",
    }
    assert document["unreadable"] == [f"{photos / 'warm' / '03.jpg'} was left out: a text, not an image."]
    assert "notes.txt was left out" in err
    status, out, _ = thaw("predict", run, photos / "cold", "--device", "cpu")
    assert (status, len(out.splitlines())) == (0, 12)


@pytest.mark.slow
def test_predict_refuses_pipes_and_devices_at_once(run, photos, thaw):
    status, out, err = thaw("predict", run, "/dev/zero", photos / "gone.jpg")
    assert (status, out) == (2, "")
    assert "/dev/zero was left out: a device, not a photo." in err
    assert "gone.jpg was left out: file not found." in err
    line = "thaw: No prediction for 2 photos or folders, the first /dev/zero: a device, not a photo. Check them"
    assert err.splitlines()[-1].startswith(line)
    assert thaw("predict", run, "/dev/zero", "--json")[2].splitlines()[-1] == (
        "thaw: No prediction for /dev/zero: a device, not a photo. Check it, or leave it out."
    )
    assert "Predicting" not in err


@pytest.mark.slow  # by default in tests/engine/export
def test_an_exported_head_predicts(run, photos, tmp_path, thaw):
    status, out, _ = thaw("export", run, "--out", tmp_path / "head.pt", "--json")
    assert status == 0
    data = json.loads((run / "run.json").read_text())
    result = data["result_epoch"]
    epoch = {"epoch": result, "epochs": 2, "best_epoch": result, "which": json.loads(out)["which"]}
    epoch["criterion"] = "lowest validation loss"
    head = tmp_path / "head.pt"
    files = {"out": str(head), "file": str(head), "bytes": head.stat().st_size, "card": str(tmp_path / "head.json")}
    printed = json.loads(out)
    certificate = printed.pop("certificate")
    assert printed == {**files, "model_card": f"{head}.md", **epoch}
    assert (certificate["passed"], certificate["same_class"]) == (True, certificate["photos"])
    assert json.loads((tmp_path / "head.pt.certificate.json").read_text()) == certificate
    assert "| accuracy |" in (tmp_path / "head.pt.md").read_text()
    assert "best" in epoch["which"]
    photo = photos / "warm" / "02.jpg"
    ours, theirs = (
        json.loads(thaw("predict", source, photo, "--device", "cpu", "--json")[1])
        for source in (run, tmp_path / "head.pt")
    )
    assert ours == theirs
    (mine,) = ours["predictions"]
    assert mine["unlike"] == (mine["distance"] > 1)


@pytest.mark.slow
def test_the_best_epoch_can_be_exported_and_used_for_predictions(photos, tmp_path, thaw):
    run = tmp_path / "worse"
    assert thaw("train", photos, *QUICK, "--epochs", 9, "--lr", 30, "--optimizer", "sgd", "--out", run)[0] == 0
    best = json.loads((run / "run.json").read_text())["best_epoch"]
    assert best < 9
    status, out, _ = thaw("export", run, "--epoch", "last", "--out", tmp_path / "last.safetensors")
    assert status == 0
    assert "Head of epoch 9 (the last of 9) written" in out
    assert f"Epoch {best} had the lowest validation loss: --epoch best" in out
    status, out, _ = thaw("export", run, "--out", tmp_path / "best.safetensors")
    assert status == 0
    assert f"Head of epoch {best} (the best of 9) written" in out
    assert "It had the lowest validation loss. The last epoch is 9: --epoch last" in out
    data = json.loads(thaw("export", run, "--epoch", "best", "--out", tmp_path / "best.safetensors", "--json")[1])
    assert (data["epoch"], data["which"], data["epochs"]) == (best, "best", 9)
    photo = photos / "warm" / "02.jpg"
    sources = [(run, "--epoch", "last"), (tmp_path / "last.safetensors",), (run,), (tmp_path / "best.safetensors",)]
    outputs = [thaw("predict", source, photo, "--device", "cpu", "--json", *more)[1] for source, *more in sources]
    assert (outputs[0], outputs[2]) == (outputs[1], outputs[3])
    assert (tmp_path / "last.safetensors").read_bytes() != (tmp_path / "best.safetensors").read_bytes()
    refused(thaw("predict", tmp_path / "best.safetensors", photo, "--epoch", "best"), "one epoch only")
    refused(thaw("export", run, "--epoch", "first", "--out", tmp_path / "x.pt"), "first")


@pytest.mark.slow
def test_paths_begin_at_home_also_where_the_shell_leaves_the_tilde(run, photos, tmp_path, thaw, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.chdir(photos)
    assert thaw("export", "~/run", "--out=~/out/h.pt")[0] == 0
    assert thaw("predict", "~/out/h.pt", "~/photos/cold/00.jpg", "--device", "cpu")[0] == 0
    assert thaw("extract", "~/photos", *QUICK, "--out=~/out/f.npz")[0] == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "f.npz",
        "h.json",
        "h.novelty.safetensors",
        "h.pt",
        "h.pt.certificate.json",
        "h.pt.md",
    ]
    refused(thaw("train", "~/photos", *QUICK, "--out=~/run"), f"{tmp_path / 'run'} is not empty")
    refused(thaw("resume", "~/run", "--data=~/nowhere", "--epochs", 3), str(tmp_path / "nowhere"))


@pytest.mark.slow
def test_cam_writes_the_heatmap_of_a_class_and_names_the_layer(photos, tmp_path, thaw):
    thaw("train", photos, *QUICK, "--epochs", 2, "--out", tmp_path / "run")
    photo, out = photos / "warm" / "03.jpg", tmp_path / "heat.png"
    status, text, _ = thaw("cam", tmp_path / "run", photo, "--class", "cold", "--out", out)
    assert status == 0
    assert "“cold”" in text
    assert out.read_bytes().startswith(b"\x89PNG")
    data = json.loads(thaw("cam", tmp_path / "run", photo, "--out", tmp_path / "heat.npz", "--json")[1])
    assert data["class"] in {"cold", "warm"}
    assert data["probability"] >= 0.5
    assert data["layer"]
    refused(thaw("cam", tmp_path / "run", photo, "--class", "ants", "--out", out), "no class “ants”")
    refused(thaw("cam", tmp_path / "nowhere", photo, "--out", out), "nowhere")


@pytest.mark.slow
def test_activations_are_written_for_a_backbone_and_for_a_run(photos, tmp_path, thaw):
    photo, out = photos / "warm" / "03.jpg", tmp_path / "out.npz"
    size = ("--image-size", 32)
    status, text, _ = thaw("activations", "tf_efficientnet_lite0", photo, "--layer", "blocks.0", "--out", out, *size)
    assert status == 0
    assert "16 × 16 × 16" in text
    thaw("train", photos, *QUICK, "--epochs", 1, "--out", tmp_path / "run")
    data = json.loads(thaw("activations", tmp_path / "run", photo, "--layer", "blocks.0", "--out", out, "--json")[1])
    assert data["weights"] == "after epoch 1"
    assert data["shape"][0] > 0
    refused(thaw("activations", tmp_path / "run", photo, "--layer", "nowhere", "--out", out), "no layer called")
    refused(thaw("activations", tmp_path, photo, "--layer", "blocks.0", "--out", out), str(tmp_path))


@pytest.mark.slow
def test_each_call_of_a_layer_is_listed_and_written(photos, tmp_path, thaw):
    network = ("resnet50", "--image-size", 64)
    document = json.loads(thaw("layers", *network, "--batch", 2, "--json")[1])
    (relu,) = (row for row in document["layers"] if row["path"] == "layer1.0.relu")
    assert (relu["calls"], relu["output"]) == (3, [2, 64, 16, 16])
    assert [call["output"] for call in relu["later_calls"]] == [[2, 64, 16, 16], [2, 256, 16, 16]]
    rows = thaw("layers", *network, "--calls")[1].splitlines()
    place = next(number for number, row in enumerate(rows) if "layer1.0.relu" in row)
    assert all(words in rows[place + 2] for words in ("call 3 of 3", "256 × 16 × 16"))
    options = ("--layer", "layer1.0.relu", "--out", tmp_path / "out.npz", "--weights", "none", *network[1:])
    text = thaw("activations", network[0], photos / "warm" / "03.jpg", *options, "--call", 3)[1]
    assert "256 × 16 × 16, call 3 of 3" in text
    refused(thaw("activations", network[0], photos / "warm" / "03.jpg", *options, "--call", 4), "has no call 4")


@pytest.mark.parametrize(("option", "value"), [("--image-size", 128), ("--weights", "none"), ("--readout", "pooled")])
def test_activations_of_a_run_refuse_options_of_the_network(tmp_path, thaw, option, value):
    given = ("--layer", "blocks.0", "--out", tmp_path / "out.npz", option, value)
    refused(thaw("activations", tmp_path, tmp_path / "photo.jpg", *given), f"{option} is for a backbone")


@pytest.mark.slow
def test_exported_files_are_listed_with_their_certificates(run, tmp_path, thaw):
    assert "No exported file of this run" in thaw("export", run, "--list")[1]
    file = tmp_path / "files" / "rows.npz"
    file.parent.mkdir()
    assert thaw("export", run, "--format", "features", "--out", file)[0] == 0
    status, out, _ = thaw("export", run, "--list", "--json")
    (listed,) = json.loads(out)["files"]
    assert (status, listed["file"], listed["state"]) == (0, str(file), "same")
    assert listed["certificate"] == json.loads(Path(f"{file}.certificate.json").read_text())
    (same,) = studio.open_run(run).exports()
    assert (same.file, same.state, same.certificate.format) == (str(file), "same", "features")
    file.write_bytes(file.read_bytes() + b"0")
    status, out, _ = thaw("export", run, "--list")
    assert status == 4
    assert "THE FILE HAS CHANGED SINCE" in out
    shutil.move(file.parent, tmp_path / "moved")
    assert json.loads(thaw("export", run, "--list", "--json")[1])["files"] == []
    (moved,) = json.loads(thaw("export", run, "--list", tmp_path / "moved", "--json")[1])["files"]
    assert moved["file"] == str(tmp_path / "moved" / "rows.npz")
    assert thaw("export", run, "--list", "--out", file)[0] == 2


@pytest.mark.slow
def test_an_exported_head_has_a_card_that_replaces_no_file_of_the_user(thaw, photos, tmp_path):
    assert thaw("train", photos, "--epochs", "1", "--out", tmp_path / "run", *QUICK)[0] == 0
    out = tmp_path / "head.safetensors"
    card = tmp_path / "head.safetensors.md"
    data = json.loads(thaw("export", tmp_path / "run", "--out", out, "--json")[1])
    assert data["model_card"] == str(card)
    text = card.read_text()
    assert "| accuracy |" in text
    assert f"Folder “{photos.name}”" in text
    assert str(tmp_path) not in text
    # A card of this program is written again, any other file is not replaced.
    card.write_text(text.replace("accuracy", "nonsense"))
    assert thaw("export", tmp_path / "run", "--out", out)[0] == 0
    assert card.read_text() == text
    card.write_text("# My notes\n")
    status, _, err = thaw("export", tmp_path / "run", "--out", out)
    assert status == 0
    assert "is not a model card of this program, so it was not replaced" in err
    assert card.read_text() == "# My notes\n"
    # Without the photos it has the metrics of the record.
    card.unlink()
    photos.rename(tmp_path / "elsewhere")
    assert thaw("export", tmp_path / "run", "--out", out)[0] == 0
    assert "| accuracy |" in card.read_text()
