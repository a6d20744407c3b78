"""The parts of a data set."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Split = Literal["train", "val", "test"]

PART_WORDS: Mapping[str, str] = MappingProxyType({"train": "training", "val": "validation", "test": "test"})
"""Adjective of each part: “validation photos”."""
