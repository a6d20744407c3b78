"""Names of the files that a run leaves beside its record, and of what stands in them; free of torch."""

from __future__ import annotations

import json

HEAD = "head.safetensors"
THAWED = "thawed.safetensors"
BEST = "best"
"""Folder inside a run's for the weights of its best epoch."""

OUTCOME = "outcome.safetensors"
"""Predictions on the validation photos after the best epoch, for a resumed run that finds no better one."""

ABOUT = "thaw"
"""The one entry in the header of such a file, in JSON: of several, safetensors writes the order by chance."""

CHECKSUM = "crc32"
"""Name of a checksum in the header of a file of tensors; those of version 0.1 have none."""

BACKBONE = "backbone."
"""Prefix of the backbone's tensors where they stand beside the head's own."""

PHOTOS = "photos.csv"
"""The photos of the run, with a hash of their content."""


def about(header: dict[str, str] | None) -> dict[str, str]:
    """The description that a file of tensors holds; those of version 0.1 and exported ones have an entry for each."""
    header = header or {}
    try:
        found: dict[str, str] = header | json.loads(header.get(ABOUT, "{}"))
    except (ValueError, TypeError):
        return header
    return found
