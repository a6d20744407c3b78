"""Entries like those of the catalog for the networks in users' own files."""

from __future__ import annotations

import functools
import json
import zipfile

from studio.catalog.entry import OWN, BackboneInfo
from studio.spec import PreprocessSpec
from studio.spec.network_file import NetworkFile

MAX_JSON_BYTES = 1 << 29
"""Largest size of the graph of an exported program."""

_BUILT: dict[str, BackboneInfo] = {}
"""Entries of the users' own networks that were built in this process, by name with hash."""


def remember(info: BackboneInfo) -> BackboneInfo:
    """Store the entry of a user's own network with its parameter count and width for `entry`; returns it."""
    _BUILT[info.arch] = info
    return info


def entry(file: NetworkFile) -> BackboneInfo:
    """The entry of a user's own network; its parameter count and width are 0 until it was built.

    The image size of an exported program is the one it was exported for. The preprocessing is that of most networks.
    """
    if file.name in _BUILT:
        return _BUILT[file.name]
    steps = PreprocessSpec()
    side = 0 if file.is_python else _exported_side(file.path, file.content)
    if side:
        resize = round(steps.resize[0] * side / steps.size[0])
        steps = PreprocessSpec(size=(side, side), resize=(resize, resize))
    size = (3, *steps.size)
    weights = "as its file gives them"
    return BackboneInfo(file.title, OWN, file.name, OWN, 0, 0, 0, size, side > 0, steps, "", None, weights, "", 0.0, "")


@functools.lru_cache(maxsize=64)
def _exported_side(path: str, _content: str) -> int:
    """Side in pixels of the photos for which a program was exported; 0 if it takes any, or cannot be read."""
    try:
        with zipfile.ZipFile(path) as archive:
            model = next(name for name in archive.namelist() if "models/" in name and name.endswith(".json"))
            info = archive.getinfo(model)
            if info.compress_type != zipfile.ZIP_STORED or info.file_size > MAX_JSON_BYTES:
                return 0  # a small compressed file could fill the memory
            module = json.loads(archive.read(info))["graph_module"]
        inputs = module["signature"]["input_specs"]
        photos = next(one["user_input"]["arg"]["as_tensor"]["name"] for one in inputs if "user_input" in one)
        sizes = [one.get("as_int") for one in module["graph"]["tensor_values"][photos]["sizes"]]
    except Exception:  # the engine reports what is wrong with the file
        return 0
    is_square = len(sizes) == 4 and isinstance(sizes[2], int) and sizes[2] == sizes[3] and 0 < sizes[2] <= 4096
    return int(sizes[2]) if is_square else 0
