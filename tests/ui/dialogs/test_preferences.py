"""The dialog for preferences stores each change at once and refuses what is not valid."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QComboBox, QFileDialog, QLabel, QMessageBox

from studio.system import paths, preferences
from studio.ui.dialogs.preferences import PreferencesDialog
from studio.ui.theme import theme
from studio.ui.widgets.page_stack import WIDTH, PageStack


@pytest.fixture
def dialog(qtbot: Any) -> PreferencesDialog:
    dialog = PreferencesDialog()
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def choose(combo: QComboBox, value: object) -> None:
    combo.setCurrentIndex(combo.findData(value))
    combo.activated.emit(combo.currentIndex())


def test_every_preference_has_a_field_and_is_stored(dialog: PreferencesDialog, qtbot: Any, tmp_path: Path) -> None:
    assert set(dialog.fields) == {row.key for row in preferences.ROWS}
    changed: list[tuple[str, object]] = []
    dialog.changed.connect(lambda key, value: changed.append((key, value)))
    new = {"theme": "dark", "language": "de", "text_size": 150, "device": "cpu"}
    for key, value in new.items():
        choose(dialog.fields[key], value)
    for key in ("reduced_motion", "confirm_close", "confirm_stop"):
        qtbot.mouseClick(dialog.fields[key], Qt.MouseButton.LeftButton, pos=dialog.fields[key].rect().center() * 0.1)
    for key, text in (("cache_gb", "7.5"), ("threads", "4")):
        line = dialog.fields[key].line
        line.selectAll()
        qtbot.keyClicks(line, text)
        qtbot.keyClick(line, Qt.Key.Key_Return)
    dialog.folder.setText(str(tmp_path / "features"))
    dialog.folder.editingFinished.emit()
    found = {row.key: preferences.value(row.key) for row in preferences.ROWS}
    assert found == new | {
        "reduced_motion": True,
        "confirm_close": False,
        "confirm_stop": False,
        "cache_gb": 7.5,
        "threads": 4,
        "cache_folder": str(tmp_path / "features"),
    }
    assert dict(changed) == found
    assert paths.cache_folder() == tmp_path / "features"
    dialog.reset.click()
    assert {row.key: preferences.value(row.key) for row in preferences.ROWS} == {
        row.key: row.default for row in preferences.ROWS
    }
    assert dialog.fields["text_size"].currentData() == 100


def test_an_invalid_value_is_refused_with_a_message(dialog: PreferencesDialog) -> None:
    dialog.folder.setText("here")
    dialog.folder.editingFinished.emit()
    said = " ".join(label.text() for label in dialog.notice.findChildren(QLabel))
    assert "“here” is not valid for cache_folder" in said
    assert dialog.folder.text() == ""
    assert preferences.value("cache_folder") == ""


def test_an_environment_variable_determines_a_preference(qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THAW_THEME", "dark")
    monkeypatch.setenv("THAW_THREADS", "many")
    dialog = PreferencesDialog()
    qtbot.addWidget(dialog)
    theme_field = dialog.fields["theme"]
    assert theme_field.currentData() == "dark"
    assert not theme_field.isEnabled()
    assert "THAW_THEME" in theme_field.toolTip()
    assert dialog.fields["threads"].isEnabled()
    assert not dialog.notice.isHidden()
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)


def test_a_folder_is_chosen(dialog: PreferencesDialog, tmp_path: Path) -> None:
    dialog.choose.click()
    chooser = dialog.findChild(QFileDialog)
    chooser.fileSelected.emit(str(tmp_path))
    chooser.reject()
    assert preferences.value("cache_folder") == str(tmp_path)


def test_theme_motion_and_size_take_effect(qapp: QApplication) -> None:
    before = qapp.font()
    flash = QApplication.cursorFlashTime()
    try:
        theme.apply(qapp)
        size = qapp.font().pointSizeF()
        theme.enlarge(qapp, 1.5)
        theme.apply(qapp)
        theme.apply(qapp, "dark")  # once, not again with each change of the colors
        assert qapp.font().pointSizeF() == pytest.approx(1.5 * size)
        stack = PageStack()
        stack.addWidget(QLabel("page"))
        assert stack.minimumSizeHint().width() == 1.5 * WIDTH  # all texts fit, and the page scrolls
        stack.deleteLater()
        theme.reduce_motion(True)
        assert QApplication.cursorFlashTime() == 0
        assert not any(QApplication.isEffectEnabled(effect) for effect in theme.EFFECTS)
        theme.reduce_motion(False)
        assert QApplication.cursorFlashTime() == flash
    finally:
        theme.enlarge(qapp, 1.0)
        qapp.setFont(before)
        theme.apply(qapp, "light")


@pytest.mark.slow
def test_the_window_follows_its_preferences(make_window: Any, fakes: Any, qtbot: Any) -> None:
    window = make_window()
    qtbot.keyClick(window, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    dialog = window.findChild(PreferencesDialog)
    assert dialog is not None
    choose(dialog.fields["theme"], "dark")
    assert theme.is_dark()
    window.choose_scheme("light")
    assert preferences.value("theme") == "light"
    dialog.reject()
    window.open_folder("/nowhere/photos")
    store = window.store
    qtbot.waitUntil(lambda: store.state.dataset is not None and not store.state.jobs)
    fakes.gate = fakes.hold()
    store.train()
    qtbot.waitUntil(lambda: "train" in store.state.jobs)
    window.dialogs.ask_stop()
    box = window.findChild(QMessageBox, "ask_stop")
    assert box is not None
    box.reject()
    qtbot.waitUntil(lambda: window.findChild(QMessageBox, "ask_stop") is None)
    assert not store.state.jobs["train"].stopping
    preferences.change({"confirm_stop": False, "confirm_close": False})
    window.dialogs.ask_stop()
    assert window.findChild(QMessageBox, "ask_stop") is None
    assert store.state.jobs["train"].stopping
    window.close()
    assert window.findChild(QMessageBox, "ask_close") is None
    assert window.isHidden()


def test_the_dialog_is_as_wide_as_long_labels_need(qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from studio.ui.dialogs import preferences as module

    monkeypatch.setitem(module.LABELS, "cache_gb", "Grenze des Zwischenspeichers in Gigabyte")
    monkeypatch.setitem(module.LATER, "with the next job", "ab dem Beginn des nächsten Auftrags")
    dialog = PreferencesDialog()
    qtbot.addWidget(dialog)
    dialog.show()
    labels = [one for one in dialog.findChildren(QLabel) if one.isVisible()]
    assert any(one.text().startswith("ab dem") for one in labels)
    assert all(one.width() >= one.sizeHint().width() for one in labels)
    assert dialog.choose.width() >= dialog.choose.sizeHint().width()
    assert dialog.folder.width() >= 150
