"""Names of the files in a run's folder besides its record, and of their entries; imports no torch."""

from __future__ import annotations

from studio.runs.files import photos_file
from studio.system.files import json_text

HEAD = "head.safetensors"
THAWED = "thawed.safetensors"
BEST = "best"
"""Folder in a run's folder for the weights of its best epoch."""

OUTCOME = "outcome.safetensors"
"""Predictions of the validation photos after the best epoch, for a resumed run that has no better epoch later."""

ABOUT = "thaw"
"""Key of the only entry in the header of these files, a JSON text."""
# Only one, because safetensors writes several in random order, and equal runs are to give equal files.

CHECKSUM = "crc32"
"""Key of the checksum in the header of a file of tensors; files of version 0.1 have none."""

BACKBONE = "backbone."
"""Prefix of the backbone's tensors in a mapping that also holds those of the head."""

PHOTOS = photos_file.FILE
"""List of the photos of the run, with a hash of each one's content."""


def about(header: dict[str, str] | None) -> dict[str, str]:
    """The entries in the header of a file of tensors: those of its JSON text, and separate ones."""
    # Files of version 0.1 and exported files have separate entries instead of a JSON text.
    header = header or {}
    try:
        entries: dict[str, str] = header | json_text.loads(header.get(ABOUT, "{}"))
    except (ValueError, TypeError):
        return header
    return entries
