"""Export from the window: the dialog for the epoch opens only where best and last epoch differ."""

from __future__ import annotations

from dataclasses import replace

import pytest
from epochs import class_epoch, number_epoch
from PySide6.QtWidgets import QFileDialog

from studio.events import Epoch
from studio.ui.dialogs.export_epoch import EpochDialog, metrics_text


def epoch(number: int, loss: float, accuracy: float = 0.5, mae: float | None = None) -> Epoch:
    if mae is not None:
        return number_epoch(number, 0.5, loss, 0.1, None, mae)
    return class_epoch(number, 0.5, 0.5, loss, accuracy, 0.1)


@pytest.fixture
def window(make_window, qtbot, photos):
    """The window after a run of three epochs."""
    window = make_window()
    window.open_folder(str(photos))
    qtbot.waitUntil(lambda: window.store.state.dataset is not None and window.store.state.dataset.checked)
    window.store.train()
    qtbot.waitUntil(lambda: "train" not in window.store.state.jobs and window.store.state.run is not None)
    return window


def with_losses(window, *losses: float) -> None:
    run = window.store.state.run
    epochs = tuple(epoch(number, loss, 1 - loss) for number, loss in enumerate(losses, 1))
    window.store.put(window.store.state.showing(replace(run, epochs=epochs)))


def exported(window, qtbot, fakes, file: str) -> tuple[str, str]:
    """The exported file and epoch after `file` is chosen in the file dialog."""
    (dialog,) = window.findChildren(QFileDialog)
    dialog.fileSelected.emit(file)
    dialog.close()
    qtbot.waitUntil(lambda: "export" not in window.store.state.jobs)
    return fakes.exported[-1]


@pytest.mark.slow
def test_the_dialog_offers_no_choice_if_the_last_epoch_is_the_best(window, qtbot, fakes):
    with_losses(window, 0.5, 0.4, 0.3)
    window.menus.export.trigger()
    assert not window.findChildren(EpochDialog)
    assert exported(window, qtbot, fakes, "/nowhere/a.pt") == ("/nowhere/a.pt", "last")


@pytest.mark.slow
@pytest.mark.parametrize("which", ["last", "best"])
def test_the_best_epoch_is_offered_with_its_figures_beside_the_last(window, qtbot, fakes, which):
    with_losses(window, 0.5, 0.21, 0.3)
    window.menus.export.trigger()
    (dialog,) = window.findChildren(EpochDialog)
    assert dialog.best.isChecked(), "what the page shows"
    assert not window.findChildren(QFileDialog), "one question at a time"
    for words in ("Best epoch, 2", "79", "0.21"):
        assert words in dialog.best.text()
    assert "Last epoch, 3" in dialog.last.text()
    getattr(dialog, which).setChecked(True)
    dialog.accept()
    (files,) = window.findChildren(QFileDialog)
    assert files.selectedFiles()[0].endswith("head.safetensors" if which == "best" else "head-epoch-3.safetensors")
    assert exported(window, qtbot, fakes, "/nowhere/b.pt") == ("/nowhere/b.pt", which)


@pytest.mark.slow
def test_cancelling_exports_nothing(window, fakes):
    with_losses(window, 0.2, 0.3)
    window.menus.export.trigger()
    window.findChildren(EpochDialog)[0].reject()
    assert not window.findChildren(QFileDialog)
    assert fakes.exported == []


def test_an_epoch_of_regression_is_offered_with_its_error():
    assert metrics_text(epoch(7, 0.12, mae=3.21)) == "7: validation mean absolute error 3.21, loss 0.120"
