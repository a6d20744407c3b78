"""Error messages that name the kind of a file without weights."""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
from few_layers import original, save

from studio.engine.weight_files import reading
from studio.spec import UserError


def jit(file: Path) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        for name in ("net/data.pkl", "net/constants.pkl", "net/code/__torch__.py"):
            archive.writestr(name, b"")


def cut(file: Path) -> None:
    save(file, original().state_dict())
    file.write_bytes(file.read_bytes()[:-500])


def cut_legacy(file: Path) -> None:
    save(file, original().state_dict(), zipped=False)
    file.write_bytes(file.read_bytes()[:-500])


def cut_safetensors(file: Path) -> None:
    safetensors.torch.save_file(dict(original().state_dict()), file)
    file.write_bytes(file.read_bytes()[:-500])


def arrays(file: Path) -> None:
    with file.open("wb") as out:
        np.savez(out, a=np.ones(3))


def write_pickle(value: Any) -> Callable[[Path], None]:
    return lambda file: file.write_bytes(pickle.dumps(value))


KINDS: dict[str, tuple[Callable[[Path], object] | bytes, str]] = {
    "empty": (b"", "is empty"),
    "page": (b"<!DOCTYPE html><html>login</html>", "is a web page"),
    "page with a mark": (b"\xef\xbb\xbf\n  <HTML lang=en>", "is a web page"),
    "error of a server": (b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "is an XML document"),
    "json": (b'{"architectures": ["ResNet"], "num_labels": 3}', "is JSON text"),
    "text": (b"model weights go here\n", "is text"),
    "pointer": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 46000000\n",
        "is not the weights but a Git LFS",
    ),
    "hdf5": (b"\x89HDF\r\n\x1a\n" + b"\0" * 100, "is an HDF5 file"),
    "onnx": (b"\x08\x07\x12\x07pytorch" + b"\0" * 100, "is an ONNX model"),
    "tflite": (b"\x1c\0\0\0TFL3" + b"\0" * 100, "is a TensorFlow Lite model"),
    "gguf": (b"GGUF\3\0\0\0", "is a GGUF file"),
    "photo": (b"\xff\xd8\xff\xe0\0\x10JFIF", "is a photo"),
    "gzip": (b"\x1f\x8b\x08\0", r"is a compressed file \(gzip\)"),
    "tar": (b"sys_info" + b"\0" * 249 + b"ustar\0" + b"\0" * 250, "is a tar archive"),
    "zeros": (b"\0" * 600, "starts with zero bytes"),
    "noise": (bytes(range(128, 256)) * 4, "damaged or of an unknown kind"),
    "script": (jit, "is a TorchScript program"),
    "arrays": (arrays, r"holds NumPy arrays \(.npz\)"),
    "keras": (lambda file: zipfile.ZipFile(file, "w").writestr("model.weights.h5", b"") or None, "is a Keras model"),
    "archive": (lambda file: zipfile.ZipFile(file, "w").writestr("a.txt", b"") or None, "is a zip archive"),
    "cut": (cut, "is cut off or damaged"),
    "cut legacy": (cut_legacy, "is cut off or damaged"),
    "cut safetensors": (cut_safetensors, r"is cut off: [\d,]+ of [\d,]+ bytes"),
    "whole": (lambda file: save(file, original()), r"whole pickled network \(few_layers.Few\)"),
    "whole in a dict": (lambda file: save(file, {"model": original(), "epoch": 3}), r"whole pickled network"),
    "list": (lambda file: save(file, [1, 2, 3]), "holds a list of 3 items without a tensor"),
    "list of tensors": (lambda file: save(file, [torch.ones(1)]), r"tensors \(1\) in a list or under numbers"),
    "numbered": (lambda file: save(file, {0: torch.ones(1)}), r"tensors \(1\) in a list or under numbers"),
    "nothing": (lambda file: save(file, {}), "an empty dict"),
    "no tensors": (lambda file: save(file, {"a": 1}), "a dict without a tensor"),
    "one tensor": (lambda file: save(file, torch.ones(3)), "a single tensor"),
    "numpy arrays": (lambda file: save(file, {"a": np.ones(3)}), "are NumPy arrays"),
    "pickle alone": (write_pickle({"a": torch.ones(3)}), "pickled without torch.save"),
    "pickled arrays": (write_pickle({"a": np.ones(3)}), "are NumPy arrays"),
    "meta": (lambda file: save(file, {"a": torch.ones(3, device="meta")}), "without values"),
}


@pytest.mark.parametrize("what", KINDS)
def test_the_kind_of_a_file_without_weights_is_named(tmp_path, what):
    make, words = KINDS[what]
    file = tmp_path / "net.pt"
    if isinstance(make, bytes):
        file.write_bytes(make)
    else:
        make(file)
    with pytest.raises(UserError, match=rf"net\.pt.*{words}") as fault:
        reading.read(file)
    assert fault.value.hint
    assert "run code" not in fault.value.title or what.startswith("whole")
