"""The journal in the window: commands, keys and menu, and that no change is lost when keys are pressed quickly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from photo_folder import write_photos
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from real_journal import RealJournal, excluded, settle

from studio.session.selectors import difference
from studio.spec.journal import JournalRequest
from studio.ui.dialogs.cleaned_copy import CopyDialog


@pytest.fixture
def window(make_window: Any, tmp_path: Path, qtbot: Any) -> Any:
    window = make_window(commands=RealJournal().commands(), built=False)
    window.open_folder(str(write_photos(tmp_path / "photos", each=4)))
    window._builder.stop()
    settle(window, qtbot)
    return window


@pytest.mark.slow
def test_quick_keys_lose_no_change_and_undo_names_each(window, qtbot):
    grid = window.pages["images"].photos.grid
    grid.setFocus()
    grid.setCurrentIndex(grid.model().index(0, 0))
    for _ in range(3):
        qtbot.keyClick(grid, Qt.Key.Key_Delete)
        qtbot.keyClick(grid, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: len(excluded(window)) == 3)
    settle(window, qtbot)
    assert excluded(window) == ["cold/00.jpg", "cold/01.jpg", "cold/02.jpg"]
    assert window.menus.undo.text() == "Undo: exclude 1 photo"
    window.menus.undo.trigger()
    window.menus.undo.trigger()
    qtbot.waitUntil(lambda: excluded(window) == ["cold/00.jpg"])
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: len(excluded(window)) == 2)
    settle(window, qtbot)
    bar = window.pages["images"].photos.bar
    assert bar.words.text() == "Redone: exclude 1 photo"
    bar.close_button.click()
    qtbot.waitUntil(lambda: not bar.isVisible())


@pytest.mark.slow
def test_a_change_makes_results_stale(window, qtbot):
    window.store.train()
    qtbot.waitUntil(lambda: window.store.state.run is not None and not window.store.state.jobs)
    assert difference(window.store.state) == ""
    window.store.journal.request(real_exclude("cold/00.jpg"))
    qtbot.waitUntil(lambda: "other choices about photos" in difference(window.store.state))
    window.store.journal.undo()
    qtbot.waitUntil(lambda: difference(window.store.state) == "")
    settle(window, qtbot)


def real_exclude(path: str) -> JournalRequest:
    from studio.session.photos.photo_choices import exclude

    return exclude((path,))


@pytest.mark.slow
def test_choices_are_written_and_a_cleaned_copy_is_made(window, qtbot, tmp_path):
    window.store.journal.request(real_exclude("cold/00.jpg"))
    qtbot.waitUntil(lambda: len(excluded(window)) == 1)
    settle(window, qtbot)
    window.menus.choices_export.trigger()
    dialog = window.findChild(QFileDialog)
    dialog.fileSelected.emit(str(tmp_path / "choices.csv"))
    dialog.close()
    qtbot.waitUntil(lambda: (tmp_path / "choices.csv").exists() and not window.store.state.jobs)
    window.menus.copy.trigger()
    copy = window.findChild(CopyDialog)
    assert copy.folder.text() == str(tmp_path / "photos-cleaned")
    copy.write.click()
    qtbot.waitUntil(lambda: (tmp_path / "photos-cleaned" / "warm" / "03.jpg").exists())
    settle(window, qtbot)
    assert not (tmp_path / "photos-cleaned" / "cold" / "00.jpg").exists()
    assert window.store.state.journal.change.startswith("7 photos copied to ")
    assert len(list((tmp_path / "photos").rglob("*.jpg"))) == 8


@pytest.mark.slow
def test_a_copy_that_fails_is_said_on_the_page_where_it_was_asked_for(window, qtbot, tmp_path):
    window.show_station("use")
    (tmp_path / "file").write_text("in the way")
    window.menus.copy.trigger()
    copy = window.findChild(CopyDialog)
    copy.folder.setText(str(tmp_path / "file" / "copy"))
    copy.write.click()
    strip = window.strips.failure
    qtbot.waitUntil(strip.isVisible)
    fault = window.store.state.faults["images"]
    assert strip.words.text() == f"{fault.title} {fault.hint}".strip()
    assert window.ribbon._buttons[0].summary().mark == ""
    strip.action.click()
    assert (window.settings.page, strip.isVisible()) == ("images", False)
    assert fault.title in window.pages["images"]._notice.accessibleName()
    window.show_station("use")
    assert strip.isVisible()
    strip.close_button.click()
    qtbot.waitUntil(strip.isHidden)
    assert window.store.state.faults == {}
