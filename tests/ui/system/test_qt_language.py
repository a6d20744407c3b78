"""Texts of Qt's own widgets are in the language of the window."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QApplication, QDialogButtonBox

from studio.formatting import language
from studio.ui.system import qt_language


def close_text(qtbot: Any) -> str:
    row = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    qtbot.addWidget(row)
    return row.buttons()[0].text().replace("&", "")


def test_buttons_that_qt_names_are_in_the_language_of_the_window(qtbot: Any, qapp: QApplication) -> None:
    assert qt_language.translate(qapp, "en") is None
    assert qt_language.translate(qapp, "no such language") is None
    assert close_text(qtbot) == "Close"
    translator = qt_language.translate(qapp, "de")
    assert translator is not None
    try:
        assert close_text(qtbot) == "Schließen"
    finally:
        qapp.removeTranslator(translator)


def test_the_chosen_language_has_a_code() -> None:
    try:
        language.choose("de")
        assert language.code() == "de"
        language.choose("a language that the window does not have")
        assert language.code() == "en"
    finally:
        language.choose("en")
    assert language.code() == "en"
