"""The window: the ribbon at the top, one page at a time, the status bar at the bottom.

It paints itself empty first; then the pages' modules are imported in a thread and the pages built one by one, because
the plotting library alone takes most of a second to import. Its only own state is the page shown; the store has the
rest. The file has over 300 lines because one class connects the signals of all parts.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QPaintEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from studio.formatting import typography
from studio.jobs.worker_pauses import worker_pauses
from studio.session.api import Commands
from studio.session.jobs.progress import is_only_progress
from studio.session.runs import run_queue
from studio.session.settings import Settings
from studio.session.state import STATIONS, AppState, Station
from studio.spec import UserError
from studio.system import preferences
from studio.ui import window_layout
from studio.ui.automation import Automation
from studio.ui.comparison_origin import ComparisonOrigin
from studio.ui.dialogs import messages
from studio.ui.menus import Menus
from studio.ui.notice_strip import Strips
from studio.ui.page import Page
from studio.ui.page_builder import PageBuilder
from studio.ui.ribbon import Ribbon
from studio.ui.start_page import StartPage
from studio.ui.stations.use import intake
from studio.ui.status_bar import StatusLine
from studio.ui.store.store import Store
from studio.ui.system.turns import TurnTimer
from studio.ui.theme import theme
from studio.ui.widgets.page_stack import PageStack, lay_out_now
from studio.ui.window_dialogs import WindowDialogs

if TYPE_CHECKING:
    from studio.ui.stations.features.page import FeaturesPage
    from studio.ui.stations.head.page import HeadPage
    from studio.ui.stations.use.page import UsePage

PAINT_MS = 1
"""Milliseconds after a change until it is painted; timers that are due and events of the mouse are handled before."""


class MainWindow(QMainWindow):
    """The main window.

    Signals:
        left: The window is hidden and its threads were asked to end.
        closed: The window is closed and every thread has ended.
        painted: The window was painted for the first time.
    """

    left = Signal()
    closed = Signal()
    painted = Signal()

    def __init__(self, commands: Commands, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Thaw Studio")
        self.setAcceptDrops(True)
        self.setMinimumSize(1120, 640)  # in a narrower window, the columns of the Head and Features pages would overlap
        self.settings = settings
        self.store = Store(commands, self)
        self.ribbon = Ribbon(self)
        self.menus = Menus(self)
        self.status = StatusLine(self)
        self.strips = Strips(self)
        self.start = StartPage(settings.recent, settings.recent_projects, self)
        self.dialogs = WindowDialogs(self, self.store, self.menus, settings)
        self.automation = Automation(self, self.store, self.menus, self.status, settings)
        self.stack = PageStack(self)
        self.stack.addWidget(self.start)
        self._page: Station = "images"
        self._origin = ComparisonOrigin(self.stack, self.show_station)
        self._rendered: AppState | None = None
        self._left = False
        self._may_close = False
        self._builder = PageBuilder(self, self.store, self.stack, settings)
        self._builder.page_built.connect(self._connect_page)
        self._builder.finished.connect(self._start_first_jobs)
        self.pages = self._builder.pages
        self._painted = False
        self._paint_soon = TurnTimer(self, PAINT_MS, self._paint_now)
        theme.style(self)
        self._lay_out()
        self._connect()
        self._restore()
        self._render(self.store.state)
        self.start.setFocus()

    # ------------------------------------------------------------------------------------------------ commands

    def open_folder(self, path: str, page: str = "images") -> None:
        """Open an image folder and show a station."""
        self.store.open_folder(path)
        self.settings.remember_folder(self.store.state.spec.dataset.folder)
        self.settings.save()
        self._show_recent()
        self.show_station(page)

    def _take_folder(self) -> None:
        """Show the folder that a project opened, and remember it."""
        self.settings.remember_folder(self.store.state.spec.dataset.folder)
        self.settings.save()
        self._show_recent()
        self.show_station(self._page)

    def look_at(self, path: str) -> None:
        """Show a photo (absolute path) on the Preprocess page and in the layer outputs."""
        self.store.looking.look_at(path)
        for page in self.pages.values():
            page.choose_photo(path)

    def train(self) -> None:
        """Train with the chosen settings, after the run in progress; ask first if weights must be downloaded."""
        self.store.train()

    def choose_weights(self) -> None:
        """Let the user choose a weights file for the chosen backbone."""
        self.show_station("features")
        cast("FeaturesPage", self.pages["features"]).backbones.ask_for_file()

    def show_station(self, name: str) -> None:
        """Show a station's page; before a folder is chosen, the start page stays."""
        if name not in STATIONS:
            name = "images"
        self._origin.note(self.store.state, self._page)
        self._page = cast(Station, name)
        if name != "evaluate":
            self._origin.forget()
        if not self.store.state.spec.dataset.folder:
            self._show_start()
            return
        page = self._builder.page(self._page)
        self.ribbon.show_station(name)
        self.settings.page = name
        page.show_state(self.store.state)
        self._show_strips(self.store.state)
        self.stack.show_page(page)
        self.store.show_page(self._page)

    def leave(self) -> None:
        """Close without asking: hide at once, close when every thread has ended."""
        if self._left:
            return
        self._left = True
        self._remember()
        self._builder.stop()
        self.hide()
        for page in self.pages.values():
            page.shut_down()
        self.store.finished.connect(self._close_for_good)
        self.left.emit()
        self.store.shut_down()

    def choose_scheme(self, scheme: str) -> None:
        """Switch to the color scheme `light`, `dark` or `system`."""
        self.settings.scheme = scheme
        self.settings.save()
        # The environment sets it, or the disk is full: the choice lasts until the window closes.
        with contextlib.suppress(UserError):
            preferences.change({"theme": scheme})
        self._show_scheme(scheme)

    def _take_preference(self, key: str, value: object) -> None:
        """Let a changed preference take effect, where it does at once."""
        if key == "theme":
            self.settings.scheme = str(value)
            self._show_scheme(str(value))
        elif key == "reduced_motion":
            theme.reduce_motion(bool(value))

    def _show_scheme(self, scheme: str) -> None:
        self.menus.show_scheme(scheme)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            theme.apply(app, scheme)

    # ------------------------------------------------------------------------------------------------ building

    def _lay_out(self) -> None:
        self.setMenuBar(self.menus)
        self.setStatusBar(self.status)
        self.setCentralWidget(window_layout.central(self, self.ribbon, self.strips, self.stack))

    def _connect(self) -> None:
        store, menus = self.store, self.menus
        store.changed.connect(self._render)
        store.page_requested.connect(self.show_station)
        for signal in (self.ribbon.station_requested, menus.station_requested):
            signal.connect(self.show_station)
        for signal in (self.ribbon.train_requested, menus.train_requested):
            signal.connect(self.train)
        menus.baseline_requested.connect(store.train_baseline)
        menus.queue_requested.connect(store.queue.add)
        for signal in (self.ribbon.stop_requested, menus.stop_requested, self.status.stop_requested):
            signal.connect(store.stop)
        for signal in (self.start.browse_requested, menus.open_requested):
            signal.connect(self.dialogs.browse)
        for signal in (self.start.sample_requested, menus.sample_requested):
            signal.connect(store.sample)
        for signal in (self.start.folder_requested, menus.recent_requested):
            signal.connect(self.open_folder)
        self.dialogs.folder_chosen.connect(self.open_folder)
        self.start.project_requested.connect(self.automation.open_project)
        self.automation.folder_opened.connect(self._take_folder)
        self.status.resume_requested.connect(self.dialogs.resume_interrupted)
        for signal in (self.strips.folder.requested, menus.rescan_requested):
            signal.connect(store.rescan)
        for signal in (self.strips.swap.requested, menus.settings_back_requested):
            signal.connect(store.runs.restore_settings)
        self.strips.folder.dismissed.connect(store.dismiss_folder_changes)
        self.strips.swap.dismissed.connect(store.dismiss_swap)
        self.strips.page_requested.connect(self.show_station)
        self.strips.failure_dismissed.connect(store.dismiss_failure)
        self.strips.trash.requested.connect(store.runs.changes.restore)
        self.strips.trash.dismissed.connect(store.runs.changes.dismiss)
        self.strips.queue.requested.connect(store.queue.take_left)
        self.strips.queue.dismissed.connect(store.queue.dismiss_left)
        menus.quit_requested.connect(self.close)
        menus.scheme_requested.connect(self.choose_scheme)
        self.dialogs.preference_changed.connect(self._take_preference)

    def _connect_page(self, name: Station, page: Page) -> None:
        store = self.store
        if name == "use":
            self._connect_use(cast("UsePage", page))
        if name == "head":
            self.dialogs.connect_runs(cast("HeadPage", page).runs)
            self.automation.connect_runs(cast("HeadPage", page).runs)
        self.dialogs.connect_page(page)
        store.comparison.connect_page(page)
        page.comparison_closed.connect(self._leave_comparison)
        page.folder_requested.connect(self.open_folder)
        page.sample_requested.connect(store.sample)
        page.spec_changed.connect(store.choose)
        page.photo_chosen.connect(self.look_at)
        page.preview_requested.connect(store.looking.preview)
        page.outputs_requested.connect(store.looking.outputs)
        page.download_requested.connect(store.looking.download)
        page.train_requested.connect(self.train)
        page.file_requested.connect(self.choose_weights)
        page.run_requested.connect(partial(store.runs.show, stays=name == "use"))
        page.part_requested.connect(store.judging.show_part)
        page.rule_tried.connect(store.judging.try_rule)
        page.weights_requested.connect(store.judging.show_weights)
        page.table_requested.connect(store.judging.slice_by)
        page.judgment_requested.connect(store.judging.judge)
        page.judgment_stop_requested.connect(store.judging.stop)
        page.proposal_requested.connect(store.runs.set_up)
        page.station_requested.connect(self.show_station)
        self.dialogs.connect_choices(page)
        page.job_requested.connect(store.start)

    def _leave_comparison(self) -> None:
        cast(Page, self.stack.currentWidget()).show_state(self.store.state)
        self._origin.go_back()

    def _connect_use(self, page: UsePage) -> None:
        using, menus = self.store.using, self.menus
        page.photos_given.connect(using.add)
        page.photos_removed.connect(using.remove)
        page.removal_undone.connect(using.restore)
        page.photo_shown.connect(using.choose)
        page.stop_requested.connect(using.stop)
        page.again_requested.connect(using.predict_again)
        page.rest_requested.connect(using.go_on)
        page.labels_wanted.connect(using.label_next)
        page.labels_stopped.connect(using.stop_choosing)
        page.camera_wanted.connect(using.watch)
        page.camera_closed.connect(using.stop_watching)
        page.exports.exports_requested.connect(using.export)
        page.exports.stop_requested.connect(using.stop_exports)
        page.exports.folder_chosen.connect(using.search)
        using.search(page.exports.folder_now)
        page.exports.show_offers(using.offers)
        menus.export_models_requested.connect(self._on_use(page.show_exports))
        page.table_wanted.connect(using.write)
        page.sort_wanted.connect(using.sort)
        menus.predict_photos_requested.connect(self._on_use(page.drop.choose_photos))
        menus.predict_folder_requested.connect(self._on_use(page.drop.choose_folder))
        menus.paste_requested.connect(self._on_use(page.paste))

    def _on_use(self, act: Callable[[], None]) -> Callable[[], None]:
        """A function that shows the Use page and then acts."""

        def shown() -> None:
            self.show_station("use")
            act()

        return shown

    def _start_first_jobs(self) -> None:
        """Import the engine and list the runs, which keeps the interpreter busy, once every page is built."""
        self.store.warm_up()
        self.store.runs.refresh()
        self.store.runs.watch.begin()
        self.store.queue.read_left()
        for page in self.pages.values():
            page.prepare()

    def _restore(self) -> None:
        window_layout.restore_geometry(self, self.settings)
        self.menus.show_scheme(self.settings.scheme)
        self.store.runs.show_everywhere(self.settings.all_runs)
        self._show_recent()

    def _remember(self) -> None:
        window_layout.remember(self, self.pages.values(), self.settings)
        self.settings.save()

    # ------------------------------------------------------------------------------------------------ drawing

    def _render(self, state: AppState) -> None:
        self._origin.note(state, self._page)
        is_progress = self._rendered is not None and is_only_progress(self._rendered, state)
        self._rendered = state
        if not is_progress:  # ribbon and menus show no progress, and take as long as a page
            self.ribbon.show_state(state)
            self.menus.show_state(state)
        self.status.show_state(state)
        self._show_strips(state)
        folder = state.spec.dataset.folder
        title = f"{typography.one_line(Path(folder).name or folder)} – Thaw Studio" if folder else "Thaw Studio"
        if title != self.windowTitle():
            self.setWindowTitle(title)
        current = self.stack.currentWidget()
        if not folder:
            self._show_start()
        elif current is self.start:
            self.show_station(self._page)
        elif is_progress:
            cast(Page, current).show_state(state)
        else:
            with worker_pauses.drawing():
                cast(Page, current).show_state(state)

    def _show_strips(self, state: AppState) -> None:
        self.strips.show_state(state, self._page if state.spec.dataset.folder else "images")

    def _show_start(self) -> None:
        self.ribbon.show_station("")
        self.stack.show_page(self.start)
        self.start.show_state(self.store.state)

    def _show_recent(self) -> None:
        self.menus.show_recent(self.settings.recent)
        for page in self.pages.values():
            page.show_recent(self.settings.recent)

    def _close_for_good(self) -> None:
        self.store.wait()
        self._may_close = True
        self.close()
        self.closed.emit()

    # ------------------------------------------------------------------------------------------------ Qt's overrides

    def event(self, event: QEvent) -> bool:
        """Update all layouts before painting: Qt would paint between their levels, up to six times.

        What has changed is painted in a later turn than the one that changed it, so that a click in between is handled.
        """
        if event.type() is not QEvent.Type.UpdateRequest or not self._painted:
            return super().event(event)
        if not self._paint_soon.is_active():
            lay_out_now()
            self._paint_soon.start()
        return True

    def _paint_now(self) -> None:
        with worker_pauses.drawing():
            lay_out_now()
            super().event(QEvent(QEvent.Type.UpdateRequest))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Start building the pages after the first paint."""
        super().paintEvent(event)
        if not self._painted and not self._left:
            self._painted = True
            self._builder.start()
            self.painted.emit()

    def changeEvent(self, event: QEvent) -> None:
        """Refresh the run list and check the folder of photos when the window regains focus."""
        super().changeEvent(event)
        if event.type() != QEvent.Type.ActivationChange or self._left:
            return
        self.store.watch.wake(self.isActiveWindow())
        self.store.queue.watch.wake(self.isActiveWindow())
        if self.isActiveWindow() and self._painted:
            self.store.runs.refresh_known()
            self.store.using.look_again()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask first if a run is in progress; then hide at once and close in the background."""
        if self._may_close:
            event.accept()
            return
        event.ignore()
        if "train" not in self.store.state.jobs or not preferences.value("confirm_close"):
            self.leave()
        elif self.findChild(QWidget, "ask_close") is None:
            messages.ask_close(self, *run_queue.closing_words(self.store.state), self.leave)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept a dragged folder or project; on the Use page photos, too."""
        if (use := self._use_page()) is not None and not window_layout.dropped_project(event):
            use.drag_entered(event)
        elif window_layout.dropped_project(event) or window_layout.dropped_folder(event) or self._for_use(event):
            intake.accept(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Unmark the card on which photos are dropped."""
        super().dragLeaveEvent(event)
        if (use := self._use_page()) is not None:
            use.drag_left()

    def _use_page(self) -> UsePage | None:
        """The Use page while it is shown."""
        page = self.pages.get("use")
        return cast("UsePage", page) if page is not None and self.stack.currentWidget() is page else None

    def _for_use(self, event: QDropEvent) -> bool:
        """True for photos, and other files, that are dropped on another page: the Use page predicts or refuses them."""
        return bool(self.store.state.spec.dataset.folder) and intake.can_take(event.mimeData())

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the dropped folder; predict dropped photos, and on the Use page folders, too."""
        folder, project = window_layout.dropped_folder(event), window_layout.dropped_project(event)
        use = self._use_page()
        if use is not None and not project:
            use.dropped(event)
            return
        if project:
            if use is not None:
                use.drag_left()
            intake.accept(event)
            self.automation.open_project(project)
        elif folder:
            intake.accept(event)
            self.open_folder(folder)
        elif self._for_use(event):
            self.show_station("use")
            cast("UsePage", self.pages["use"]).dropped(event)
