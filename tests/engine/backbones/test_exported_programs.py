"""Networks from programs exported by torch, and files that would run code in torch's own loader."""

from __future__ import annotations

import json
import pickle
import warnings
import zipfile
from pathlib import Path

import exported_file
import own_network
import pytest
import torch
from exported_file import CONV, LINEAR, node, nodes, tensor
from tiny import load
from torch import nn
from torch.nn import functional

from studio.catalog import catalog, network_files
from studio.engine.backbones.own import operations, program
from studio.spec import BackboneSpec, UserError
from studio.spec.network_file import parse


def spec_of(file: Path, weights: str = "default", size: int | None = None) -> BackboneSpec:
    return BackboneSpec(network_files.pinned_file(parse(str(file))).name, weights, size)


class Bomb:
    """Object that writes a file when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self):
        return Path.touch, (self.marker,)


def test_a_program_computes_its_graph_and_its_last_layer_is_replaced(tmp_path):
    file = exported_file.write(tmp_path / "net.pt2")
    photos = torch.rand(3, 3, 32, 32)
    features = functional.conv2d(photos, CONV, stride=4).flatten(1)
    assert torch.equal(program.make(file)(photos), functional.linear(features, LINEAR))
    base = load(spec_of(file))
    assert torch.equal(base.features(photos), features)
    assert (base.table.classifier, base.table.features, base.preprocess.size) == ("fc", 128, (32, 32))
    assert [(layer.path, layer.type, layer.row) for layer in base.table.layers] == [("conv", "Conv2d", (2, 8, 8))]


def test_example_inputs_are_not_opened(tmp_path):
    marker = tmp_path / "ran"
    bomb = {"data/sample_inputs/model.pt": pickle.dumps(Bomb(marker))}
    load(spec_of(exported_file.write(tmp_path / "net.pt2", extra=bomb)))
    assert not marker.exists()


@pytest.mark.parametrize(
    "member",
    ["../../evil.py", "net/../../evil.py", "/etc/evil", "net/extra/..\\evil", "net/setup.py", "net/models/model.json"],
)
def test_members_that_torch_does_not_write_are_refused_by_name(tmp_path, member):
    file = exported_file.write(tmp_path / "net.pt2")
    with zipfile.ZipFile(file, "a") as archive:
        (root,) = {name.split("/")[0] for name in archive.namelist()}
        member = member.replace("net/", f"{root}/")
        with warnings.catch_warnings(action="ignore"):  # zipfile warns of a name that is there already
            archive.writestr(member, "{}")
    with pytest.raises(UserError) as caught:
        program.make(file)
    assert f"“{member}”" in caught.value.title


def test_pickled_weights_are_not_opened(tmp_path):
    marker = tmp_path / "ran"
    file = exported_file.write(
        tmp_path / "net.pt2", extra={"data/weights/weight_1": pickle.dumps(Bomb(marker))}, fc={"use_pickle": True}
    )
    with pytest.raises(UserError, match=r"holds fc.weight as a pickle.*not opened"):
        load(spec_of(file))
    assert not marker.exists()


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (node("torch.load", "", "linear", ("f", {"as_string": "/etc/passwd"})), "uses torch.load"),
        (node("_operator.attrgetter", "", "linear"), "uses _operator.attrgetter"),
        (node("torch.ops.aten.from_file.default", "", "linear"), "uses torch.ops.aten.from_file"),
        (node("torch.ops.aten.__class__.default", "", "linear"), "uses torch.ops.aten.__class__"),
        # These write beyond their tensors where an index is wrong.
        (node("torch.ops.aten.max_pool2d_with_indices_backward.default", "", "linear"), "is not an allowed operation"),
        (node("torch.ops.aten.segment_reduce.default", "", "linear"), "is not an allowed operation"),
        (node("torch.ops.aten._ctc_loss.default", "", "linear"), "is not an allowed operation"),
        (node("torch.ops.aten.set_.source_Tensor", "", "linear"), "is not an allowed operation"),
        (node("torch.ops.aten.none_such.default", "", "linear"), "this version of torch does not have"),
        (node("torch.ops.aten.pad.default", "", "linear", ("mode", {"as_string": "/etc"})), "passes the string '/etc'"),
        (node("torch.ops.aten.relu.default", "", "linear", ("self", {"as_graph": {}})), "unsupported kind as_graph"),
        (node("torch.ops.aten.rand.default", "", "linear"), "in training mode, or draws random numbers"),
        (
            node("torch.ops.aten.dropout.default", "", "linear", ("x", tensor("x")), ("train", {"as_bool": True})),
            "in training mode",
        ),
    ],
)
def test_operations_with_side_effects_are_refused(tmp_path, step, words):
    with pytest.raises(UserError) as caught:
        load(spec_of(exported_file.write(tmp_path / "net.pt2", [step])))
    assert words in caught.value.title
    assert "Export it again" in caught.value.hint


@pytest.mark.parametrize(
    "name",
    [
        "conv2d.default",
        "hardswish_.default",
        "gelu_.default",
        "squeeze_.dim",
        "_softmax.default",
        "linalg_norm.default",
    ],
)
def test_operations_of_networks_are_allowed(name):
    assert operations.find(f"torch.ops.aten.{name}") is not None


def test_shapes_that_torch_does_not_check_are_checked():
    attention = operations.find("torch.ops.aten.scaled_dot_product_attention.default")
    query, value = torch.rand(1, 1, 4, 8), torch.rand(1, 1, 3, 8)
    assert attention(query, query, query).shape == query.shape
    with pytest.raises(ValueError, match="do not fit together"):
        attention(query, query, value)
    norm = operations.find("torch.ops.aten._native_batch_norm_legit_no_training.default")
    with pytest.raises(ValueError, match="parameters of another length"):
        norm(torch.rand(1, 3, 2, 2), *[torch.rand(1)] * 4, 0.1, 1e-5)


@pytest.mark.parametrize(
    ("member", "words"),
    [
        ("net/data/aotinductor/model/code.so", "machine code that would run"),
        ("serialized_exported_program.json", "before 2.8"),
        ("net/data.pkl", "by torch.save or torch.jit.save"),
        ("other", "a zip file without an exported program"),
    ],
)
def test_files_of_other_kinds_are_named(tmp_path, member, words):
    with zipfile.ZipFile(tmp_path / "net.pt2", "w") as archive:
        archive.writestr(member, "")
    with pytest.raises(UserError, match=r"net\.pt2") as caught:
        load(spec_of(tmp_path / "net.pt2"))
    assert words in caught.value.title


def test_damaged_files_are_refused(tmp_path):
    whole = exported_file.write(tmp_path / "net.pt2").read_bytes()
    (tmp_path / "net.pt2").write_bytes(whole[:-40])
    with pytest.raises(UserError, match="not an exported program, or damaged"):
        load(spec_of(tmp_path / "net.pt2"))
    short = {"data/weights/weight_1": b"1234"}
    with pytest.raises(UserError, match="extends beyond its data"):
        load(spec_of(exported_file.write(tmp_path / "net.pt2", extra=short)))
    with pytest.raises(UserError, match="does not fit together"):
        load(spec_of(exported_file.write(tmp_path / "net.pt2", nodes()[1:])))


def test_a_compressed_graph_is_not_unpacked(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "net.pt2", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("net/archive_format", "pt2")
        archive.writestr("net/models/model.json", " " * 100_000)
    monkeypatch.setattr(zipfile.ZipFile, "read", lambda *_: pytest.fail("a small file can hold any amount of zeros"))
    assert catalog.preprocess_for(spec_of(tmp_path / "net.pt2")).size == (224, 224)


def test_a_program_takes_the_size_it_was_exported_for(tmp_path):
    file = exported_file.write(tmp_path / "net.pt2")
    assert catalog.preprocess_for(spec_of(file)).size == (32, 32)
    with pytest.raises(UserError, match="only takes photos of 32 × 32"):
        load(spec_of(file, size=64))
    with pytest.raises(UserError, match="cannot draw random weights"):
        load(spec_of(file, "none"))


@pytest.mark.slow
@pytest.mark.parametrize("dynamic", [True, False])
def test_an_exported_network_equals_the_one_it_came_from_forward_and_backward(tmp_path, dynamic):
    names: dict[str, type[nn.Module]] = {}
    exec(own_network.NET, names)
    network = names["Net"](7).eval()
    batch = {"dynamic_shapes": ({0: torch.export.Dim.DYNAMIC},)} if dynamic else {}
    exported = torch.export.export(network, (torch.zeros(2 if dynamic else 1, 3, 32, 32),), **batch)
    torch.export.save(exported, tmp_path / "net.pt2")
    ours, photos = program.make(tmp_path / "net.pt2").eval(), torch.rand(3, 3, 32, 32)
    assert torch.equal(ours(photos), network(photos))
    assert ours.state_dict().keys() == network.state_dict().keys()
    ours(photos).square().sum().backward()
    network(photos).square().sum().backward()
    for name, parameter in network.named_parameters():
        assert torch.equal(ours.get_parameter(name).grad, parameter.grad)
    base = load(spec_of(tmp_path / "net.pt2"))
    assert base.table.classifier == "classifier.3"
    assert [layer.type for layer in base.table.layers if layer.leaf][:3] == ["Conv2d", "BatchNorm2d", "ReLU"]


@pytest.mark.slow
def test_a_run_of_an_exported_network_thaws_resumes_and_predicts(thaw, photos, tmp_path):
    names: dict[str, type[nn.Module]] = {}
    exec(own_network.NET, names)
    exported = torch.export.export(
        names["Net"](7).eval(), (torch.zeros(2, 3, 32, 32),), dynamic_shapes=({0: torch.export.Dim.DYNAMIC},)
    )
    file, run, head = tmp_path / "net.pt2", tmp_path / "run", tmp_path / "head.safetensors"
    torch.export.save(exported, file)
    plan = ("--backbone", file, "--device", "cpu", "--thaw", "classifier", "--epochs", 2, "--out", run)
    assert thaw("train", photos, *plan)[0] == 0
    record = json.loads((run / "run.json").read_text())
    assert (record["cut"], record["feature_shape"]) == ("features", [6, 8, 8])  # the layer of that name
    assert record["network_file"]["path"] == str(file)
    assert thaw("resume", run, "--epochs", 3)[0] == 0
    photo = photos / "cold" / "00.jpg"
    out = thaw("predict", run, photo, "--device", "cpu", "--json")[1]
    assert thaw("export", run, "--out", head)[0] == 0
    exported_out = thaw("predict", head, photo, "--device", "cpu", "--json")[1]
    own, other = (json.loads(text)["predictions"][0]["probabilities"] for text in (out, exported_out))
    assert other == pytest.approx(own, abs=1e-6)
