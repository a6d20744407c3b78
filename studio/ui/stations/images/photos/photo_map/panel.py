"""Map of the photos in place of the grid, with the same selection: photos chosen on it are chosen in the grid."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeySequence, QPixmap, QShortcut, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.evaluate.photo_map import document
from studio.events import Dataset, PhotosMapped, ValueRanges
from studio.formatting.language import tr
from studio.session.photos import map_view, photo_sets
from studio.session.photos.journal import cannot_choose
from studio.session.photos.map_sets import LIKELY
from studio.session.photos.map_view import MapPoints
from studio.session.photos.photo_filter import PhotoFilter
from studio.session.state import AppState
from studio.ui.photos.photo_grid import PhotoGrid
from studio.ui.photos.thumbnails import Thumbnails
from studio.ui.plots.plot_files import PlotFiles, of_widget
from studio.ui.plots.point_map.view import PointMap
from studio.ui.stations.images.photos import grid_items
from studio.ui.stations.images.photos.photo_actions import KEYS, PhotoActions
from studio.ui.stations.images.photos.photo_map.hover_card import HoverCard
from studio.ui.stations.images.photos.photo_map.map_notice import MapNotice
from studio.ui.stations.images.photos.photo_map.side import MapSide
from studio.ui.stations.images.photos.photo_map.tools import Legend, MapTools
from studio.ui.stations.images.photos.photo_menu import PhotoMenu
from studio.ui.theme import theme
from studio.ui.widgets.elided_label import ElidedLabel
from studio.ui.widgets.progress_line import ProgressLine

JOB = "photo_map"
SIDE = 96
"""Pixels of the longer side of a thumbnail."""

NEAR = tr("Photos near each other are similar. Distances between groups that are far apart mean little.")


class MapPanel(QWidget):
    """The map with its tools, legend and caption, or a sentence and a button where there is none.

    Signals:
        map_requested: The map is to be computed; True to only show a stored one.
        photo_opened: Absolute path of a photo to enlarge.
        label_chosen: Index of the only class to show.
        set_chosen: Key of a set of photos to show.

    Attributes:
        map: The points.
    """

    map_requested = Signal(bool)
    photo_opened = Signal(str)
    label_chosen = Signal(int)
    set_chosen = Signal(str)

    def __init__(self, grid: PhotoGrid, actions: PhotoActions, menu: PhotoMenu, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid, self._actions, self._menu = grid, actions, menu
        self._state = AppState()
        self._filter = PhotoFilter()
        self._result: PhotosMapped | None = None
        self._points: MapPoints | None = None
        self._drawn: tuple[object, ...] = ()
        self._number_of: dict[str, int] = {}
        self._missing = 0
        self._last_subject: tuple[object, ...] = ()
        self._thumbnails = Thumbnails(self)
        self._thumbnails.arrived.connect(self._arrived)
        self.tools = MapTools(self)
        self.legend = Legend(self)
        self.map = PointMap(self._picture, self)
        self.side = MapSide(self._picture_at, self)
        self.card = HoverCard(self.map)
        self.notice = MapNotice(self)
        self.notice.map_requested.connect(partial(self.map_requested.emit, False))
        self.progress = ProgressLine(self)
        self.caption = ElidedLabel(self, sentence=True)
        theme.set_color_role(self.caption, "muted")
        self.files = PlotFiles(
            self, tr("Map of photos"), of_widget(lambda: self.map, self._table, self._sentence), self.map.fit
        )
        self._lay_out()
        self._connect()

    def show_state(self, state: AppState) -> None:
        """Show the map of the open folder, as far as it is known."""
        self._state = state
        self.tools.allow_answers(photo_sets.cannot_judge(state), bool(state.dataset and state.dataset.target))
        self._render()

    def show_filter(self, shown: PhotoFilter) -> None:
        """Fade the photos that a filter leaves out."""
        self._filter = shown
        self._render()

    def set_ranges(self, ranges: ValueRanges) -> None:
        """Show photos of more than 8 bits with these value ranges."""
        self.side.set_ranges(ranges)
        if self._thumbnails.set_ranges(ranges):
            self.map.redraw()

    def shut_down(self) -> None:
        """Wait for the thumbnails."""
        self.side.shut_down()
        self._thumbnails.shut_down()

    # ------------------------------------------------------------------------------------------------ building

    def _lay_out(self) -> None:
        self.tools.end.addWidget(self.files.button(self))
        below = QHBoxLayout()
        below.setSpacing(8)
        below.addWidget(self.caption, 1)
        below.addWidget(self.progress, 1)  # reserved, so that the map does not move when a job ends
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for widget in (self.notice, self.tools, self.legend):
            column.addWidget(widget)
        column.addLayout(self.side.beside(self.map), 1)
        column.addLayout(below)
        column.addStretch(0)

    def _connect(self) -> None:
        self.tools.tool_chosen.connect(self._choose_tool)
        self.map.tool_chosen.connect(self._choose_tool)
        self.tools.colors_chosen.connect(self._render)
        self.tools.pictures_chosen.connect(self.map.show_pictures)
        self.tools.zoomed.connect(self.map.zoom)
        self.tools.fit_requested.connect(self.map.fit)
        self.legend.label_chosen.connect(self.label_chosen)
        self.legend.likely_chosen.connect(lambda: self.set_chosen.emit(LIKELY))
        self.map.selected.connect(self._select)
        self.map.opened.connect(self._open)
        self.map.hovered.connect(self._hover)
        self.map.menu_requested.connect(self._open_menu)
        self.side.cleared.connect(lambda: self._grid.select_paths(set()))
        self.side.marked.connect(self._mark)
        self.side.opened.connect(self.photo_opened)
        self.side.menu_requested.connect(lambda path, where: self._open_menu(self._number_of[path], where))
        self.side.review.requested.connect(self._actions.requested)
        self._grid.selection_changed.connect(self._show_selected)
        for name, slot in (
            ("exclude", self._actions.toggle),
            ("class", lambda: self._actions.ask_class(self.map)),
            ("split", lambda: self._actions.ask_split(self.map)),
        ):
            shortcut = QShortcut(QKeySequence(KEYS[name]), self.map, slot)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)

    # ------------------------------------------------------------------------------------------------ drawing

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what changed while the grid was shown."""
        super().showEvent(event)
        self._render()

    def _render(self) -> None:
        if not self.isVisible():
            return
        state, dataset, result = self._state, self._state.dataset, map_view.map_now(self._state)
        job = state.jobs.get(JOB)
        self.progress.show_state(job)
        has_map = result is not None and dataset is not None
        for widget in (self.tools, self.legend, self.map, self.caption):
            widget.setVisible(has_map and (widget is not self.caption or job is None))
        if result is not None and dataset is not None:
            self._draw(map_view.unmoved(self._result, result) if job and theme.is_still() else result, dataset)
            self.notice.show_map(result.complete or job is not None, self._missing if job is None else 0)
        elif job is None:
            self.side.hide()
            self._ask_stored()
            self.notice.invite(state)
        else:
            self.notice.clear()

    def _draw(self, result: PhotosMapped, dataset: Dataset) -> None:
        color_by = str(self.tools.colors.currentData())
        drawn = (result.paths, result.suspects, dataset, self._filter, color_by, self._state.run)
        if self._points is None or not _same(drawn, self._drawn):
            self._points = map_view.points(result, dataset, self._filter, color_by, self._state)
            paths = dataset.shown_paths
            self._number_of = {paths[row]: number for number, row in enumerate(self._points.rows.tolist())}
            self._missing = len(dataset.files.difference(result.paths))
            self._drawn = drawn
        elif result is self._result:
            self.legend.show_entries(self._points.legend, int(self._points.ringed.sum()))
            return
        self._result = result
        some = self._points
        positions = result.positions[some.places]
        self.map.show_points(positions, some.colors, some.hollow, some.ringed, some.faded)
        self.map.setAccessibleDescription(self._sentence())
        self.legend.show_entries(some.legend, int(some.ringed.sum()))
        self.caption.show_text(f"{map_view.caption(result)}. {NEAR}")
        self._show_selected()

    def _show_selected(self) -> None:
        if self._points is None or not self.isVisible():
            return
        chosen = np.zeros(len(self._points.rows), bool)
        chosen[[self._number_of[path] for path in self._grid.selected_paths() if path in self._number_of]] = True
        self.map.show_selected(chosen)
        dataset, result = self._state.dataset, self._result
        if dataset is not None and result is not None:
            self.side.show_map(result, dataset, self._points, chosen, cannot_choose(self._state))

    def _picture(self, point: int) -> QPixmap | None:
        return self._picture_at(self._path(point)) if self._points is not None else None

    def _picture_at(self, path: str) -> QPixmap | None:
        """Thumbnail of the photo at a relative path; None before it is decoded."""
        assert self._state.dataset is not None
        file = str(Path(self._state.dataset.folder, path))
        return self._thumbnails.get(file, round(SIDE * self.devicePixelRatioF()))

    def _arrived(self) -> None:
        self.map.redraw()
        self.side.review.redraw()
        if self.card.isVisible() and self.map.current >= 0:
            self.card.show_picture(self._picture(self.map.current))

    # ------------------------------------------------------------------------------------------------ the user acts

    def _ask_stored(self) -> None:
        """Show a stored map of these photos, if there is one, before the user asks for a map."""
        subject = (self._state.spec.dataset, self._state.spec.backbone)
        if subject != self._last_subject and self._state.engine_ready and not map_view.cannot_map(self._state):
            self._last_subject = subject
            self.map_requested.emit(True)

    def _choose_tool(self, name: str) -> None:
        self.tools.show_tool(name)
        self.map.set_tool(name)  # type: ignore[arg-type]

    def _path(self, point: int) -> str:
        """Relative path of a point."""
        assert self._points is not None
        assert self._state.dataset is not None
        return self._state.dataset.shown_paths[int(self._points.rows[point])]

    def _file(self, point: int) -> str:
        return str(Path(self._state.dataset.folder if self._state.dataset else "", self._path(point)))

    def _select(self, points: NDArray[np.int64], mode: str) -> None:
        """Select the photos of points in the grid; the map then shows the selection of the grid."""
        new = {self._path(point) for point in points.tolist()}
        if mode != "set":
            now = set(self._grid.selected_paths())
            new = {"add": now | new, "remove": now - new, "toggle": now ^ new}[mode]
        self._grid.select_paths(new)

    def _mark(self, path: str) -> None:
        """Bring a photo (relative path) into view."""
        if path in self._number_of:
            self.map.mark(self._number_of[path])

    def _open(self, point: int) -> None:
        self.photo_opened.emit(self._file(point))

    def _hover(self, point: int) -> None:
        dataset, result = self._state.dataset, self._result
        if point < 0 or dataset is None or result is None or self._points is None:
            self.card.hide()
            return
        texts = map_view.remarks(result, dataset, int(self._points.rows[point]))
        x, y = self.map.pixels()[point].tolist()
        self.card.show_photo(QPoint(round(x), round(y)), texts, self._picture(point))
        self.map.setAccessibleDescription(", ".join(filter(None, texts)))

    def _open_menu(self, point: int, place: object) -> None:
        if point < 0:
            self.files.open_menu(place)  # type: ignore[arg-type]
            return
        self.card.hide()
        grid_items.make_current(self._grid, self._file(point))
        self._menu.menu().popup(place)  # type: ignore[arg-type]

    def _table(self) -> str:
        dataset, result = self._state.dataset, self._result
        return document.table(result, dataset) if result is not None and dataset is not None else ""

    def _sentence(self) -> str:
        if self._result is None or self._points is None:
            return tr("There is no map yet.")
        return map_view.sentence(self._result, self._points)


def _same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    """True for the same objects: comparing 60,000 paths would take long."""
    return len(one) == len(other) and all(
        a is b or (isinstance(a, str | PhotoFilter) and a == b) for a, b in zip(one, other, strict=True)
    )
