"""Entries for the networks in users' own files, which no catalog lists."""

from __future__ import annotations

from studio.catalog.entry import OWN, BackboneInfo
from studio.spec import PreprocessSpec
from studio.spec.network_file import NetworkFile

_BUILT: dict[str, BackboneInfo] = {}
"""Entries of users' own networks with their numbers, by name with content, once they were built in this process."""


def remember(info: BackboneInfo) -> BackboneInfo:
    """Keep the numbers of a user's own network, which only its code knows, for `find`; returns the entry."""
    _BUILT[info.arch] = info
    return info


def entry(file: NetworkFile) -> BackboneInfo:
    """The entry of a user's own network; its numbers are 0 until it was built."""
    if file.name in _BUILT:
        return _BUILT[file.name]
    steps = PreprocessSpec()
    weights = "as its file gives them"
    size = (3, *steps.size)
    return BackboneInfo(file.title, OWN, file.name, OWN, 0, 0, 0, size, False, steps, "", None, weights, "", 0.0, "")
