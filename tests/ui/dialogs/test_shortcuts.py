"""The dialog with the keyboard shortcuts."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from studio.ui.dialogs import shortcuts
from studio.ui.menus import Menus


def test_every_shortcut_of_the_menus_is_listed(qtbot: QtBot) -> None:
    menus = Menus()
    qtbot.addWidget(menus)
    listed = " ".join(keys for groups in shortcuts.COLUMNS for _, rows in groups for _, keys in rows)
    actions = [action for menu in menus.actions() for action in menu.menu().actions()]
    first = {action.shortcut().toString(QKeySequence.SequenceFormat.PortableText) for action in actions}
    missing = {keys for keys in first if keys and keys not in listed}
    between = {f"Ctrl+{number}" for number in range(2, 6)}
    assert missing == {"F1", *between}, "F1 shows the list, which names the first and last page"


def test_the_shortcuts_fit_a_low_screen_and_open_once(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    dialog = shortcuts.show(window)
    room = QGuiApplication.primaryScreen().availableSize()
    assert dialog.width() <= room.width()
    assert dialog.height() <= room.height()
    assert shortcuts.show(window) is dialog
