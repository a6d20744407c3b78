"""Keys for choices about the photo that a viewer shows, and the choices made, beside the photo."""

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
            remarks: Returns the choices about the photo with an absolute path, in lines.
            hint: Returns what the keys do, or why no choice is possible.
        """
        super().__init__(viewer)
        self.viewer, self._remarks, self._hint = viewer, remarks, hint
        grid.show_choice(viewer.photo().path)  # the keys act on the enlarged photo alone, even if several are selected
        for key, slot in keys:
            QShortcut(QKeySequence(key), viewer, slot)
        viewer.photo_shown.connect(self.draw)
        self.draw()

    def draw(self) -> None:
        """Show the choices about the photo shown."""
        lines = self._remarks(self.viewer.photo().path)
        self.viewer.details.show_remarks("\n".join(map(typography.one_line, lines)), self._hint())
