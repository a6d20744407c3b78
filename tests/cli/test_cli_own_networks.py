"""Users' own networks in the terminal: the question whether to run a file, and every command after it."""

from __future__ import annotations

import io
import json
import sys

import exported_file
import own_network
import pytest
from terminal import QUICK, refused

from studio.catalog import agreements
from studio.spec.network_file import parse
from studio.system import paths


@pytest.fixture
def network(tmp_path) -> str:
    """The path and factory of a file without an agreement to run it, as typed in the terminal."""
    own_network.write(tmp_path, f"{own_network.NET}\n# {tmp_path}", agreed=False)
    return f"{tmp_path / 'net.py'}:factory"


@pytest.mark.slow
def test_layers_of_a_file_have_the_documented_output(thaw, network):
    options = ("--image-size", 32, "--batch", 32, "--classes", 10, "--json")
    refused(thaw("layers", network, *options[:-1]), "is code that would run on this computer", "--trust")
    status, out, _ = thaw("layers", network, *options, "--trust")
    document = json.loads(out)
    assert status == 0
    assert document["output"] == [32, 10]
    assert document["classifier"] == "classifier.3"
    assert document["macs"] > 0
    assert {"path", "type", "input", "output", "parameters", "macs", "activation_bytes", "trainable"} <= set(
        document["layers"][0]
    )
    assert thaw("layers", network, *options)[0] == 0  # remembered


@pytest.mark.slow
@pytest.mark.parametrize(("answer", "status"), [("y\n", 0), ("\n", 2), ("no\n", 2), ("", 2)])
def test_in_a_terminal_the_user_is_asked_for_agreement(thaw, network, monkeypatch, answer, status):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert thaw("layers", network, "--image-size", 32, "--json")[0] == status


@pytest.mark.slow
def test_names_that_cannot_be_used_are_refused(thaw, network, tmp_path):
    path = network.removesuffix(":factory")
    refused(thaw("layers", path, "--trust"), "needs the name of the function or class", f"{path}:factory")
    refused(thaw("layers", f"{network}x", "--trust"), "no function or class “factoryx”", "It has Net, factory")
    refused(thaw("layers", tmp_path / "none.py:f", "--trust"), "There is no network file at")
    refused(thaw("layers", network, "--trust"), "cannot take photos of 224 × 224", "32 × 32")


def test_activations_accept_the_agreement_and_a_network_prints_to_stderr(thaw, photos, tmp_path):
    prints = own_network.NET.replace("return self.cl", "print(x.shape); return self.cl")
    own_network.write(tmp_path, prints, agreed=False)
    photo = next(photos.rglob("*.jpg"))
    options = (photo, "--layer", "features.0", "--image-size", 32, "--out", tmp_path / "a.npz", "--json")
    status, out, err = thaw("activations", f"{tmp_path / 'net.py'}:factory", *options, "--trust")
    assert status == 0, err
    assert json.loads(out)["shape"] == [6, 8, 8]
    assert "torch.Size" in err


@pytest.mark.slow
def test_forecasts_and_advice_fine_tune_an_exported_network(thaw, photos, tmp_path):
    network = exported_file.write(tmp_path / "net.pt2")
    options = ("--backbone", network, "--fine-tune", "--device", "cpu", "--json")
    status, out, err = thaw("forecast", photos, *options)
    assert status == 0, err
    assert json.loads(out)["trainable"] > 0
    status, _, err = thaw("advise", "cut", photos, *options)
    assert status == 0, err


def test_without_the_option_and_without_a_terminal_nothing_runs(thaw, network, tmp_path):
    refused(thaw("layers", network), "is code that would run on this computer", "--trust")
    refused(thaw("extract", tmp_path, "--backbone", network, "--out", tmp_path / "rows.npz"), "--trust")


@pytest.mark.slow
def test_a_run_of_an_own_network_from_training_to_export(thaw, photos, network, tmp_path):
    run, head = tmp_path / "run", tmp_path / "head.safetensors"
    plan = ("--backbone", network, *QUICK, "--thaw", "classifier", "--epochs", 2, "--out", run)
    refused(thaw("train", photos, *plan), "not agreed")
    assert not run.exists()
    assert thaw("train", photos, *plan, "--trust")[0] == 0
    record = json.loads((run / "run.json").read_text())
    file = parse(record["spec"]["backbone"]["name"])
    assert record["network_file"] == {"path": file.path, "sha256": file.content, "factory": "factory"}
    assert len(file.content) == 64
    assert thaw("resume", run, "--epochs", 3)[0] == 0
    photo = photos / "cold" / "00.jpg"
    status, out, _ = thaw("predict", run, photo, "--device", "cpu", "--json")
    assert status == 0
    assert thaw("evaluate", run, "--json")[0] == 0
    assert "It needs your network" in thaw("export", run, "--out", head)[1]
    assert json.loads(head.with_suffix(".json").read_text())["network_file"]["sha256"] == file.content
    answer = json.loads(out)["predictions"][0]["probabilities"]
    exported = json.loads(thaw("predict", head, photo, "--device", "cpu", "--json")[1])["predictions"][0]
    assert exported["probabilities"] == pytest.approx(answer, abs=1e-6)
    assert thaw("extract", photos, "--backbone", network, *QUICK, "--out", tmp_path / "rows.npz")[0] == 0

    (tmp_path / "elsewhere").mkdir()
    for moved in (head, head.with_suffix(".json"), tmp_path / "net.py"):
        moved.rename(tmp_path / "elsewhere" / moved.name)
    there = json.loads(thaw("predict", tmp_path / "elsewhere" / head.name, photo, "--device", "cpu", "--json")[1])
    assert there["predictions"][0]["probabilities"] == pytest.approx(answer, abs=1e-6)
    refused(thaw("predict", run, photo), "There is no network file at", "put it back")
    for moved in (head, head.with_suffix(".json"), tmp_path / "net.py"):
        (tmp_path / "elsewhere" / moved.name).rename(moved)

    changed = tmp_path / "net.py"
    changed.write_text(changed.read_text() + "\n# changed")
    for command in (("resume", run, "--epochs", 4), ("predict", run, photo), ("predict", head, photo)):
        refused(thaw(*command, "--trust"), "net.py has changed", "Restore the file")


@pytest.mark.slow
def test_commands_ask_for_agreement_only_where_they_run_the_code(thaw, photos, network, tmp_path):
    run, report = tmp_path / "run", tmp_path / "report.html"
    plan = ("--backbone", network, *QUICK, "--thaw", "classifier", "--epochs", 1, "--out", run)
    done = thaw("train", photos, *plan, "--trust")
    assert done[0] == 0, done
    agreement = paths.settings_folder() / agreements.FILE
    agreement.unlink()
    for command in (("export", run, "--out", tmp_path / "head.pt"), ("threshold", run), ("compare", run, run)):
        assert thaw(*command)[0] == 0, command
        assert not agreement.exists()
    refused(thaw("report", run, "--part", "train", "--out", report), "you have not agreed", "--trust")
    assert not report.exists()
    assert thaw("report", run, "--part", "train", "--out", report, "--trust")[0] == 0
    assert report.exists()
    assert agreement.exists()
