"""Words for the parts of a split in the language of the window."""

from __future__ import annotations

from collections.abc import Mapping

from studio.formatting.language import tr

PARTS: Mapping[str, str] = {"train": tr("training"), "val": tr("validation"), "test": tr("test")}
"""The part alone."""

_PHOTOS = tr(" photos")

BEFORE_PHOTOS: Mapping[str, str] = {
    "train": tr("training photos").removesuffix(_PHOTOS),
    "val": tr("validation photos").removesuffix(_PHOTOS),
    "test": tr("test photos").removesuffix(_PHOTOS),
}
"""What stands before “photos”: a part of the same word in some languages."""
