"""Keys that choose about the photo that a viewer shows, and what was chosen, beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject
from PySide6.QtGui import QKeySequence, QShortcut

from studio.formatting import typography
from studio.ui.photos.photo_grid import PhotoGrid
from studio.ui.photos.photo_viewer import PhotoViewer


class ViewerKeys(QObject):
    """Shortcuts of an enlarged photo, and the lines about its choices; deleted with the viewer.

    Attributes:
        viewer: The enlarged photo.
    """

    def __init__(
        self,
        grid: PhotoGrid,
        viewer: PhotoViewer,
        keys: Sequence[tuple[str, Callable[[], None]]],
        remarks: Callable[[str], Sequence[str]],
        hint: Callable[[], str],
    ) -> None:
        """Add the keys.

        Args:
            grid: The grid that it was opened from.
            viewer: The enlarged photo.
            keys: Keys and what each does to the photo shown, which is the selected one of the grid.
            remarks: Returns what was chosen for the photo with an absolute path, in lines.
            hint: Returns what the keys do, or why nothing can be chosen.
        """
        super().__init__(viewer)
        self.viewer, self._remarks, self._hint = viewer, remarks, hint
        grid.show_choice(viewer.photo().path)  # of several selected photos the keys are about the enlarged one
        for key, slot in keys:
            QShortcut(QKeySequence(key), viewer, slot)
        viewer.photo_shown.connect(self.draw)
        self.draw()

    def draw(self) -> None:
        """Say what was chosen for the photo shown."""
        lines = self._remarks(self.viewer.photo().path)
        self.viewer.details.show_remarks("\n".join(map(typography.one_line, lines)), self._hint())
