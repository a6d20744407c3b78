"""Exports on the Use page: what is offered, progress, the certificate, and files that do not pass."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from fake_jobs.data import fake_export
from fakes import Fakes
from PySide6.QtGui import QDesktopServices, QGuiApplication

from studio.events import CertifiedFile
from studio.ui.stations.use.page import UsePage
from studio.ui.window import MainWindow


def test_files_are_exported_checked_and_shown_with_their_certificate(
    trained: MainWindow,
    use: UsePage,
    fakes: Fakes,
    qtbot: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    card = use.exports
    onnx, pt2, openvino, features = card.rows
    assert features.precision.accessibleName() == "Type of file of Features and labels"
    assert not features.wanted()
    features.box.setChecked(True)
    assert card.go.text() == "Export 3 files"
    assert card._wanted()[-1] == ("features", "npz")
    assert features.copy_code.isHidden()
    features.box.setChecked(False)
    assert card.go.text() == "Export 2 files"
    assert not openvino.box.isEnabled()
    assert openvino.state.text() == "Not offered: It needs openvino."
    assert onnx.state.text() == "not made"
    pt2.box.setChecked(False)
    assert card.go.text() == "Export 1 file"
    pt2.box.setChecked(True)
    fakes.export_gate = fakes.hold()
    trained.activateWindow()
    trained.menus.export_models.trigger()
    qtbot.waitUntil(card.go.hasFocus)
    card.take_folder(str(tmp_path / "thaw exports"))
    card.go.click()
    qtbot.waitUntil(lambda: onnx.state.text() == "Checking 4 of 10")
    assert card.stop.hasFocus()
    assert pt2.state.text() == "waiting"
    assert card.stop.isVisibleTo(card)
    assert not card.go.isEnabled()
    fakes.export_gate.set()
    qtbot.waitUntil(lambda: not trained.store.state.jobs)
    qtbot.waitUntil(lambda: pt2.state.text().startswith("Not verified: 8 of 10 the same."))
    assert card.go.hasFocus()
    assert not card.stop.isVisibleTo(card)
    assert "7.jpg, ants became bees, by 0.25" in pt2.state.text()
    assert onnx.state.text().replace("\u00a0", " ") == "Verified · 13.7 MB"
    words = onnx.certificate.text()
    assert "same class 10 of 10, largest difference 3e-06" in words
    assert "loaded by a runtime 1.0, 212 photos/s" in words
    where = tmp_path / "thaw exports"
    where.mkdir()
    (where / "model.onnx.predict.py").write_text("print(1)\n")
    onnx.copy_code.click()
    assert QGuiApplication.clipboard().text() == "print(1)\n"
    pt2.copy_code.click()
    assert "model.pt2.predict.py cannot be read" in pt2.state.text().replace("\u200b", "")
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    onnx.show_file.click()
    assert opened == [str(where)]
    use.weights_requested.emit("last")  # the certificates are those of the other epoch
    qtbot.waitUntil(lambda: onnx.state.text() == "not made")


@pytest.mark.slow
def test_exports_are_beside_the_photo_or_in_a_tab(trained: MainWindow, use: UsePage, qtbot: Any) -> None:
    trained.resize(1280, 800)
    qtbot.waitUntil(lambda: use.parts.isVisible())
    assert not use.exports.isVisible()
    trained.menus.export_models.trigger()
    assert use.exports.isVisible()
    assert not use.stack.isVisible()
    trained.resize(1600, 900)
    qtbot.waitUntil(lambda: not use.parts.isVisible())
    assert use.exports.isVisible()
    assert use.stack.isVisible()


def test_files_of_earlier_sessions_are_shown_with_their_state(
    trained: MainWindow, use: UsePage, fakes: Fakes, qtbot: Any
) -> None:
    onnx, pt2, *_ = use.exports.rows
    run = trained.store.state.shown
    made = fake_export(run, "/nowhere/exports", "onnx", "float32")
    certificate = msgspec.structs.replace(made.certificate, epoch=3, made="2025-11-26T14:12:00+00:00")
    other = msgspec.structs.replace(certificate, format="pt2", epoch=1)
    fakes.certified = (
        CertifiedFile("/nowhere/exports/model.onnx", certificate, "same"),
        CertifiedFile("/nowhere/exports/model-2.onnx", certificate, "gone"),
        CertifiedFile("/nowhere/exports/model.pt2", other, "same"),
    )
    use.exports.take_folder("/nowhere/exports")
    qtbot.waitUntil(lambda: onnx.state.text().replace("\u00a0", " ") == "Verified · 13.7 MB")
    assert fakes.searched[-1] == (run, "/nowhere/exports")
    assert "epoch 3, compared on 2025-11-26" in onnx.certificate.text()
    assert pt2.state.text() == "not made"  # its certificate is about another epoch
    fakes.certified = (CertifiedFile("/nowhere/exports/model.onnx", certificate, "changed"),)
    trained.store.show_page("use")
    qtbot.waitUntil(lambda: onnx.state.text().startswith("Not verified: the file has changed since its certificate of"))


def test_a_file_that_was_just_written_is_checked_again(
    trained: MainWindow, use: UsePage, fakes: Fakes, qtbot: Any, tmp_path: Path
) -> None:
    onnx, pt2, *_ = use.exports.rows
    pt2.box.setChecked(False)
    use.exports.take_folder(str(tmp_path))
    use.exports.go.click()
    qtbot.waitUntil(lambda: onnx.state.text().startswith("Verified"))
    qtbot.waitUntil(lambda: not trained.store.state.jobs)
    made = fake_export(trained.store.state.shown, str(tmp_path), "onnx", "float32")
    fakes.certified = (CertifiedFile(made.file, made.certificate, "gone"),)
    trained.store.using.look_again()
    qtbot.waitUntil(lambda: onnx.state.text().replace("\u200b", "") == "model.onnx is gone from its folder.")
    assert not onnx.frame.isVisibleTo(onnx)


@pytest.mark.slow
def test_the_folder_of_the_exports_is_remembered(make_window: Any, qtbot: Any) -> None:
    window = make_window(pages=("use",))
    window.open_folder("/nowhere/photos", "use")
    qtbot.waitUntil(lambda: "use" in window.pages)
    window.pages["use"].exports.take_folder("/nowhere/else")
    window._remember()
    assert window.settings.export_folder == "/nowhere/else"
    window.pages["use"].exports.take_folder("/nowhere/other")
    window.pages["use"].restore_layout(window.settings)
    assert window.pages["use"].exports.folder_now == "/nowhere/else"
