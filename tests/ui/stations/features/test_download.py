"""Weights that are not on this computer: nothing is downloaded without consent, and the message offers a button."""

from __future__ import annotations

from typing import Any

import pytest
import states
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QPushButton
from run_summaries import summary

from studio.catalog import catalog
from studio.formatting import numbers
from studio.spec import BackboneSpec, UserError
from studio.spec.structs import replace
from studio.ui.stations.head.page import HeadPage

MISSING = "resnet18"
OFFLINE = UserError("The weights of “resnet18” (47 MB) could not be downloaded.", "Go online and try again.")


@pytest.fixture
def window(make_window: Any, fakes: Any, qtbot: Any) -> Any:
    """The window with an open folder and a backbone whose weights are not on disk."""
    window = make_window()
    window.open_folder("/nowhere/photos")
    qtbot.waitUntil(lambda: window.store.state.dataset is not None and not window.store.state.jobs)
    window.show_station("features")
    idle(window, qtbot)
    fakes.calls.clear()
    choose(window, MISSING)
    qtbot.wait(150)  # longer than any timer of the page
    return window


def choose(window: Any, name: str) -> None:
    window.pages["features"].backbones.list.backbone_chosen.emit(name)


def idle(window: Any, qtbot: Any) -> None:
    qtbot.waitUntil(lambda: not window.store.state.jobs)


def box(window: Any) -> QMessageBox:
    box = window.findChild(QMessageBox, "ask_download")
    assert box is not None
    return box


def press(window: Any, qtbot: Any, text: str) -> None:
    button = next(one for one in box(window).buttons() if one.text().replace("&", "") == text)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.findChild(QMessageBox, "ask_download") is None)


@pytest.mark.slow
def test_choosing_a_backbone_downloads_nothing_and_shows_the_size_of_the_download(
    window: Any, fakes: Any, qtbot: Any
) -> None:
    assert window.store.state.spec.backbone.name == MISSING
    for station in ("preprocess", "head", "features"):
        window.show_station(station)
        qtbot.wait(150)
    assert not {"inspect", "train"} & set(fakes.calls)
    card = window.pages["features"].layers
    size = numbers.download_size(catalog.find(MISSING).download_mb)
    assert card.waiting.download.isVisible()
    assert card.waiting.file.isVisible()
    assert card.waiting.download.text() == f"Download {size}"
    assert f"To download: {size}" in card.waiting.text()
    assert window.ribbon.button("features").summary().line == "resnet18 · to download"
    assert card.waiting.download.focusPolicy() & Qt.FocusPolicy.TabFocus


@pytest.mark.slow
def test_download_loads_the_layers(window: Any, fakes: Any, qtbot: Any) -> None:
    card = window.pages["features"].layers
    card.waiting.download.setFocus()
    qtbot.keyClick(card.waiting.download, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.store.state.layers_for == BackboneSpec(MISSING))
    idle(window, qtbot)
    assert fakes.calls.count("inspect") == 1
    qtbot.waitUntil(lambda: not card.waiting.download.isVisible())  # the layers are drawn part by part


@pytest.mark.slow
def test_train_asks_before_it_downloads(window: Any, fakes: Any, qtbot: Any) -> None:
    assert "asks before it downloads" in window.ribbon.primary().toolTip()
    window.ribbon.primary().click()
    size = numbers.download_size(catalog.find(MISSING).download_mb)
    assert f"To download: {size}" in box(window).informativeText()
    press(window, qtbot, "Cancel")
    assert "train" not in fakes.calls
    window.ribbon.primary().click()
    press(window, qtbot, "Download and train")
    qtbot.waitUntil(lambda: window.store.state.run is not None and window.store.state.run.status == "done")
    assert window.store.state.run.started.spec.backbone.name == MISSING


@pytest.mark.slow
def test_resuming_a_run_asks_as_well(make_window: Any, fakes: Any, qtbot: Any) -> None:
    run = summary("old", "cancelled", 1, 3)
    fakes.past = (replace(run, spec=replace(run.spec, backbone=BackboneSpec(MISSING))),)
    window = make_window()
    window.open_folder("/nowhere/photos")
    qtbot.waitUntil(lambda: bool(window.store.state.run_list.listed and window.store.state.dataset))
    idle(window, qtbot)
    window.store.runs.choose(run.path)
    window.store.runs.resume()
    assert fakes.resumed == []
    press(window, qtbot, "Download and train")
    qtbot.waitUntil(lambda: bool(fakes.resumed))
    idle(window, qtbot)


@pytest.mark.slow
def test_a_failed_download_offers_to_try_again_and_another_file(window: Any, fakes: Any, qtbot: Any) -> None:
    works = fakes._inspect

    def broken(stop: Any, spec: Any) -> Any:
        yield from ()
        raise OFFLINE

    fakes._inspect = broken
    card = window.pages["features"].layers
    card.waiting.download.click()
    qtbot.waitUntil(lambda: "features" in window.store.state.faults)
    qtbot.waitUntil(lambda: card.notice.isVisible())
    qtbot.wait(150)
    assert fakes.calls.count("inspect") == 1, "and it is not tried again by itself"
    shown = [text for text, button in card.notice.buttons.items() if button.isVisible()]
    assert shown == ["Retry", "Choose file…"]
    card.notice.buttons["Choose file…"].click()
    dialog = window.findChild(QFileDialog)
    assert dialog is not None
    dialog.reject()
    fakes._inspect = works
    card.notice.buttons["Retry"].click()
    qtbot.waitUntil(lambda: window.store.state.layers_for == BackboneSpec(MISSING))
    qtbot.waitUntil(lambda: not card.notice.isVisible())
    idle(window, qtbot)


def test_a_failed_run_offers_to_try_again(show_page: Any, qtbot: Any) -> None:
    page = show_page(HeadPage())
    page.shut_down = page.close
    failed = states.with_fault(states.state(), "head", states.Failed(OFFLINE.title, OFFLINE.hint))
    page.show_state(replace(failed, to_download=47.0))
    visible = [button.text() for button in page._notice.findChildren(QPushButton) if button.isVisible()]
    assert visible == ["Retry", "Choose file…"]
    with qtbot.waitSignal(page.train_requested):
        page._notice.buttons["Retry"].click()
    page.show_state(failed)
    assert not page._notice.buttons["Choose file…"].isVisible()


def test_an_unknown_size_is_stated_as_unknown() -> None:
    assert numbers.download_size(0) == "size unknown"
    assert numbers.download_size(4942) == "4.9\u202fGB"
    assert catalog.missing_megabytes(BackboneSpec(MISSING)) == pytest.approx(46.8, abs=1)
    for spec in (
        BackboneSpec(),
        BackboneSpec(MISSING, "none"),
        BackboneSpec(MISSING, "/w.pt"),
        BackboneSpec("no_such"),
    ):
        assert catalog.missing_megabytes(spec) is None
