"""The background: a folder of photos that show none of the classes.

It is trained on as a class like the others, under a name that says what it means, so that a prediction reads “none of
these” wherever it appears: in the window, the terminal, records and exports.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from studio.events import PhotoNote

if TYPE_CHECKING:
    from studio.data.folder.layout import ClassFolder

CLASS = "none of these"
"""Name of the class."""

FOLDERS = frozenset(
    {
        "_background", "_none", "_none_of_these", "_other", "_others", "__background__", "background",
        "background_google", "none of these", "none_of_these", "other", "others",
    }
)  # fmt: skip
"""Names of folders, in lower case, whose photos show none of the classes."""

NOTE = f"its photos are trained on as “{CLASS}”: rename the folder to use it as a class like the others"


CHOSEN_NOTE = f"its photos are trained on as “{CLASS}”, as chosen"


def is_background(name: str) -> bool:
    """True for the name of a folder whose photos show none of the classes."""
    return name.casefold() in FOLDERS


def named(folders: Sequence[ClassFolder], run_classes: Collection[str] | None = None) -> list[ClassFolder]:
    """Class folders, with the class of each background folder renamed to `CLASS`.

    Args:
        folders: The class folders as they are on disk.
        run_classes: Classes of the run for which they are listed; None for a new run.
    """
    # Earlier versions named the class by its folder: their runs continue with that name.
    if run_classes is not None and CLASS not in run_classes:
        return list(folders)
    if all(is_background(folder.name) for folder in folders):
        return list(folders)
    return [replace(folder, name=CLASS) if is_background(folder.name) else folder for folder in folders]


def notes(folders: Sequence[ClassFolder]) -> tuple[PhotoNote, ...]:
    """A note on each background folder."""
    own = (folder.path for folder in folders if folder.name == CLASS)
    return tuple(PhotoNote(path, NOTE if is_background(path.rpartition("/")[2]) else CHOSEN_NOTE) for path in own)


def class_of(label: str, classes: Collection[str]) -> str:
    """The class that a label in a journal means: the name of a background folder means `CLASS`."""
    return CLASS if label not in classes and is_background(label) and CLASS in classes else label
