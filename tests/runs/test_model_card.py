"""The description of a whole model is read without its network, and other files are refused with a reason."""

from __future__ import annotations

import json
import pickle
import zipfile
from pathlib import Path

import pytest

from studio.runs import model_card, onnx_metadata
from studio.spec import UserError

ABOUT = {
    "kind": "whole model",
    "classes": ["ant", "bee"],
    "target": "",
    "outputs": ["probabilities", "unlike", "distance"],
    "thresholds": {"bee": 0.7},
    "least_confidence": 0.4,
    "epoch": 2,
    "backbone": {"name": "resnet18"},
    "preprocess": {"size": [64, 64], "resize": [72, 72], "crop": "border", "fill": [0, 0, 0]},
}


def field(number: int, content: bytes) -> bytes:
    """A field of a message of protobuf, with a length below 128 or two bytes of length."""
    size = len(content)
    length = bytes([size]) if size < 128 else bytes([size & 127 | 128, size >> 7])
    return bytes([number << 3 | 2]) + length + content


def onnx_file(file: Path, about: dict) -> Path:
    pairs = (field(1, name.encode()) + field(2, json.dumps(value).encode()) for name, value in about.items())
    # Version 8, a graph of some bytes, then the metadata.
    file.write_bytes(bytes([8, 8]) + field(7, bytes(300)) + b"".join(field(14, pair) for pair in pairs))
    return file


def written(folder: Path, suffix: str, about: dict) -> Path:
    file = folder / f"m{suffix}"
    if suffix == ".onnx":
        return onnx_file(file, about)
    if suffix == ".safetensors":
        file.touch()
        file.with_suffix(".json").write_text(json.dumps(about))
    elif suffix == ".pt2":
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("m/extra/about.json", json.dumps(about))
    else:
        text = json.dumps(about).replace('"', "&quot;")
        file.write_text(f'<net><layers><layer/></layers><rt_info><thaw_studio value="{text}"/></rt_info></net>')
    return file


@pytest.mark.parametrize("suffix", [".onnx", ".safetensors", ".pt2", ".xml"])
def test_every_format_is_described_alike(tmp_path, suffix):
    file = written(tmp_path, suffix, ABOUT)
    assert model_card.is_whole(file)
    card = model_card.read(file)
    assert (card.classes, card.epoch, card.preprocess.crop) == (("ant", "bee"), 2, "border")
    assert card.rule.threshold_of("bee").value == 0.7
    assert card.rule.least_confidence == 0.4


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"classes": ["ant", "ant"]}, "a class occurs twice"),
        ({"classes": []}, "neither classes nor a number"),
        ({"target": "weight"}, "both"),
        ({"outputs": ["scores"]}, "its outputs are scores"),
        ({"thresholds": {"wasp": 0.5}}, "not one of its classes"),
        ({"thresholds": {"bee": 7}}, "<= 1"),
        ({"preprocess": {"size": [10**9, 64]}}, "not within 1 to"),
        ({"preprocess": {"std": [0, 1, 1]}}, "standard deviation of 0"),
        ({"kind": "something"}, "no description by Thaw Studio"),
    ],
)
def test_a_description_that_contradicts_itself_is_refused(tmp_path, change, words):
    for suffix in (".onnx", ".safetensors", ".pt2", ".xml"):
        with pytest.raises(UserError) as error:
            model_card.read(written(tmp_path, suffix, {**ABOUT, **change}))
        assert words in error.value.title


@pytest.mark.parametrize("suffix", [".onnx", ".pt2", ".xml"])
@pytest.mark.parametrize("content", [b"", pickle.dumps({"a": 1}), b"\x80\x80", b"<net><net>", bytes(50)])
def test_files_that_are_not_models_are_refused(tmp_path, suffix, content):
    file = tmp_path / f"m{suffix}"
    file.write_bytes(content)
    with pytest.raises(UserError, match=f"m{suffix}"):
        model_card.read(file)


def test_a_file_of_another_program_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "m.pt2", "w") as archive:
        archive.writestr("m/models/m.json", "{}")
    (tmp_path / "m.xml").write_text("<net><layers/></net>")
    onnx_file(tmp_path / "m.onnx", {"producer": "another"})
    for suffix in (".onnx", ".pt2", ".xml"):
        with pytest.raises(UserError, match="no description by Thaw Studio"):
            model_card.read(tmp_path / f"m{suffix}")


def test_missing_and_unverified_files_are_refused_with_the_reason(tmp_path):
    with pytest.raises(UserError, match="There is no file"):
        model_card.read(tmp_path / "m.onnx")
    (tmp_path / "m.onnx.unproved").touch()
    assert model_card.is_whole(tmp_path / "m.onnx.unproved")
    with pytest.raises(UserError, match="did not pass its check"):
        model_card.read(tmp_path / "m.onnx.unproved")


def test_runs_and_heads_are_not_whole_models(tmp_path):
    (tmp_path / "run.onnx").mkdir()
    (tmp_path / "head.safetensors").touch()
    (tmp_path / "head.json").write_text('{"kind": "linear head on backbone features"}')
    for name in ("run.onnx", "head.safetensors", "head.pt", "other.safetensors"):
        assert not model_card.is_whole(tmp_path / name)


def test_metadata_that_are_cut_off_are_refused(tmp_path):
    file = onnx_file(tmp_path / "m.onnx", ABOUT)
    whole = file.read_bytes()
    assert json.loads(onnx_metadata.read(file)["classes"]) == ["ant", "bee"]
    for size in (1, 2, 100, 310, len(whole) - 1):
        file.write_bytes(whole[:size])
        try:
            found = onnx_metadata.read(file)
        except ValueError:
            continue
        assert len(found) < len(ABOUT), size


@pytest.mark.parametrize(("side", "accepted"), [(0, False), (1, True), (8192, True), (8193, False)])
def test_sides_of_1_to_8192_pixels_are_possible(tmp_path, side, accepted):
    for sizes in ({"size": [64, side], "resize": [64, 64]}, {"size": [64, 64], "resize": [side, 64]}):
        file = written(tmp_path, ".onnx", {**ABOUT, "preprocess": {**ABOUT["preprocess"], **sizes}})
        if accepted:
            assert model_card.read(file).epoch == 2
        else:
            with pytest.raises(UserError, match="the size of its input is not within 1 to 8192 pixels"):
                model_card.read(file)


@pytest.mark.parametrize(("size", "accepted"), [(1 << 24, True), ((1 << 24) + 1, False)])
def test_a_card_of_more_than_16_mib_is_not_read(tmp_path, size, accepted):
    file = written(tmp_path, ".safetensors", ABOUT)
    card = file.with_suffix(".json")
    card.write_bytes(card.read_bytes().ljust(size))
    if accepted:
        assert model_card.read(file).epoch == 2
    else:
        with pytest.raises(UserError, match="it is too large"):
            model_card.read(file)


@pytest.mark.parametrize(("more", "accepted"), [(0, True), (1, False)])
def test_a_description_in_a_program_has_the_same_limit(tmp_path, monkeypatch, more, accepted):
    monkeypatch.setattr(model_card, "MAX_BYTES", len(json.dumps(ABOUT)) - more)
    if accepted:
        assert model_card.read(written(tmp_path, ".pt2", ABOUT)).epoch == 2
    else:
        with pytest.raises(UserError, match="it is too large"):
            model_card.read(written(tmp_path, ".pt2", ABOUT))


def test_a_card_without_later_fields_has_no_epoch_and_no_rule(tmp_path):
    least = {key: ABOUT[key] for key in ("kind", "classes", "outputs", "backbone", "preprocess")}
    card = model_card.read(written(tmp_path, ".onnx", least))
    assert (card.epoch, card.least_confidence, card.thresholds, card.target) == (0, 0.0, {}, "")
    assert card.rule.is_plain
    with pytest.raises(UserError, match="The description of a model in"):
        model_card.read(written(tmp_path, ".onnx", {**least, "epoch": -1}))


def test_metadata_are_found_after_fields_of_every_kind(tmp_path):
    file = onnx_file(tmp_path / "m.onnx", ABOUT)
    numbers = bytes([9 << 3 | 1]) + bytes(8) + bytes([9 << 3 | 5]) + bytes(4) + bytes([9 << 3, 0x80, 1])
    file.write_bytes(numbers + file.read_bytes())
    assert model_card.read(file).epoch == 2


def test_a_value_of_128_bytes_is_read_and_one_may_be_missing(tmp_path):
    file = tmp_path / "m.onnx"
    pair = field(1, b"name") + field(2, b"x" * 128)
    file.write_bytes(field(14, pair) + field(14, field(1, b"empty")) + field(14, field(2, b"nameless")))
    assert onnx_metadata.read(file) == {"name": "x" * 128, "empty": "", "": "nameless"}


def test_an_integer_of_more_than_ten_bytes_is_invalid(tmp_path):
    file = tmp_path / "m.onnx"
    file.write_bytes(bytes([8]) + b"\x80" * 9 + b"\1")
    assert onnx_metadata.read(file) == {}
    file.write_bytes(bytes([8]) + b"\x80" * 10 + b"\1")
    with pytest.raises(ValueError, match="it is not an ONNX file"):
        onnx_metadata.read(file)


def test_a_pair_of_more_than_16_mib_is_not_read(tmp_path, monkeypatch):
    file = tmp_path / "m.onnx"
    size = (1 << 24) + 1
    with file.open("wb") as opened:
        opened.write(bytes([14 << 3 | 2, size & 127 | 128, size >> 7 & 127 | 128, size >> 14 & 127 | 128, size >> 21]))
        opened.truncate(5 + size)
    with pytest.raises(ValueError, match="too large"):
        onnx_metadata.read(file)
    pair = field(1, b"name") + field(2, b"text")
    file.write_bytes(field(14, pair))
    monkeypatch.setattr(onnx_metadata, "MAX_BYTES", len(pair))
    assert onnx_metadata.read(file) == {"name": "text"}
    monkeypatch.setattr(onnx_metadata, "MAX_BYTES", len(pair) - 1)
    with pytest.raises(ValueError, match="too large"):
        onnx_metadata.read(file)
