"""Builds the pages after the window's first paint, one per turn of the event loop."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from studio.jobs.job import Job
from studio.session.settings import Settings
from studio.session.state import STATIONS, Station
from studio.ui import page_factory, window_layout
from studio.ui.page import Page
from studio.ui.store.store import Store
from studio.ui.widgets import tab_order

BUILD_PAUSE_MS = 15
"""Pause between two pages, so that clicks in the first second are handled."""


class PageBuilder(QObject):
    """Imports the modules of all pages and commands in a thread, then builds one page after the other.

    Signals:
        page_built: Station and page that was just built.
        finished: All pages are built.

    Attributes:
        pages: Pages built so far, by station.
    """

    page_built = Signal(str, object)
    finished = Signal()

    def __init__(self, window: QWidget, store: Store, stack: QStackedWidget, settings: Settings) -> None:
        super().__init__(window)
        self._window, self._store, self._stack, self._settings = window, store, stack, settings
        self.pages: dict[Station, Page] = {}
        self._imports: Job | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(BUILD_PAUSE_MS)
        self._timer.timeout.connect(self._build_next)

    def start(self) -> None:
        """Start building in the next turn of the event loop."""
        self._timer.start()

    def stop(self) -> None:
        """Build no more pages."""
        self._timer.stop()

    def page(self, name: Station) -> Page:
        """The page of a station; built now if it has not been built yet."""
        if name not in self.pages:
            page = page_factory.build(name)  # not in the window yet: its style sheet would be applied at every level
            self._stack.addWidget(page)
            tab_order.follow_layouts(page)
            self.pages[name] = page
            self.page_built.emit(name, page)
            window_layout.restore_parts(page, self._settings)
            page.show_recent(self._settings.recent)
        return self.pages[name]

    def _build_next(self) -> None:
        self._imports = self._imports or self._store.start_detached(page_factory.imports(self._store.prepare))
        if not self._imports.ended:
            self._timer.start()
            return
        for name in STATIONS:
            if name not in self.pages:
                page = self.page(name)
                page.resize(self._stack.size())
                page.grab()  # paint once in advance: the first time takes several times as long
                self._timer.start()
                return
        self.finished.emit()
