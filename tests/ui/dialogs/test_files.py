"""The file of a report, with or without photos."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtWidgets import QWidget

from studio.ui.dialogs import files


@pytest.mark.parametrize(("kind", "with_photos"), list(zip(files.REPORTS, (True, False), strict=True)))
def test_photos_can_be_left_out(qtbot: Any, tmp_path: Any, kind: str, with_photos: bool) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    chosen: list[tuple[str, bool]] = []
    dialog = files.save_report(parent, str(tmp_path), "report.html", lambda *what: chosen.append(what))
    dialog.selectNameFilter(kind)
    dialog.fileSelected.emit(str(tmp_path / "mine.html"))
    dialog.close()
    assert chosen == [(str(tmp_path / "mine.html"), with_photos)]
