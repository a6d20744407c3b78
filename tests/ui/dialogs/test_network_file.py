"""The user's own network: its code is shown and runs only after the user has agreed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QDialogButtonBox

from studio.catalog import agreements, network_files
from studio.session.plan import network_choice
from studio.spec import BackboneSpec
from studio.spec.network_file import parse
from studio.ui.dialogs.network_file import NetworkFileDialog
from studio.ui.stations.features.backbones.network_row import NetworkRow

CODE = "import marker\n\n\ndef factory():\n    return None\n\n\ndef other(width):\n    return width\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of code with content of its own, without an agreement to run it."""
    path = tmp_path / "net.py"
    path.write_text(f"{CODE}# {tmp_path}\n")
    return path


def opened(path: Path, qtbot: Any, chosen: list[BackboneSpec]) -> NetworkFileDialog:
    dialog = NetworkFileDialog(str(path), BackboneSpec(crop="fit"), chosen.append)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: "Reading" not in dialog.words.text() or dialog.obstacle.isVisible())
    return dialog


def test_code_is_shown_and_the_agreement_is_remembered_by_content(file: Path, qtbot: Any) -> None:
    chosen: list[BackboneSpec] = []
    dialog = opened(file, qtbot, chosen)
    assert dialog.code.toPlainText().startswith("import marker")
    assert "is code. Run it only if you trust it" in dialog.words.text()
    assert dialog.use.text() == "Run this file"
    assert dialog.cancel.isDefault()
    assert dialog.factory.currentText() == "factory"
    dialog.accept()
    own = parse(chosen[0].name)
    assert own == network_files.pinned_file(parse(f"{file}:factory"))
    assert chosen[0].crop == "fit"
    assert agreements.is_agreed(own)
    again = opened(file, qtbot, chosen)
    assert "You have agreed" in again.words.text()
    assert again.use.isDefault()
    file.write_text(f"{CODE}# {file} changed\n")
    assert not network_choice.read(str(file)).agreed


def test_cancel_agrees_to_nothing(file: Path, qtbot: Any) -> None:
    chosen: list[BackboneSpec] = []
    dialog = opened(file, qtbot, chosen)
    dialog.factory.setEditText("not a name")
    assert not dialog.use.isEnabled()
    assert "Name the function or class" in dialog.use.toolTip()
    dialog.findChild(QDialogButtonBox).rejected.emit()
    assert not chosen
    assert not network_choice.read(str(file)).agreed


def test_an_exported_program_needs_no_agreement_and_a_missing_file_is_reported(tmp_path: Path, qtbot: Any) -> None:
    chosen: list[BackboneSpec] = []
    (tmp_path / "net.pt2").write_bytes(b"of any content")
    dialog = opened(tmp_path / "net.pt2", qtbot, chosen)
    assert "none of its code runs" in dialog.words.text()
    assert not dialog.code.isVisible()
    assert not dialog.factory.isVisible()
    dialog.accept()
    assert parse(chosen[0].name).path == str(tmp_path / "net.pt2")
    missing = opened(tmp_path / "none.py", qtbot, chosen)
    assert "There is no network file at" in missing.obstacle.text().replace("\u200b", "")
    assert not missing.use.isEnabled()


def test_the_row_names_the_network_in_use(qtbot: Any) -> None:
    row = NetworkRow()
    qtbot.addWidget(row)
    assert (row.is_own, row.name.text()) == (False, "or your own")
    row.show_backbone(BackboneSpec(f"/nets/net.py:make@sha256={'0' * 64}"))
    assert (row.is_own, row.name.text()) == (True, "net.py:make")
    assert row.name.toolTip() == "/nets/net.py"
