"""The window's commands that need a dialog first: to choose a folder or a file, or to confirm.

Dialogs and pages are imported when they are first needed, which keeps them out of the time to the first paint. The file
has over 300 lines because every command with a dialog is here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from studio.events.runs import WeightsChoice
from studio.formatting.language import tr
from studio.session import selectors
from studio.session.runs import run_columns, run_list, run_queue
from studio.session.runs.run_columns import RunView
from studio.session.settings import Settings
from studio.spec import DatasetSpec
from studio.system import preferences, remote
from studio.ui.dialogs import files, messages, shortcuts
from studio.ui.menus import Menus
from studio.ui.page import Page
from studio.ui.store.store import Store

if TYPE_CHECKING:
    from studio.ui.stations.head.run_list import RunListCard


class WindowDialogs(QObject):
    """Opens the window's dialogs.

    Signals:
        folder_chosen: Path of the folder of photos that the user chose.
        preference_changed: Key and value of a preference that the user changed.
    """

    folder_chosen = Signal(str)
    preference_changed = Signal(str, object)

    def __init__(self, window: QWidget, store: Store, menus: Menus, settings: Settings) -> None:
        super().__init__(window)
        self._window, self._store, self._menus, self._settings = window, store, menus, settings
        window.installEventFilter(self)
        store.download_requested.connect(self.ask_download)
        menus.targets_requested.connect(self.browse_targets)
        menus.classes_requested.connect(self.drop_targets)
        menus.names_requested.connect(self.choose_label_pattern)
        menus.labels_requested.connect(self.browse_labels)
        menus.export_requested.connect(self.export)
        menus.report_requested.connect(self.report)
        menus.compare_requested.connect(store.comparison.propose)
        menus.undo_requested.connect(store.journal.undo)
        menus.redo_requested.connect(store.journal.redo)
        menus.choices_import_requested.connect(self.import_choices)
        menus.choices_export_requested.connect(self.export_choices)
        menus.copy_requested.connect(self.write_copy)
        menus.url_requested.connect(self.browse_url)
        menus.cache_requested.connect(self.show_cache)
        menus.preferences_requested.connect(self.show_preferences)
        menus.run_open_requested.connect(store.runs.open)
        menus.run_resume_requested.connect(store.runs.resume)
        menus.run_extend_requested.connect(self.extend_run)
        menus.run_describe_requested.connect(self.describe_run)
        menus.run_settings_requested.connect(store.runs.use_settings)
        menus.run_discard_requested.connect(store.runs.changes.discard)
        menus.run_restore_requested.connect(store.runs.changes.restore)
        menus.trash_requested.connect(self.show_trash)
        menus.repeat_requested.connect(store.queue.repeat)
        menus.shortcuts_requested.connect(self.shortcuts)
        menus.privacy_requested.connect(self.privacy)
        menus.about_requested.connect(self.about)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Ask whether to stop the training when Esc reaches the window: nothing else has used it."""
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            self.ask_stop()
        return super().eventFilter(watched, event)

    def ask_stop(self) -> None:
        """Ask whether to stop the training; without one, do nothing."""
        training = self._store.state.jobs.get("train")
        if training is None or training.stopping or self._window.findChild(QWidget, "ask_stop") is not None:
            return
        if not preferences.value("confirm_stop"):
            self._store.stop()
        else:
            messages.ask_stop(self._window, run_queue.stopping_words(self._store.state), self._store.stop)

    def ask_download(self, backbone: str, size: float, agreed: Callable[[], None]) -> None:
        """Ask before weights are downloaded."""
        if self._window.findChild(QWidget, "ask_download") is None:
            messages.ask_download(self._window, backbone, size, agreed)

    def browse(self) -> None:
        """Let the user choose a folder."""
        start = next((folder for folder in self._settings.recent if Path(folder).is_dir()), str(Path.home()))
        files.open_folder(self._window, start, self.folder_chosen.emit)

    def browse_url(self) -> None:
        """Let the user enter the URL of a folder."""
        from studio.ui.dialogs.open_url import OpenUrlDialog

        if self._window.findChild(OpenUrlDialog) is None:
            dialog = OpenUrlDialog(
                remote.url_of(self._store.state.spec.dataset.folder), self.folder_chosen.emit, self._window
            )
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.open()

    def browse_targets(self) -> None:
        """Let the user choose a CSV file with a number for each photo."""
        if self._menus.targets.isEnabled():
            dataset = self._store.state.spec.dataset
            files.open_targets(self._window, dataset.targets or dataset.folder, self._store.choose_targets)

    def browse_labels(self) -> None:
        """Let the user choose a CSV file with a class for each photo."""
        dataset = self._store.state.spec.dataset
        agreed = partial(self._store.choose_labels, "")
        files.open_targets(self._window, dataset.labels or dataset.folder, agreed, "class", tr("classes from a table"))

    def choose_label_pattern(self) -> None:
        """Let the user choose a pattern that finds the classes in file names."""
        from studio.ui.dialogs.label_pattern import LabelPatternDialog

        dataset = self._store.state.spec.dataset
        if self._window.findChild(LabelPatternDialog) is None:
            agreed = self._store.choose_labels
            LabelPatternDialog(dataset.folder, dataset.label_pattern, agreed, self._window).open()

    def connect_choices(self, page: Page) -> None:
        """Connect a page's commands on the last choice about photos."""
        page.undo_requested.connect(self._store.journal.undo)
        page.redo_requested.connect(self._store.journal.redo)
        page.change_dismissed.connect(self._store.journal.dismiss)

    def import_choices(self) -> None:
        """Let the user choose a CSV file with choices about the photos of the open folder."""
        files.open_choices(self._window, self._store.state.spec.dataset.folder, self._store.journal.import_csv)

    def export_choices(self) -> None:
        """Let the user choose the CSV file to write the choices to."""
        name = f"{Path(self._store.state.spec.dataset.folder).name} choices.csv"
        files.save_choices(self._window, str(Path.home() / name), self._store.journal.export)

    def write_copy(self) -> None:
        """Let the user choose the new folder for the photos in use, and copies or links."""
        from studio.ui.dialogs.cleaned_copy import CopyDialog

        dataset = self._store.state.spec.dataset
        if self._window.findChild(CopyDialog) is None:
            CopyDialog(self._store.state, partial(self._copy, dataset), self._window).open()

    def _copy(self, dataset: DatasetSpec, out: str, links: bool) -> None:
        self._store.start("cleaned_copy", (dataset, out, links))

    def drop_targets(self) -> None:
        """Use the folders' classes as the target."""
        self._store.choose_targets("")

    def export(self) -> None:
        """Let the user choose the epoch to export, where the best is not the last one, and the file."""
        from studio.ui.dialogs.export_epoch import EpochDialog

        run = self._store.state.run
        if not self._menus.export.isEnabled() or run is None:
            return
        last, best = run.epochs[-1], selectors.best_epoch(run)
        if best is None or best.epoch == last.epoch:
            files.save_head(self._window, str(Path.home()), self._store.export, self._store.export_formats)
        else:
            EpochDialog(last, best, run.started.spec.train.result, self._export_of, self._window).open()

    def _export_of(self, which: WeightsChoice, epoch: int) -> None:
        """Let the user choose the file for the head of the chosen epoch."""
        run = self._store.state.run
        result = selectors.result_epoch(run) if run is not None else None
        own = result is not None and result.epoch == epoch
        name = "head" if own else f"head-epoch-{epoch}"
        chosen = partial(self._store.export, which=which)
        files.save_head(self._window, str(Path.home()), chosen, self._store.export_formats, name)

    def report(self) -> None:
        """Let the user choose the file for the report of the comparison, or of the run shown."""
        if self._menus.report.isEnabled():
            compares = self._store.state.pair is not None
            name = "comparison.html" if compares else "report.html"
            files.save_report(self._window, str(Path.home()), name, self._store.comparison.report)

    def show_preferences(self) -> None:
        """Show the user's preferences."""
        from studio.ui.dialogs.preferences import PreferencesDialog

        dialog = self._window.findChild(PreferencesDialog)
        if dialog is None:
            dialog = PreferencesDialog(self._window)
            dialog.changed.connect(self.preference_changed)
            dialog.show()
        dialog.activateWindow()

    def show_cache(self) -> None:
        """Show the content of the cache, and let the user choose its limit."""
        from studio.ui.dialogs.cache import CacheDialog

        dialog = self._window.findChild(CacheDialog)
        if dialog is None:
            dialog = CacheDialog(self._window)
            dialog.limit_requested.connect(self._store.limit_cache)
            dialog.clear_requested.connect(self._store.clear_cache)
            self._store.changed.connect(dialog.show_state)
            dialog.show_state(self._store.state)
            dialog.show()
        dialog.activateWindow()
        self._store.looking.show_cache()

    def extend_run(self) -> None:
        """Let the user choose the new number of epochs of the selected run."""
        from studio.ui.dialogs.extend_run import ExtendDialog

        state = self._store.state
        run = run_list.chosen(state)
        if run is not None and not run_list.cannot_extend(state):
            words = selectors.own_settings_words(run.spec, state.spec)
            ExtendDialog(run, self._store.runs.extend, self._window, words).open()

    def describe_run(self) -> None:
        """Let the user give the selected run a title, a note and tags."""
        from studio.ui.dialogs.describe_run import DescriptionDialog

        run = run_list.chosen(self._store.state)
        if run is not None:
            DescriptionDialog(run, self._store.runs.changes.describe, self._window).open()

    def show_trash(self) -> None:
        """Show the runs in the trash, to be restored or deleted for good."""
        from studio.ui.dialogs.trash import TrashDialog

        dialog = self._window.findChild(TrashDialog)
        if dialog is None:
            changes = self._store.runs.changes
            dialog = TrashDialog(self._window)
            dialog.restore_requested.connect(changes.restore)
            dialog.empty_requested.connect(changes.empty_trash)
            self._store.changed.connect(dialog.show_state)
            dialog.show_state(self._store.state)
            dialog.show()
        dialog.activateWindow()
        self._store.runs.changes.list_trash()

    def resume_interrupted(self, path: str) -> None:
        """Resume the run that the status bar offers."""
        self._store.runs.choose(path)
        self._store.runs.resume()

    def show_runs(self, everywhere: bool) -> None:
        """Show the runs of all folders, or those of the open one, and store the choice."""
        self._settings.all_runs = everywhere
        self._settings.save()
        self._store.runs.show_everywhere(everywhere)

    def connect_page(self, page: Page) -> None:
        """Connect a page's commands that need a dialog."""
        from studio.ui.stations.features.backbones.backbone_card import BackboneCard

        page.browse_requested.connect(self.browse)
        page.targets_requested.connect(self.browse_targets)
        page.classes_requested.connect(self.drop_targets)
        page.names_requested.connect(self.choose_label_pattern)
        page.labels_requested.connect(self.browse_labels)
        page.export_requested.connect(self.export)
        page.report_requested.connect(self.report)
        page.cache_requested.connect(self.show_cache)
        for card in page.findChildren(BackboneCard):
            card.show_marks(self._settings.favorite_backbones, self._settings.recent_backbones)
            card.marks_changed.connect(self.remember_backbones)

    def remember_backbones(self, favorites: Sequence[str], recent: Sequence[str]) -> None:
        """Store favorite and recently used backbones."""
        self._settings.favorite_backbones, self._settings.recent_backbones = list(favorites), list(recent)
        self._settings.save()

    def remember_view(self, view: RunView) -> None:
        """Store columns and order of the list of runs."""
        self._settings.run_columns = list(view.columns)
        self._settings.run_sort = f"{'-' if view.descending else ''}{view.sort}"
        self._settings.save()

    def connect_runs(self, card: RunListCard) -> None:
        """Connect the list of runs on the Head page."""
        card.show_view(run_columns.view_of(self._settings.run_sort, self._settings.run_columns))
        card.view_changed.connect(self.remember_view)
        card.chosen.connect(self._store.runs.choose)
        card.everywhere_requested.connect(self.show_runs)
        card.open_requested.connect(self._store.runs.open)
        card.resume_requested.connect(self._store.runs.resume)
        card.extend_requested.connect(self.extend_run)
        card.settings_requested.connect(self._store.runs.use_settings)
        card.describe_requested.connect(self.describe_run)
        card.star_requested.connect(self._store.runs.changes.toggle_star)
        card.compare_requested.connect(self._store.comparison.open)
        self._menus.compare_settings_requested.connect(card.compare_settings)
        card.discard_requested.connect(self._store.runs.changes.discard)
        card.restore_requested.connect(self._store.runs.changes.restore)
        card.repeat_requested.connect(self._store.queue.repeat_run)
        card.queue.start_requested.connect(self._store.queue.start)
        card.queue.remove_requested.connect(self._store.queue.remove)
        card.queue.shared_remove_requested.connect(self._store.queue.remove_shared)
        card.queue.move_requested.connect(self._store.queue.move)
        card.queue.shared_move_requested.connect(self._store.queue.move_shared)

    def shortcuts(self) -> None:
        """Show the keyboard shortcuts."""
        shortcuts.show(self._window)

    def privacy(self) -> None:
        """Show where the user's data goes."""
        messages.privacy(self._window)

    def about(self) -> None:
        """Show the program's name and purpose."""
        messages.about(self._window)
