"""Any photo of the folder is found by its name."""

from __future__ import annotations

from typing import Any

import states
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from studio.ui.stations.features.microscope.photo_picker import PhotoPicker


def test_a_photo_is_found_by_a_part_of_its_path_and_chosen_with_enter(qtbot: Any) -> None:
    picker = PhotoPicker()
    qtbot.addWidget(picker)
    picker.show_dataset(states.dataset())
    picker.show()
    picker.search.click()
    chooser = picker._chooser
    assert chooser is not None
    assert chooser.list.currentIndex().data() == "ants/0000.jpg"
    QTest.keyClicks(chooser.search, "BEES/0007")
    with qtbot.waitSignal(picker.photo_changed):
        QTest.keyClick(chooser.search, Qt.Key.Key_Return)
    assert picker.path() == "/photos/bees/0007.jpg"
    assert not chooser.isVisible()
    picker.search.click()
    assert chooser.list.currentIndex().data() == "bees/0007.jpg"
    QTest.keyClick(chooser.search, Qt.Key.Key_Down)
    QTest.keyClick(chooser.search, Qt.Key.Key_Return)
    assert picker.path() == "/photos/bees/0008.jpg"
    picker.search.click()
    QTest.keyClicks(chooser.search, "nowhere")
    QTest.keyClick(chooser.search, Qt.Key.Key_Return)
    assert picker.path() == "/photos/bees/0008.jpg", "nothing matches"
    chooser.hide()
