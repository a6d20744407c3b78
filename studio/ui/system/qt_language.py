"""Qt's own texts in the language of the window: standard buttons, context menus of fields, file dialogs."""

from __future__ import annotations

from PySide6.QtCore import QLibraryInfo, QTranslator
from PySide6.QtWidgets import QApplication


def translate(app: QApplication, code: str) -> QTranslator | None:
    """Let Qt use its own translation for a language, before the first window is made.

    Args:
        app: The application, which owns the translator.
        code: Code of the language, such as `de`.

    Returns:
        The installed translator; None for English, and where Qt has no translation.
    """
    translator = QTranslator(app)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if code == "en" or not translator.load(f"qtbase_{code}", folder):
        return None
    app.installTranslator(translator)
    return translator
