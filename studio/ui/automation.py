"""The window's commands that repeat work elsewhere: projects, settings as a command or script, replays of runs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from studio.events import ProjectOpened, RunReplayed, Saved
from studio.formatting import run_code, typography
from studio.formatting.language import tr
from studio.session import projects
from studio.session.runs import replaying, run_list, run_words
from studio.session.settings import Settings
from studio.session.state import AppState
from studio.spec import RunSpec
from studio.ui.dialogs import files, messages
from studio.ui.menus import Menus
from studio.ui.status_bar import StatusLine
from studio.ui.store.store import Store

if TYPE_CHECKING:
    from studio.ui.stations.head.run_list import RunListCard

COPIED = MappingProxyType(
    {
        "command": tr("Your settings were copied as a command"),
        "script": tr("Your settings were copied as a script"),
    }
)
"""What is said after the settings of the window were copied, by form."""

COPIED_OF_RUN = MappingProxyType(
    {
        "command": tr("The settings of the run were copied as a command"),
        "script": tr("The settings of the run were copied as a script"),
        "gpus": tr("The settings of the run were copied as a command for several GPUs"),
        "computers": tr("The settings of the run were copied as a command for several computers"),
    }
)
"""What is said after the settings of a run were copied, by form."""


class Automation(QObject):
    """Opens and saves projects, copies settings, and opens the dialog of a replay.

    Signals:
        folder_opened: The settings and the folder of a project were taken.
    """

    folder_opened = Signal()

    def __init__(self, window: QWidget, store: Store, menus: Menus, status: StatusLine, settings: Settings) -> None:
        super().__init__(window)
        self._window, self._store, self._menus, self._status = window, store, menus, status
        self._settings = settings
        self._project: ProjectOpened | None = None
        self._saved: Saved | None = None
        self._replayed: RunReplayed | None = None
        menus.command_requested.connect(partial(self.copy_settings, "command"))
        menus.script_requested.connect(partial(self.copy_settings, "script"))
        menus.run_replay_requested.connect(self.show_replay)
        menus.project_open_requested.connect(self.browse_project)
        menus.project_save_requested.connect(self.save_project)
        menus.project_requested.connect(self.open_project)
        menus.show_projects(settings.recent_projects)
        store.changed.connect(self._follow)

    def browse_project(self) -> None:
        """Let the user choose a project."""
        start = next(iter(self._settings.recent_projects), str(Path.home()))
        files.open_project(self._window, str(Path(start).parent), self.open_project)

    def open_project(self, file: str, data: str = "") -> None:
        """Open a project, with its photos in the folder `data`, or for "" in the folder that the project names."""
        self._store.start("open_project", (file, data))

    def save_project(self) -> None:
        """Let the user choose the file for the project of the open folder."""
        state = self._store.state
        folder, last = state.spec.dataset.folder, state.project
        if not folder:
            return
        own = last is not None and last.spec.dataset.folder == folder
        suggested = last.file if own and last is not None else str(Path(folder).with_name(f"{Path(folder).name}.thaw"))
        files.save_project(self._window, suggested, self._save)

    def _save(self, file: str) -> None:
        state = self._store.state
        arguments = (file, state.spec, projects.runs_of(state), projects.shown_of(state))
        self._store.start("save_project", arguments)

    def _follow(self, state: AppState) -> None:
        """Apply a project that was opened, say the result of a replay, and remember a project that was saved."""
        if state.project is not self._project:
            self._project = state.project
            if state.project is not None:
                self._take(state.project)
        if state.replayed is not self._replayed:
            self._replayed = state.replayed
            self._say_result(state)
        if state.saved is not self._saved:
            self._saved = state.saved
            if state.saved is not None and state.saved.kind == "project":
                self._remember(state.saved.path)

    def _say_result(self, state: AppState) -> None:
        """Show the result of a replay in the status bar where its dialog has been closed."""
        from studio.ui.dialogs.automation.replay import ReplayDialog

        result = state.replayed
        if result is not None and self._window.findChild(ReplayDialog) is None:
            run = next((one for one in state.run_list.listed if one.path == result.run), None)
            name = f"{run_words.title(run)} · {run_words.clock(run.started)}" if run else Path(result.run).name
            self._status.say(typography.one_line(replaying.ended(result, name)))

    def _take(self, project: ProjectOpened) -> None:
        if project.missing_folder:
            messages.question(
                self._window,
                "ask_project_folder",
                tr("Open project"),
                projects.missing_folder_words(project),
                (tr("Choose the folder…"), tr("Cancel")),
                partial(self._ask_folder, project.file),
            )
            return
        before = self._store.state.spec
        self._store.runs.take_project(project.spec)
        if project.choices and before.dataset == project.spec.dataset:
            self._store.rescan()  # another data set is scanned in any case
        self._store.runs.refresh()
        self.folder_opened.emit()
        self._remember(project.file)
        if project.shown:
            self._store.runs.show(project.shown)
        if (words := projects.left_out_words(project))[1]:
            messages.note(self._window, "project_note", tr("Open project"), words)

    def _ask_folder(self, file: str) -> None:
        """Let the user choose the folder where the photos of a project are now."""
        files.open_folder(
            self._window,
            str(Path(file).parent),
            partial(self.open_project, file),
            tr("Where the photos of the project are"),
        )

    def _remember(self, file: str) -> None:
        self._settings.remember_project(file)
        self._settings.save()
        self._menus.show_projects(self._settings.recent_projects)

    def connect_runs(self, card: RunListCard) -> None:
        """Connect the list of runs on the Head page."""
        for form in run_code.FORMS:
            getattr(card, f"{form}_requested").connect(partial(self.copy_run, form))
        card.replay_requested.connect(self.show_replay)

    def copy_settings(self, form: str) -> None:
        """Copy the settings of the window as a command or a script."""
        self._copy(self._store.state.spec, form, COPIED)

    def copy_run(self, form: str) -> None:
        """Copy the settings of the selected run as a command or a script."""
        run = run_list.chosen(self._store.state)
        if run is not None and not run.unknown:
            self._copy(run.spec, form, COPIED_OF_RUN)

    def _copy(self, spec: RunSpec, form: str, messages: Mapping[str, str]) -> None:
        QGuiApplication.clipboard().setText(run_code.as_text(spec, form))
        self._status.say(messages[form])

    def show_replay(self) -> None:
        """Show the dialog that replays the selected run."""
        from studio.ui.dialogs.automation.replay import ReplayDialog

        state = self._store.state
        run = run_list.chosen(state)
        if run is None or replaying.cannot_replay(state):
            return
        dialog = self._window.findChild(ReplayDialog)
        if dialog is not None and dialog.run.path != run.path and "replay" not in state.jobs:
            dialog.close()
            dialog = None
        if dialog is None:
            dialog = ReplayDialog(run, self._window)
            dialog.start_requested.connect(self._replay)
            dialog.stop_requested.connect(self._stop)
            self._store.changed.connect(dialog.show_state)
            dialog.show_state(state)
            dialog.show()
        dialog.activateWindow()

    def _replay(self, run: str) -> None:
        self._store.start("replay", (run,))

    def _stop(self) -> None:
        self._store.stop_job("replay")
