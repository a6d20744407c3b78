"""Reading of weights files regardless of their suffix, without running code from them."""

from __future__ import annotations

import argparse
import collections
import contextlib
import datetime
import enum
import functools
import io
import os
import pathlib
import subprocess
import types
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from few_layers import original, save
from trimming import few

from studio.engine.weight_files import reading, storages
from studio.engine.weight_files.pickle_objects import DamagedFileError
from studio.spec import UserError


class Color(enum.Enum):
    RED = 1


class Settings(dict):  # like the settings of yacs, addict and Lightning
    def __getattr__(self, name: str) -> Any:
        return self[name]


class Steps(list):
    pass


class Callback:
    def __init__(self) -> None:
        self.best, self.path, self.history = 0.5, pathlib.Path("/tmp/x"), collections.deque([1, 2], 5)


BESIDE: dict[str, Any] = {
    "namespace": argparse.Namespace(lr=0.1, out=pathlib.Path("/tmp"), nested=argparse.Namespace(a=1)),
    "settings": Settings(model=Settings(depth=2)),
    "subclass of list": Steps([1, 2]),
    "object": Callback(),
    "numpy number": np.float64(0.5),
    "numpy array": np.arange(4),
    "random state": np.random.default_rng(1).bit_generator.state,
    "time": (datetime.datetime(2026, 1, 2), datetime.timedelta(1)),
    "deque": collections.deque([1, 2], maxlen=3),
    "defaultdict": collections.defaultdict(list, {1: [2]}),
    "counter": collections.Counter("aab"),
    "enum": Color.RED,
    "function": os.path.join,
    "class": Callback,
    "sets": ({1, 2}, frozenset([3])),
    "bytes": (b"abc", bytearray(b"x")),
    "numbers": (10**40, -5, 1 + 2j, None, True, 1.5, float("nan")),
    "simple namespace": types.SimpleNamespace(a=1),
    "types of torch": (torch.float16, torch.Size([1, 2]), torch.device("cpu")),
    "optimizer": torch.optim.Adam([nn_parameter := torch.nn.Parameter(torch.ones(2))]).state_dict(),
}


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])
@pytest.mark.parametrize("protocol", few([2, 4, 5], [2]))
def test_weights_are_read_regardless_of_other_content(tmp_path, protocol, zipped):
    state = original().state_dict()
    for what, value in [*BESIDE.items(), ("all", BESIDE)]:
        file = save(tmp_path / "net.pt", {"x": value, "model": state, "y": value}, protocol, zipped)
        tensors = reading.read(file).tensors
        for name, tensor in state.items():
            assert torch.equal(tensors[f"model.{name}"].read(), tensor), what


TENSORS = {
    "a view": torch.arange(10.0)[2:8:2],
    "transposed": torch.arange(6.0).reshape(2, 3).t(),
    "expanded": torch.ones(1).expand(3, 4),
    "channels last": torch.randn(2, 3, 4, 4).to(memory_format=torch.channels_last),
    "empty": torch.zeros(0, 3),
    "a number": torch.tensor(3.0),
    "flags": torch.tensor([True, False]),
    "complex": torch.tensor([1 + 2j]),
    "short": torch.arange(3, dtype=torch.int16),
    "unsigned": torch.arange(3).to(torch.uint16),
    "half": torch.randn(3).half(),
    "brain": torch.randn(3).bfloat16(),
    "eight bits": torch.ones(3).to(torch.float8_e4m3fn),
    "a parameter": torch.nn.Parameter(torch.randn(2)),
    "a parameter with a note": BESIDE["optimizer"]["param_groups"][0].get("x", nn_parameter),
}


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])
def test_tensors_equal_the_saved_ones(tmp_path, zipped):
    nn_parameter.note = "kept beside it"
    file = save(tmp_path / "net.pt", TENSORS, zipped=zipped)
    tensors = reading.read(file).tensors
    for name, expected in TENSORS.items():
        ours = tensors[name].read()
        assert (ours.dtype, ours.shape, tensors[name].shape) == (expected.dtype, expected.shape, expected.shape), name
        assert ours.tolist() == expected.tolist(), name


def test_numbers_are_read_on_demand(tmp_path, monkeypatch):
    file = save(tmp_path / "net.pt", {"model": original().state_dict(), "optimizer": {"m": torch.ones(100_000)}})
    sizes: list[int] = []
    exactly = storages.read_exactly
    monkeypatch.setattr(
        storages, "read_exactly", lambda opened, length: sizes.append(length) or exactly(opened, length)
    )
    tensors = reading.read(file).tensors
    assert sizes == []
    tensors["model.bn1.bias"].read()
    assert sizes == [32]


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])
def test_flags_for_negation_and_conjugation_are_applied(tmp_path, zipped):
    ones = torch.complex(torch.zeros(3), torch.ones(3))
    state = {"a": torch._neg_view(torch.ones(2)), "b": ones.conj()}
    tensors = reading.read(save(tmp_path / "net.pt", state, zipped=zipped)).tensors
    assert tensors["a"].read().tolist() == [-1, -1]
    assert tensors["b"].read().tolist() == [-1j, -1j, -1j]


def flip_bit(file: Path, member: str = "data/0") -> None:
    """Flip one bit of a storage in a zip archive, like a faulty disk."""
    with zipfile.ZipFile(file) as archive:
        place = next(info.header_offset for info in archive.infolist() if info.filename.endswith(member))
    data = bytearray(file.read_bytes())
    data[place + 30 + int.from_bytes(data[place + 26 : place + 28], "little") +
         int.from_bytes(data[place + 28 : place + 30], "little") + 40] ^= 4  # fmt: skip
    file.write_bytes(data)


@pytest.mark.parametrize("packed", [False, True])
def test_numbers_that_changed_on_disk_are_refused(tmp_path, packed):
    torch.manual_seed(0)
    numbers = torch.rand(5000)
    file = save(tmp_path / "net.pt", {"whole": numbers, "part": numbers[:2000]})
    if packed:
        repack(file)
    flip_bit(file)
    tensors = reading.read(file).tensors
    with pytest.raises(DamagedFileError, match="data has changed since it was written"):
        tensors["whole"].read()
    if not packed:
        with pytest.raises(DamagedFileError, match="data has changed since it was written"):
            tensors["part"].read()


def repack(file: Path) -> None:
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def test_a_file_that_was_saved_without_checksums_is_read(tmp_path):
    before = torch.serialization.get_crc32_options()
    torch.serialization.set_crc32_options(False)
    try:
        file = save(tmp_path / "net.pt", {"a": torch.arange(4.0)})
    finally:
        torch.serialization.set_crc32_options(before)
    with zipfile.ZipFile(file) as archive:
        assert {info.CRC for info in archive.infolist() if "/data/" in info.filename} == {0}
    assert reading.read(file).tensors["a"].read().tolist() == [0, 1, 2, 3]


class Runs:
    """Object that calls a function when an ordinary reader unpickles it."""

    def __init__(self, function: Callable[..., Any], *args: Any) -> None:
        self.call = function, args

    def __reduce__(self) -> Any:
        return self.call


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])
@pytest.mark.parametrize("protocol", [2, 4])
def test_a_pickle_that_would_run_code_is_refused_and_never_runs(tmp_path, protocol, zipped):
    marker = tmp_path / "ran"
    bombs = {
        "system": Runs(os.system, f"touch {marker}"),
        "popen": Runs(subprocess.Popen, ["touch", str(marker)]),
        "eval": Runs(eval, f"open({str(marker)!r}, 'w')"),
        "exec": Runs(exec, f"open({str(marker)!r}, 'w')"),
        "partial of system": functools.partial(os.system, f"touch {marker}"),
    }
    for what, bomb in bombs.items():
        for value in (bomb, {"state_dict": {"a": torch.ones(1), "b": bomb}}):
            file = save(tmp_path / "net.pt", value, protocol, zipped)
            with pytest.raises(UserError, match=r"net\.pt holds more than weights.*would run code") as fault:
                reading.read(file)
            assert fault.value.hint, what
    assert not marker.exists()


@pytest.mark.parametrize("protocol", [2, 4])
def test_functions_with_harmless_names_are_not_called_either(tmp_path, protocol):
    file = save(tmp_path / "net.pt", {"a": torch.ones(1), "b": Runs(Path.touch, tmp_path / "ran")}, protocol)
    with contextlib.suppress(UserError):
        assert set(reading.read(file).tensors) == {"a"}
    assert not (tmp_path / "ran").exists()


@pytest.mark.slow
def test_every_truncation_of_a_file_is_an_error(tmp_path):
    whole = io.BytesIO()
    values = {name: torch.arange(float(length)) for name, length in zip("abcd", (50, 1, 2, 1), strict=True)}
    torch.save(values, whole, _use_new_zipfile_serialization=False)
    data = whole.getvalue()
    for length in (*range(1, len(data) - 320, 7), *range(len(data) - 320, len(data))):
        (tmp_path / "net.pt").write_bytes(data[:length])
        with pytest.raises(UserError, match=r"net\.pt"):
            reading.read(tmp_path / "net.pt")


def test_changed_bytes_raise_only_user_errors(tmp_path):
    rng = np.random.default_rng(3)
    for zipped in (True, False):
        data = np.frombuffer(
            save(tmp_path / "net.pt", {"m": original().state_dict()}, zipped=zipped).read_bytes(), np.uint8
        )
        for _ in range(60):
            changed = data.copy()
            changed[rng.integers(0, min(len(data), 6000), 4)] = rng.integers(0, 256, 4)
            (tmp_path / "bad.pt").write_bytes(changed.tobytes())
            try:
                tensors = reading.read(tmp_path / "bad.pt").tensors
                for stored in tensors.values():
                    stored.read()
            except (UserError, DamagedFileError):
                pass


def test_a_folder_and_a_pipe_are_refused(tmp_path):
    (tmp_path / "hub").mkdir()
    (tmp_path / "hub" / "model.safetensors").touch()
    with pytest.raises(UserError, match="is a folder") as fault:
        reading.read(tmp_path / "hub")
    assert "model.safetensors" in fault.value.hint
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UserError, match="is a pipe"):
        reading.read(tmp_path / "pipe")
