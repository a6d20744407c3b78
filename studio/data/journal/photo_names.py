"""Names by which a user refers to photos of a folder."""

from __future__ import annotations

import difflib
import os
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from studio.spec import UserError
from studio.system import paths as places


class PhotoNames:
    """Finder of photos by the names that a user gives.

    Args:
        root: Absolute path of the photos' folder.
        photos: Relative paths of its photos, sorted.
    """

    def __init__(self, root: str, photos: Sequence[str]) -> None:
        self._root = root
        self._photos = photos
        # macOS may return decomposed accents while the user types composed ones. On Linux, one file of each may exist.
        self._composed: dict[str, list[str]] = {}
        for path in photos:
            self._composed.setdefault(_composed(path), []).append(path)

    def find(self, names: Sequence[str]) -> list[str]:
        """Relative paths of the photos; a folder stands for all photos in it.

        Args:
            names: Paths relative to the folder of the photos or to the current one, or absolute.

        Raises:
            UserError: There is no such photo; the hint has similar names.
        """
        paths: dict[str, None] = {}
        for name in names:
            inside = next((some for path in self._relative(name) if (some := self._inside(path))), None)
            if inside is None:
                raise UserError(f"There is no photo “{name}” in “{self._root}”.", self._near(name), name)
            paths.update(dict.fromkeys(inside))
        return list(paths)

    def _relative(self, name: str) -> list[str]:
        """The paths that a name may mean, relative to the folder."""
        paths = []
        if name and not os.path.isabs(name):  # noqa: PTH117
            paths.append(os.path.normpath(name))
        full = os.path.abspath(places.expanded(name))  # noqa: PTH100  (keeps links as they are)
        for path, root in ((full, self._root), (os.path.realpath(full), os.path.realpath(self._root))):
            if Path(path).is_relative_to(root):
                paths.append(os.path.relpath(path, root))
        return [path.replace(os.sep, "/") for path in paths]

    def _inside(self, path: str) -> list[str]:
        """The photo at a path, or all photos in the folder at it; those written exactly so, if there are any."""
        composed = _composed(path)
        if same := self._composed.get(composed):
            return [path] if path in same else same
        start = "" if path == "." else f"{composed}/"
        inside = [real for name, same in self._composed.items() if name.startswith(start) for real in same]
        exact = [real for real in inside if real.startswith(f"{path}/")]
        return exact or inside

    def _near(self, name: str) -> str:
        bare = name.rpartition("/")[2]
        by_name = {path.rpartition("/")[2].casefold(): path for path in self._photos}
        close = [path for path in self._photos if path.rpartition("/")[2] == bare][:3]
        close = close or [by_name[one] for one in difflib.get_close_matches(bare.casefold(), by_name, n=3, cutoff=0.75)]
        if close:
            return f"Did you mean {' or '.join(f'“{path}”' for path in close)}?"
        return "Give its path relative to the folder, “ants/1.jpg” for example."


def _composed(path: str) -> str:
    return path if path.isascii() else unicodedata.normalize("NFC", path)
