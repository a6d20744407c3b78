"""The photos of a comparison in tabs: fixed, broken, both wrong, both right."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, SignalInstance
from PySide6.QtWidgets import QLabel, QStackedWidget, QTabBar, QWidget

from studio.events import ComparedPhotos, RunsCompared
from studio.formatting import numbers, typography
from studio.formatting.language import tr
from studio.session.evaluation import label_review
from studio.session.judged_choices import RunPair
from studio.session.runs import comparison_view
from studio.session.state import AppState
from studio.ui.page import Page
from studio.ui.photos.photo_details import ViewedPhoto
from studio.ui.photos.photo_grid import PhotoGrid
from studio.ui.photos.photo_items import Line, PhotoItem, PhotoItems
from studio.ui.photos.photo_viewer import PhotoViewer, open_viewer
from studio.ui.stations.evaluate.grid_choices import GridChoices, marked
from studio.ui.stations.evaluate.heatmap_panel import HeatmapPanel
from studio.ui.theme import theme
from studio.ui.widgets.card import Card
from studio.ui.widgets.elided_label import ElidedLabel


class ComparedPhotosCard(Card):
    """The tabs and the photos of the chosen one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self._result: RunsCompared | None = None
        self._rows: list[int] = []
        self._is_chosen = False
        self._pair: RunPair | None = None
        self._job_requested: SignalInstance | None = None
        self.why: HeatmapPanel | None = None
        self.tabs = QTabBar(self)
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName(tr("Photos of the comparison"))
        self.tabs.currentChanged.connect(self._show_tab)
        self.tabs.tabBarClicked.connect(self._take_choice)
        self.explanation = ElidedLabel(self, sentence=True)
        theme.set_color_role(self.explanation, "muted")
        self.photos = PhotoGrid(self, lines=3)
        self.photos.setMinimumHeight(self.photos.least_height())
        self.photos.photo_opened.connect(self.open_photo)
        self.choices = GridChoices(self.photos, self.open_photo, self, without=("split",))  # S swaps the runs
        self._none = QLabel(tr("No photo."), self)
        self._none.setAlignment(Qt.AlignmentFlag.AlignCenter)
        theme.set_color_role(self._none, "muted")
        self.stack = QStackedWidget(self)
        self.stack.addWidget(self._none)
        self.stack.addWidget(self.photos)
        self.summary = ElidedLabel(self, sentence=True)
        theme.set_color_role(self.summary, "muted")
        # Above the photos, so that they are visible in a low window, too.
        for widget in (self.tabs, self.explanation, self.choices.bar):
            self.body.addWidget(widget)
        self.body.addWidget(self.stack, 1)
        self.body.addWidget(self.summary)

    def connect_to(self, page: Page) -> None:
        """Send the user's choices about photos to the page's signals."""
        self.choices.connect_to(page)
        self._job_requested = page.job_requested

    def show_choices(self, state: AppState) -> None:
        """Show the choices about the photos, made and possible, and the requested heatmap."""
        self._pair = state.pair
        if self.why is not None:
            self.why.show_state(state)
        if self._result is not None and self.choices.show_state(state, self._result.photos.folder):
            self._show_tab()

    def show_result(self, result: RunsCompared) -> None:
        """Show the photos of a comparison: those of the tab the user chose, else of the first one that has any."""
        if result is self._result:
            return
        self._result = result
        tabs = comparison_view.tabs(result)
        self.tabs.blockSignals(True)
        while self.tabs.count() > len(tabs):
            self.tabs.removeTab(self.tabs.count() - 1)
        for place, tab in enumerate(tabs):
            words = f"{tab.title} {numbers.exact(tab.photos)}"
            if place < self.tabs.count():
                self.tabs.setTabText(place, words)
            else:
                self.tabs.addTab(words)
            self.tabs.setTabToolTip(place, f"{tab.explanation} ({place + 1})")
        if not self._is_chosen:
            self.tabs.setCurrentIndex(next((place for place, tab in enumerate(tabs) if tab.photos), 0))
        self.tabs.blockSignals(False)
        self.photos.classes.show([typography.one_line(name) for name in result.photos.classes])
        self.photos.set_ranges(result.ranges)
        self.summary.show_text(comparison_view.summary(result.photos))
        self.summary.setVisible(bool(self.summary.text()))
        self._show_tab()

    def choose(self, place: int) -> None:
        """Show a tab by its number, from 0."""
        if place < self.tabs.count():
            self._is_chosen = True
            self.tabs.setCurrentIndex(place)

    def open_photo(self, path: str) -> None:
        """Show a photo enlarged, with the others of its tab to step through."""
        row = self.photos.row_of(path)
        if row >= 0 and self._result is not None:
            photo_at = partial(_viewed, self._result.photos, list(self._rows))
            viewer = open_viewer(self.photos, len(self._rows), photo_at, row)
            self.choices.attach(viewer)
            self.explain(viewer, self._result)

    def explain(self, viewer: PhotoViewer, result: RunsCompared) -> None:
        """Add to an enlarged photo the panel that shows what raises the score of a class in either run."""
        if self._pair is not None:
            runs = ("A", self._pair.a), ("B", self._pair.b)
            self.why = HeatmapPanel(viewer, runs, result.photos.classes)
            self.why.requested.connect(self._ask_why)
            viewer.finished.connect(self._forget_why)

    def _ask_why(self, run: str, path: str, name: str) -> None:
        if self._job_requested is not None:
            self._job_requested.emit("heatmap", (run, path, name, "", ""))

    def _forget_why(self) -> None:
        self.why = None

    def shut_down(self) -> None:
        """Wait for the threads that decode photos."""
        self.photos.shut_down()

    def _take_choice(self) -> None:
        self._is_chosen = True

    def _show_tab(self) -> None:
        result = self._result
        if result is None or self.tabs.currentIndex() < 0:
            return
        tab = comparison_view.tabs(result)[self.tabs.currentIndex()]
        photos, rows = result.photos, result.photos.groups[tab.key].tolist()
        self._rows = rows
        self.explanation.show_text(tab.explanation if rows else "")
        self._none.setText(tr("No photo: {split}.").format(split=tab.explanation.split(".")[0]))
        self.stack.setCurrentWidget(self.photos if rows else self._none)
        places = {photos.paths[row]: place for place, row in enumerate(rows)}
        own = self.choices.dataset
        right = label_review.accepted(own)
        items = PhotoItems(
            len(rows),
            lambda place: marked(_item(photos, rows, place), own, right),
            lambda path: places.get(path, -1),
            list(places),
        )
        self.photos.show_photos(photos.folder, items)


def _item(photos: ComparedPhotos, rows: list[int], place: int) -> PhotoItem:
    row = rows[place]
    lines = [
        Line(f"{one.side}  {one.name}".rstrip(), one.value, one.color_role, one.name)
        for one in comparison_view.captions(photos, row)
    ]
    truth = comparison_view.truth_of(photos, row)
    path = photos.paths[row]
    return PhotoItem(
        path,
        Path(path).name,
        lines=(*lines, Line(tr("true {truth}").format(truth=truth), color_role="muted", name=truth)),
    )


def _viewed(photos: ComparedPhotos, rows: list[int], place: int) -> ViewedPhoto:
    row = rows[place]
    path = str(Path(photos.folder, photos.paths[row]))
    return ViewedPhoto(path, "", (), comparison_view.described(photos, row))
