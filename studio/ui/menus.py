"""The menu bar: an entry with its shortcut for every command of the window.

The actions hold the shortcuts of the whole window, so every command works from the keyboard on every page. The file has
over 300 lines because each command has a signal and an entry.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from studio.formatting import typography
from studio.formatting.language import tr
from studio.session import selectors
from studio.session.jobs import job_kinds, job_words
from studio.session.photos import journal
from studio.session.ribbon import TITLES
from studio.session.runs import changes, comparing, replaying, run_list, run_queue, settings_axes
from studio.session.state import STATIONS, AppState, RunList
from studio.session.using import words as using_words
from studio.ui.widgets.enabling import ReasonMenu, allow

SEEDS = (3, 5)
NO_FOLDER = tr("Open an image folder first.")
SCHEMES = ((tr("Follow the system"), "system"), (tr("Light"), "light"), (tr("Dark"), "dark"))


class Menus(QMenuBar):
    """The menu bar; each entry emits a signal of its own, named after the command."""

    open_requested = Signal()
    recent_requested = Signal(str)
    url_requested = Signal()
    project_open_requested = Signal()
    project_save_requested = Signal()
    project_requested = Signal(str)
    rescan_requested = Signal()
    sample_requested = Signal()
    targets_requested = Signal()
    classes_requested = Signal()
    names_requested = Signal()
    labels_requested = Signal()
    predict_photos_requested = Signal()
    predict_folder_requested = Signal()
    paste_requested = Signal()
    export_models_requested = Signal()
    export_requested = Signal()
    report_requested = Signal()
    compare_requested = Signal()
    compare_settings_requested = Signal()
    undo_requested = Signal()
    redo_requested = Signal()
    choices_import_requested = Signal()
    choices_export_requested = Signal()
    copy_requested = Signal()
    preferences_requested = Signal()
    quit_requested = Signal()
    train_requested = Signal()
    baseline_requested = Signal()
    queue_requested = Signal()
    repeat_requested = Signal(int)
    stop_requested = Signal()
    cache_requested = Signal()
    run_open_requested = Signal()
    run_resume_requested = Signal()
    run_extend_requested = Signal()
    run_settings_requested = Signal()
    run_describe_requested = Signal()
    run_replay_requested = Signal()
    command_requested = Signal()
    script_requested = Signal()
    run_discard_requested = Signal()
    run_restore_requested = Signal()
    trash_requested = Signal()
    settings_back_requested = Signal()
    station_requested = Signal(str)
    scheme_requested = Signal(str)
    shortcuts_requested = Signal()
    privacy_requested = Signal()
    about_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._listed: RunList | None = None
        self._folder = ""
        self._file()
        self._edit()
        self._run()
        self._view()
        self._help()

    def show_state(self, state: AppState) -> None:
        """Enable the actions that are possible now."""
        training = tr("Training is in progress.") if "train" in state.jobs else ""
        no_folder = "" if state.spec.dataset.folder else NO_FOLDER
        stoppable = any(job_kinds.kind_of(name).stop != "program" for name in state.jobs)
        writing = tr("The sample photos are being written.") if "sample" in state.jobs else ""
        classes = "" if any(state.spec.dataset.sources) else tr("The folders' classes are already the target.")
        allow(self.train, selectors.data_obstacle(state))
        self.train.setText(tr("&Train after this run") if training else tr("&Train"))
        allow(self.baseline, selectors.obstacle(state))
        allow(self.queue, run_queue.cannot_queue(state))
        for action in self.repeats:
            allow(action, run_queue.cannot_repeat(state))
        allow(self.stop, "" if stoppable else tr("Nothing is running."))
        allow(self.run_open, run_list.cannot_open(state))
        allow(self.run_resume, run_list.cannot_resume(state))
        allow(self.run_extend, run_list.cannot_extend(state))
        allow(self.run_settings, changes.cannot_use_settings(state))
        allow(self.run_describe, changes.cannot_describe(state))
        allow(self.run_replay, replaying.cannot_replay(state))
        for action in (self.as_command, self.as_script):
            allow(action, no_folder)
        allow(self.run_discard, run_list.cannot_discard(state))
        allow(self.run_restore, changes.cannot_restore(state))
        allow(self.export, selectors.cannot_export(state))
        allow(self.export_models, no_folder)
        for action in (self.predict_photos, self.predict_folder):
            allow(action, using_words.obstacle(state))
        allow(self.paste, no_folder)  # without a run the Use page says why: keys that do nothing explain nothing
        allow(self.report, selectors.cannot_report(state))
        allow(self.compare, comparing.cannot_compare(state))
        if state.run_list is not self._listed or state.spec.dataset.folder != self._folder:
            self._listed, self._folder = state.run_list, state.spec.dataset.folder
            allow(self.compare_settings, settings_axes.cannot_compare(run_list.rows(state)))
        allow(self.sample, training or writing)
        allow(self.project_save, no_folder)
        allow(self.rescan, no_folder or (tr("The folder is being scanned.") if "scan" in state.jobs else ""))
        allow(
            self.settings_back,
            "" if state.swap is not None else tr("Your settings were not replaced by those of a run."),
        )
        self._show_journal(state)
        for action in (self.targets, self.names, self.labels):
            allow(action, training or no_folder)
        allow(self.classes, training or no_folder or classes)
        for action in self.stations:
            allow(action, no_folder)

    def show_recent(self, folders: Sequence[str]) -> None:
        """Fill the menu of recent folders."""
        self._recent.clear()
        for folder in folders:
            self._recent.addAction(typography.one_line(folder).replace("&", "&&")).setData(folder)
        allow(self._recent.menuAction(), "" if folders else tr("No folder has been opened yet."))

    def show_projects(self, files: Sequence[str]) -> None:
        """Fill the menu of recent projects."""
        self._projects.clear()
        for file in files:
            self._projects.addAction(typography.one_line(file).replace("&", "&&")).setData(file)
        allow(self._projects.menuAction(), "" if files else tr("No project has been opened or saved yet."))

    def show_scheme(self, scheme: str) -> None:
        """Check the entry of the chosen color scheme."""
        for action in self._schemes.actions():
            action.setChecked(action.data() == scheme)

    def _file(self) -> None:
        menu = self._menu(tr("&File"))
        self._add(menu, tr("&Open image folder…"), self.open_requested, "Ctrl+O")
        self._add(menu, tr("Open a folder by &URL…"), self.url_requested, "Ctrl+Shift+L")
        self._recent = menu.addMenu(tr("Open &recent"))
        self._recent.setToolTipsVisible(True)
        self._recent.triggered.connect(self._recent_chosen)
        self._add(menu, tr("Open pro&ject…"), self.project_open_requested, "Ctrl+Alt+O")
        self._projects = menu.addMenu(tr("Recent projects"))
        self._projects.setToolTipsVisible(True)
        self._projects.triggered.connect(self._project_chosen)
        self.project_save = self._add(menu, tr("Sa&ve project…"), self.project_save_requested, "Ctrl+S")
        self.rescan = self._add(menu, tr("Re&scan the folder"), self.rescan_requested, "Ctrl+F5")
        self.sample = self._add(menu, tr("&Try the sample"), self.sample_requested)
        menu.addSeparator()
        self.targets = self._add(menu, tr("Target: &numbers from CSV…"), self.targets_requested, "Ctrl+T")
        self.labels = self._add(menu, tr("Target: classes from a &table…"), self.labels_requested)
        self.names = self._add(menu, tr("Target: classes from file na&mes…"), self.names_requested)
        self.classes = self._add(menu, tr("Target: &classes of the folders"), self.classes_requested, "Ctrl+Shift+T")
        menu.addSeparator()
        self.predict_photos = self._add(menu, tr("&Predict photos…"), self.predict_photos_requested, "Ctrl+Shift+P")
        self.predict_folder = self._add(menu, tr("Predict a fol&der…"), self.predict_folder_requested)
        menu.addSeparator()
        self.export = self._add(menu, tr("&Export head…"), self.export_requested, "Ctrl+E")
        self.export_models = self._add(menu, tr("Export whole &models…"), self.export_models_requested, "Ctrl+Alt+E")
        self.report = self._add(menu, tr("Export re&port…"), self.report_requested, "Ctrl+Shift+E")
        menu.addSeparator()
        self._add(menu, tr("&Quit"), self.quit_requested, "Ctrl+Q")

    def _edit(self) -> None:
        menu = self._menu(tr("&Edit"))
        self.undo = self._add(menu, tr("Undo"), self.undo_requested, "Ctrl+Z")
        self.redo = self._add(menu, tr("Redo"), self.redo_requested, "Ctrl+Shift+Z", "Ctrl+Y")
        self.paste = self._add(menu, tr("&Paste photos to predict"), self.paste_requested, "Ctrl+V")
        menu.addSeparator()
        self.choices_import = self._add(menu, tr("&Import choices…"), self.choices_import_requested)
        self.choices_export = self._add(menu, tr("&Export choices…"), self.choices_export_requested)
        self.copy = self._add(menu, tr("Write a &cleaned copy…"), self.copy_requested)
        menu.addSeparator()
        self._add(menu, tr("Pre&ferences…"), self.preferences_requested, "Ctrl+,")

    def _show_journal(self, state: AppState) -> None:
        """Say in the entries what Undo and Redo would change, and enable the commands on choices about photos."""
        for action, title, why in (
            (self.undo, journal.undo_title(state), journal.cannot_undo(state)),
            (self.redo, journal.redo_title(state), journal.cannot_redo(state)),
        ):
            text = typography.one_line(title).replace("&", "&&")
            if text != action.text():
                action.setText(text)
            allow(action, why)
        closed = journal.cannot_choose(state)
        copying = tr("A copy is being written.") if "cleaned_copy" in state.jobs else ""
        allow(self.choices_import, closed)
        allow(self.choices_export, closed or journal.cannot_export(state))
        allow(self.copy, closed or journal.cannot_copy(state) or copying)

    def _run(self) -> None:
        menu = self._menu(tr("&Run"))
        self.train = self._add(menu, tr("&Train"), self.train_requested, "Ctrl+Return", "Ctrl+Enter", "F5")
        self.baseline = self._add(
            menu, tr("Train the &baseline from scratch"), self.baseline_requested, "Ctrl+Shift+Return"
        )
        self.queue = self._add(menu, tr("Add to the &queue"), self.queue_requested, "Alt+F5")
        self.repeats = [self._repeat(menu, number) for number in SEEDS]
        # Not Esc, which closes menus and dialogs: it must not end an hour of training by accident.
        self.stop = self._add(menu, tr("&Stop"), self.stop_requested, job_words.STOP_KEY)
        menu.addSeparator()
        self.run_open = self._add(menu, tr("Sh&ow selected run"), self.run_open_requested, "Ctrl+Shift+O")
        self.run_settings = self._add(
            menu, tr("&Use settings of selected run"), self.run_settings_requested, "Ctrl+Shift+U"
        )
        self.run_resume = self._add(menu, tr("&Resume selected run"), self.run_resume_requested, "Ctrl+R")
        self.run_extend = self._add(menu, tr("E&xtend selected run…"), self.run_extend_requested, "Ctrl+Shift+R")
        self.run_describe = self._add(menu, tr("&Describe selected run…"), self.run_describe_requested)
        self.run_replay = self._add(menu, tr("Repla&y selected run…"), self.run_replay_requested)
        self.compare = self._add(menu, tr("&Compare two runs"), self.compare_requested, "Ctrl+K")
        title = tr("Compare setti&ngs of runs…")
        self.compare_settings = self._add(menu, title, self.compare_settings_requested, "Ctrl+Shift+K")
        self.run_discard = self._add(menu, tr("&Move selected run to trash"), self.run_discard_requested)
        self.run_restore = self._add(menu, tr("Resto&re the run trashed last"), self.run_restore_requested)
        self._add(menu, tr("Trash…"), self.trash_requested)
        menu.addSeparator()
        self.settings_back = self._add(menu, tr("&Back to my settings"), self.settings_back_requested, "Ctrl+B")
        self.as_command = self._add(menu, tr("Copy my settings as co&mmand"), self.command_requested)
        self.as_script = self._add(menu, tr("Copy my settings as scr&ipt"), self.script_requested)
        self._add(menu, tr("Feature &cache…"), self.cache_requested)

    def _view(self) -> None:
        menu = self._menu(tr("&View"))
        self.stations: list[QAction] = []
        for number, station in enumerate(STATIONS, 1):
            action = menu.addAction(f"&{number} {TITLES[station]}")
            action.setShortcut(QKeySequence(f"Ctrl+{number}"))
            action.setData(station)
            action.triggered.connect(self._station_chosen)
            self.stations.append(action)
        menu.addSeparator()
        self._schemes = QActionGroup(self)
        for title, scheme in SCHEMES:
            action = menu.addAction(title)
            action.setCheckable(True)
            action.setData(scheme)
            self._schemes.addAction(action)
        self._schemes.triggered.connect(self._scheme_chosen)

    def _help(self) -> None:
        menu = self._menu(tr("&Help"))
        self._add(menu, tr("&Keyboard shortcuts"), self.shortcuts_requested, "F1")
        self._add(menu, tr("Where your &data goes"), self.privacy_requested)
        self._add(menu, tr("&About Thaw Studio"), self.about_requested)

    def _menu(self, title: str) -> QMenu:
        menu = ReasonMenu(title, self)
        self.addMenu(menu)
        return menu

    def _add(self, menu: QMenu, title: str, signal: object, *keys: str) -> QAction:
        action = menu.addAction(title)
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.triggered.connect(signal)
        return action

    def _repeat(self, menu: QMenu, number: int) -> QAction:
        action = menu.addAction(tr("Train with {number} seeds").format(number=number))
        action.setData(number)
        action.triggered.connect(self._repeat_chosen)
        return action

    def _repeat_chosen(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self.repeat_requested.emit(int(action.data()))

    def _recent_chosen(self, action: QAction) -> None:
        self.recent_requested.emit(str(action.data()))

    def _project_chosen(self, action: QAction) -> None:
        self.project_requested.emit(str(action.data()))

    def _station_chosen(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self.station_requested.emit(str(action.data()))

    def _scheme_chosen(self, action: QAction) -> None:
        self.scheme_requested.emit(str(action.data()))
