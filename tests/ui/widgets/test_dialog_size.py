"""First sizes of dialogs with texts of the usual size, and larger ones."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog

from studio.ui.theme import theme
from studio.ui.widgets.dialog_size import MARGIN, resize_dialog


@pytest.mark.parametrize("factor", [1.0, 1.5, 100.0])
def test_dialogs_grow_with_the_texts_up_to_the_screen(qtbot: Any, monkeypatch: Any, factor: float) -> None:
    monkeypatch.setattr(theme, "enlargement", lambda: factor)
    dialog = QDialog()
    qtbot.addWidget(dialog)
    resize_dialog(dialog, 300, 200)
    room = QGuiApplication.primaryScreen().availableSize()
    assert dialog.width() == min(round(300 * factor), room.width() - MARGIN)
    assert dialog.height() == min(round(200 * factor), room.height() - MARGIN)
