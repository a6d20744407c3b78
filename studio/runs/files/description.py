"""The title, note, star and tags that a user gave a run, in a file beside its record."""

from __future__ import annotations

from pathlib import Path

import msgspec

from studio.events.runs import RunDescription
from studio.spec import UserError
from studio.system.files import atomic_files

FILE = "description.json"

_DECODER = msgspec.json.Decoder(RunDescription)  # made at import, because two threads must not make one at once

MAX_TITLE = 200
"""Most characters of a title or tag."""


def read(run: Path) -> RunDescription:
    """The description of a run; an empty one where there is none, or where the file is damaged."""
    try:
        return _DECODER.decode((run / FILE).read_bytes())
    except (OSError, msgspec.DecodeError):  # the run itself is intact, and must be listed
        return RunDescription()


def write(run: Path, description: RunDescription) -> RunDescription:
    """Write the description of a run; returns it without surplus spaces and repeated tags.

    Raises:
        UserError: A title or tag is too long, or has several lines, or the file cannot be written.
    """
    tags = tuple(dict.fromkeys(tag.strip() for tag in description.tags if tag.strip()))
    tidy = RunDescription(description.title.strip(), description.note.strip(), description.starred, tags)
    for text in (tidy.title, *tidy.tags):
        if len(text) > MAX_TITLE or "\n" in text:
            raise UserError(
                f"“{text[:40]}” cannot be a title or a tag.",
                f"Use at most {MAX_TITLE} characters on one line, and the note for the rest.",
                run,
            )
    try:
        atomic_files.write_json(run / FILE, msgspec.to_builtins(tidy))
    except UnicodeEncodeError as error:
        raise UserError(f"The description of {run} is not valid text ({error}).", "Enter it again.", run) from error
    except OSError as error:
        raise UserError(
            f"The description of {run} cannot be written ({error.strerror or error}).", "Make its folder writable.", run
        ) from error
    return tidy
