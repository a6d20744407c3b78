"""*Label next…* on the Use page: chosen photos with reasons, copied and exported."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication

from studio.ui.stations.use import label_next_dialog
from studio.ui.stations.use.label_next_dialog import LabelNextDialog
from studio.ui.stations.use.page import UsePage
from studio.ui.window import MainWindow


def _without_number(path: Path, text: str) -> None:
    raise OSError("it has no number")


def test_photos_to_label_are_shown_copied_and_exported(
    trained: MainWindow,
    use: UsePage,
    qtbot: Any,
    photos: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert not use.photos.label.isEnabled()
    trained.store.using.add([*photos, "/nowhere/unread.png"])
    qtbot.waitUntil(lambda: len(trained.store.state.given.rows) == 4 and not trained.store.state.jobs)
    use.photos.label.click()
    dialog = use.findChild(LabelNextDialog)
    assert dialog is not None
    qtbot.waitUntil(lambda: len(dialog.grid.photos()) == 3)
    assert dialog.words.text().startswith(
        "3 of 3 photos: the most doubtful ones that differ from each other. Left out: 2"
    )
    assert dialog.grid.photos()[0].lines[2].text == "ants 0.57, bees 0.43"
    dialog.copy.click()
    assert QGuiApplication.clipboard().text().splitlines() == photos
    dialog.write(str(tmp_path / "next.csv"))
    with (tmp_path / "next.csv").open(newline="") as opened:
        found = list(csv.DictReader(opened))
    assert [one["path"] for one in found] == photos
    assert found[0]["why"] == "ants 0.57, bees 0.43"
    dialog.write("/nowhere/at/all.csv")
    assert "cannot be written" in dialog.words.text()
    with monkeypatch.context() as failing:
        failing.setattr(label_next_dialog.atomic_files, "write_text", _without_number)
        dialog.write(str(tmp_path / "next.csv"))
    assert "cannot be written: it has no number." in dialog.words.text()
    dialog.number.setValue(1)
    qtbot.waitUntil(dialog.go.isEnabled)
    dialog.go.click()
    qtbot.waitUntil(lambda: len(dialog.grid.photos()) == 1)
    dialog.close()
