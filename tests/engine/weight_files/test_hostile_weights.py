"""Malicious weights files, made to exhaust memory, to crash the program or to read other files."""

from __future__ import annotations

import pickle
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from few_layers import backbone, original

from studio.catalog import catalog
from studio.engine.backbones import conversions
from studio.engine.weight_files import fitting, pickles, reading, torch_files
from studio.engine.weight_files.contents import StoredTensor
from studio.engine.weight_files.pickle_objects import DamagedFileError
from studio.spec import UserError

OPEN, MEMO, AGAIN = b"\x80\x04", b"\x94", b"h"


def text(words: str) -> bytes:
    return b"X" + struct.pack("<I", len(words)) + words.encode()


def opcode_of(origin: str) -> bytes:
    module, _, name = origin.rpartition(".")
    return b"c" + module.encode() + b"\n" + name.encode() + b"\n"


def plain(value: Any) -> bytes:
    """The opcodes that push a built-in Python value onto the stack."""
    return pickle.dumps(value, 2)[2:-1].replace(b"q\x00", b"").replace(b"q\x01", b"").replace(b"q\x02", b"")


def tensor(first: Any = 0, shape: Any = (4,), strides: Any = (1,), kind: str = "torch.FloatStorage") -> bytes:
    storage = b"(" + text("storage") + opcode_of(kind) + text("0") + text("cpu") + plain(4) + b"tQ"
    call = opcode_of("torch._utils._rebuild_tensor_v2")
    return call + b"(" + storage + plain(first) + plain(shape) + plain(strides) + b"\x89}tR"


def write_zip(file: Path, value: bytes, numbers: bytes = b"\0" * 16, packed: bool = False) -> Path:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as archive:
        archive.writestr("net/data.pkl", OPEN + value + b".")
        archive.writestr("net/data/0", numbers)
    return file


def a_dict(value: bytes, key: bytes = text("a")) -> bytes:
    return b"}" + key + value + b"s"


def test_valid_files_of_these_helpers_are_read(tmp_path):
    numbers = torch.arange(4.0)
    for packed in (False, True):
        file = write_zip(tmp_path / "net.pt", a_dict(tensor()), numbers.numpy().tobytes(), packed)
        assert torch.equal(reading.read(file).tensors["a"].read(), numbers)


DEEP = b")" + b"\x85" * 20_000
"""A tuple in a tuple in a tuple …"""

WIDE = b"(]" + MEMO + b"".join(b"(" + (AGAIN + bytes([level])) * 50 + b"l" + MEMO for level in range(11)) + b"t"
"""A list of fifty times the same list of fifty times the same list …: 50 ** 11 paths."""

COPIES = b"(" + b"N" * 30_000 + b"t" + MEMO + (opcode_of("builtins.list") + AGAIN + b"\0\x85R0") * 1_000
"""A long tuple, copied again and again."""

HOSTILE = {
    "deep tuple as a key": a_dict(b"N", DEEP),
    "deep tuple as a key of a dict made by a call": opcode_of("collections.OrderedDict") + b"]" + DEEP + b"N\x86a\x85R",
    "deep tuple as a key among others": b"}(" + DEEP + b"Nu",
    "deep tuple as a key of an old dict": b"(" + DEEP + b"Nd",
    "containers in containers": WIDE,
    "copies of copies": COPIES,
    "a number of a gigabyte": b"\x8b" + struct.pack("<i", 1 << 30),
    "bytes that are not there": b"\x8e" + struct.pack("<Q", 1 << 60),
    "the name of a class": opcode_of("x." + "y" * 10_000) + b")R",
    "the name of a tensor": a_dict(tensor(), text("a" * 10_000)),
    "more dimensions than torch has": a_dict(tensor(shape=(1,) * 100, strides=(1,) * 100)),
    "a side of no size": a_dict(tensor(shape=(-1,))),
    "a side of too many numbers": a_dict(tensor(shape=(1 << 80,))),
    "a side that is a fraction": a_dict(tensor(shape=(1.5,))),
    "a stride backwards": a_dict(tensor(first=3, strides=(-1,))),
    "a place before the beginning": a_dict(tensor(first=-1)),
    "a place that is a fraction": a_dict(tensor(first=0.5)),
    "a shape that is a text": a_dict(tensor(shape="ab", strides="ab")),
    "data of an unknown type": a_dict(tensor(kind="torch.nn.Module")),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_malicious_pickle_is_an_error(tmp_path, monkeypatch, what):
    monkeypatch.setattr(pickles, "MAX_OPERATIONS", 100_000)
    with pytest.raises(UserError, match=r"net\.pt (is (cut off or )?damaged|holds too much)") as fault:
        reading.read(write_zip(tmp_path / "net.pt", HOSTILE[what]))
    assert len(fault.value.title) < 500
    assert "does not end" not in fault.value.title, "it must be refused for what is wrong with it"


@pytest.mark.parametrize(
    ("first", "shape", "strides"),
    [(0, (5,), (1,)), (4, (1,), (1,)), (0, (2, 2), (1, 3)), (1 << 40, (1,), (1,)), (0, (3,), (1 << 60,))],
)
@pytest.mark.parametrize("packed", [False, True])
def test_a_tensor_never_reads_beyond_its_numbers(tmp_path, packed, first, shape, strides):
    file = write_zip(tmp_path / "net.pt", a_dict(tensor(first, shape, strides)), packed=packed)
    with pytest.raises(DamagedFileError, match="beyond its data"):
        reading.read(file).tensors["a"].read()


def test_overlapping_tensors_are_read_separately(tmp_path):
    numbers = torch.arange(4.0)
    value = b"}" + text("a") + tensor(0, (3, 2), (1, 1)) + b"s" + text("b") + tensor(1, (2,), (1,)) + b"s"
    tensors = reading.read(write_zip(tmp_path / "net.pt", value, numbers.numpy().tobytes())).tensors
    assert tensors["a"].read().tolist() == [[0, 1], [1, 2], [2, 3]]
    assert tensors["b"].read().tolist() == [1, 2]


@pytest.mark.slow
def test_only_the_numbers_of_the_tensor_are_decompressed(tmp_path, monkeypatch):
    file = write_zip(tmp_path / "net.pt", a_dict(tensor()), b"\0" * 50_000_000, packed=True)
    assert file.stat().st_size < 100_000
    sizes: list[int] = []
    read = zipfile.ZipExtFile.read
    monkeypatch.setattr(zipfile.ZipExtFile, "read", lambda self, n=-1: sizes.append(n) or read(self, n))
    stored = reading.read(file).tensors["a"]
    sizes.clear()
    assert stored.read().tolist() == [0] * 4
    assert sizes == [16]


def with_sizes(file: Path, name: str, size: int) -> None:
    """Write another size of a member into a zip file's central directory."""
    data = bytearray(file.read_bytes())
    place = data.rindex(name.encode()) - 46
    assert data[place : place + 4] == b"PK\1\2"
    data[place + 24 : place + 28] = struct.pack("<I", size)
    file.write_bytes(data)


@pytest.mark.parametrize(
    ("name", "packed"), [("net/data.pkl", True), ("net/data.pkl", False), ("net/data/0", True), ("net/data/0", False)]
)
def test_a_wrong_size_of_a_member_is_an_error(tmp_path, name, packed):
    file = write_zip(tmp_path / "net.pt", a_dict(tensor(shape=(1 << 29,))), packed=packed)
    with_sizes(file, name, 0xFFFFFFF0)
    with pytest.raises((UserError, DamagedFileError)):
        reading.read(file).tensors["a"].read()


def test_encrypted_numbers_are_an_error(tmp_path):
    file = write_zip(tmp_path / "net.pt", a_dict(tensor()))
    data = bytearray(file.read_bytes())
    data[data.rindex(b"net/data/0") - 46 + 8] |= 1
    file.write_bytes(data)
    with pytest.raises(UserError, match="encrypted"):
        reading.read(file)


def test_names_of_members_are_not_used_as_paths(tmp_path):
    """A storage whose key contains `..` is searched only in the archive."""
    (tmp_path / "secret").write_bytes(b"\0" * 16)
    value = a_dict(tensor()).replace(text("0"), text("../../secret"))
    with pytest.raises(UserError, match="damaged"):
        reading.read(write_zip(tmp_path / "net.pt", value))


def write_legacy(file: Path, keys: list[str], count: int) -> Path:
    """Write a file of torch's legacy format, with the storages `keys` of `count` numbers, and 16 bytes of numbers."""
    storage = b"(" + text("storage") + opcode_of("torch.FloatStorage") + text("0") + text("cpu") + plain(4) + b"NtQ"
    call = (
        opcode_of("torch._utils._rebuild_tensor_v2")
        + b"("
        + storage
        + plain(1)
        + plain((2,))
        + plain((1,))
        + b"\x89}tR"
    )
    parts = [pickle.dumps(value, 2) for value in (torch_files.LEGACY_MAGIC, 1001, {"little_endian": True})]
    parts += [OPEN + a_dict(call) + b".", pickle.dumps(keys, 2), struct.pack("<q", count), b"\0" * 16]
    file.write_bytes(b"".join(parts))
    return file


def test_the_legacy_format_never_reads_beyond_its_numbers(tmp_path):
    file = tmp_path / "net.pt"
    assert reading.read(write_legacy(file, ["0"], 4)).tensors["a"].read().tolist() == [0, 0]
    with pytest.raises(UserError, match="a storage is missing"):
        reading.read(write_legacy(file, [], 4))
    for count in (-4, 1, 3, 5, 1 << 40):
        with pytest.raises(UserError, match="cut off or damaged"):
            reading.read(write_legacy(file, ["0"], count))


def test_the_number_of_tried_prefixes_is_limited(monkeypatch):
    few = {f"fold{n}.conv1.weight": StoredTensor((8, 3, 3, 3), torch.float32, torch.ones) for n in range(2_000)}
    prefixes: list[str] = []
    look = fitting._Matcher._fit_with
    monkeypatch.setattr(
        fitting._Matcher,
        "_fit_with",
        lambda self, prefix, naming: prefixes.append(prefix) or look(self, prefix, naming),
    )
    whole = {f"best.{name}": tensor for name, tensor in original().state_dict().items()}
    assert fitting.fit(backbone(), {**few, **whole}).prefix == "best."
    assert len(prefixes) < 500


def test_huge_tensors_with_a_stride_of_zero_are_not_converted():
    def never() -> Iterator[None]:
        raise AssertionError("its numbers were asked for")

    network = torch.nn.Module()
    network.pos_embed = torch.nn.Parameter(torch.zeros(1, 5, 8))
    stored = {"pos_embed": StoredTensor((1, 1 << 30, 8), torch.float32, never)}  # type: ignore[arg-type]
    match = conversions.convert(catalog.find("vit_tiny_patch16_224"), network, stored, 224)[1]
    assert match.only_positions
    assert not match.fits
