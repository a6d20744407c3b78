"""The formats of exported heads, for command line and window; imports no torch.

To add a format, write a class in a file beside this one and add it to `HEAD_FORMATS`.
"""

from __future__ import annotations

from pathlib import Path

from studio.engine.export.format import HeadFormat
from studio.engine.export.safetensors_file import SafetensorsFile
from studio.engine.export.state_dict_file import StateDictFile
from studio.system.files import output_file

HEAD_FORMATS: list[HeadFormat] = [SafetensorsFile(), StateDictFile()]
"""All formats; the first one is the default."""


def head_format(out: Path) -> HeadFormat:
    """The format of a file's suffix.

    Raises:
        UserError: No format has that suffix.
    """
    for one in HEAD_FORMATS:
        if one.suffix == out.suffix:
            return one
    raise output_file.wrong_suffix(out, *(one.suffix for one in HEAD_FORMATS))


def choices() -> tuple[tuple[str, str], ...]:
    """Title and suffix of each format."""
    return tuple((one.title, one.suffix) for one in HEAD_FORMATS)
