"""The forms that a head is exported in. Command line, terminal and window read them here; free of torch.

A form of its own is a class in a file beside this one and a line in `HEAD_FORMATS`.
"""

from __future__ import annotations

from pathlib import Path

from studio.engine.export.format import HeadFormat
from studio.engine.export.safetensors_file import SafetensorsFile
from studio.engine.export.state_dict_file import StateDictFile
from studio.spec import UserError

HEAD_FORMATS: list[HeadFormat] = [SafetensorsFile(), StateDictFile()]
"""The first is the one that is suggested."""


def head_format(out: Path) -> HeadFormat:
    """The form that a file's ending asks for.

    Raises:
        UserError: There is none with that ending.
    """
    for one in HEAD_FORMATS:
        if one.suffix == out.suffix:
            return one
    endings = [one.suffix for one in HEAD_FORMATS]
    names = " or ".join([", ".join(endings[:-1]), endings[-1]] if len(endings) > 1 else endings)
    raise UserError(f"{out.name} should end in {names}.", "Give one of these endings.", out)


def choices() -> tuple[tuple[str, str], ...]:
    """Title and ending of each form."""
    return tuple((one.title, one.suffix) for one in HEAD_FORMATS)
