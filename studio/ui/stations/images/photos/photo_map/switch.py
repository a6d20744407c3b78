"""Switch between the grid and the map of the photos."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QWidget

from studio.formatting.language import tr
from studio.session.state import AppState
from studio.ui.photos.photo_grid import PhotoGrid
from studio.ui.stations.images.photos.photo_actions import PhotoActions
from studio.ui.stations.images.photos.photo_map.panel import MapPanel
from studio.ui.stations.images.photos.photo_menu import PhotoMenu
from studio.ui.widgets.card import Card

GRID, MAP = tr("Grid"), tr("Map")
TIPS = {GRID: tr("Show the photos in rows"), MAP: tr("Show photos with similar features near each other")}


class MapSwitch(QObject):
    """The two buttons, and the panel of the map, which is made when it is first chosen.

    Signals:
        switched: True where the map is shown now.

    Attributes:
        buttons: By their text.
        panel: The map; None until it is chosen.
    """

    switched = Signal(bool)

    def __init__(
        self,
        card: Card,
        grid: PhotoGrid,
        actions: PhotoActions,
        menu: PhotoMenu,
        of_grid: tuple[QWidget, ...],
        connect: Callable[[MapPanel], None],
    ) -> None:
        """Add the buttons to the header of a card.

        Args:
            card: The card of the photos.
            grid: Its grid.
            actions: Choices about the selected photos.
            menu: Their menu.
            of_grid: Controls that only the grid has.
            connect: Called with the panel when it is made.
        """
        super().__init__(card)
        self._card, self._grid, self._actions, self._menu = card, grid, actions, menu
        self._of_grid, self._connect = of_grid, connect
        self._state = AppState()
        self.panel: MapPanel | None = None
        self.buttons: dict[str, QPushButton] = {}
        group = QButtonGroup(self)
        row = QHBoxLayout()
        row.setSpacing(0)
        for text in (GRID, MAP):
            button = QPushButton(text, card)
            button.setCheckable(True)
            button.setToolTip(TIPS[text])
            button.setAccessibleName(tr("Show the photos as {lower}").format(lower=text.lower()))
            button.clicked.connect(self._switched)
            group.addButton(button)
            row.addWidget(button)
            self.buttons[text] = button
        self.buttons[GRID].setChecked(True)
        card.header.addLayout(row)

    @property
    def shows_map(self) -> bool:
        """True where the map is shown in place of the grid."""
        return self.buttons[MAP].isChecked()

    def show_state(self, state: AppState) -> None:
        """Show the state on the map."""
        self._state = state
        if self.panel is not None:
            self.panel.show_state(state)

    def show_grid(self) -> None:
        """Show the grid."""
        self.buttons[GRID].setChecked(True)
        self._switched()

    def shut_down(self) -> None:
        """Wait for the thumbnails of the map."""
        if self.panel is not None:
            self.panel.shut_down()

    def _switched(self) -> None:
        if self.shows_map and self.panel is None:
            self.panel = MapPanel(self._grid, self._actions, self._menu, self._card)
            self.panel.set_ranges(self._grid.ranges)
            self.panel.show_state(self._state)
            self._card.body.insertWidget(self._card.body.indexOf(self._grid) + 1, self.panel, 1)
            self._connect(self.panel)
        self._grid.setVisible(not self.shows_map)
        for widget in self._of_grid:
            widget.setVisible(not self.shows_map)
        if self.panel is not None:
            self.panel.setVisible(self.shows_map)
        self.switched.emit(self.shows_map)
