"""Builds the page of a station and wires its signals to the window. Each is imported when it is built, not before."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from studio.events import Events, Stage
from studio.jobs.protocol import Stop, Work
from studio.session.state import STATIONS, Station

if TYPE_CHECKING:
    from studio.ui.window import MainWindow

Page = Any
"""A QWidget with `render(state)`, and `shut_down()` where it owns threads or timers."""


def build(name: Station, window: MainWindow) -> Page:
    """Make a page and connect what it asks for."""
    page = _make(name, window)
    store = window.store
    wires = {
        "folder_wanted": window.open_folder,
        "browse_wanted": window.browse,
        "sample_wanted": store.sample,
        "targets_wanted": window.browse_targets,
        "classes_wanted": window.drop_targets,
        "spec_changed": store.choose,
        "photo_chosen": window.look_at,
        "preview_wanted": store.preview,
        "outputs_wanted": store.outputs,
        "export_wanted": window.export,
        "cache_wanted": window.show_cache,
        "download_wanted": store.download,
        "train_wanted": window.train,
        "file_wanted": window.choose_weights,
    }
    if hasattr(page, "runs"):
        window.connect_runs(page.runs)
    for signal, slot in wires.items():
        if hasattr(page, signal):
            getattr(page, signal).connect(slot)
    return page


def imports() -> Work:
    """Import every page's module beside the window; together they take most of a second."""

    def work(_stop: Stop) -> Events:
        for name in ("widgets.curves", *(f"stations.{station}" for station in STATIONS)):
            importlib.import_module(f"studio.ui.{name}")
            yield Stage("import", name)

    return work


def show_recent(page: Page, folders: Sequence[str]) -> None:
    """Tell a page of the recent folders if it shows them."""
    if hasattr(page, "show_recent"):
        page.show_recent(folders)


def choose_photo(page: Page, path: str) -> None:
    """Tell a page which photo the user looks at, if it asks for one."""
    if hasattr(page, "choose_photo"):
        page.choose_photo(path)


def choose_weights(page: Page) -> None:
    """Let the user choose a file of weights, on the page that shows the backbone."""
    page.backbones.ask_for_file()


def shut_down(page: Page) -> None:
    """Let a page end its threads and timers."""
    if hasattr(page, "shut_down"):
        page.shut_down()


def _make(name: Station, parent: QWidget) -> Page:
    match name:
        case "images":
            from studio.ui.stations.images.page import ImagesPage

            return ImagesPage(parent)
        case "preprocess":
            from studio.ui.stations.preprocess.page import PreprocessPage

            return PreprocessPage(parent)
        case "features":
            from studio.ui.stations.features.page import FeaturesPage

            return FeaturesPage(parent)
        case "head":
            from studio.ui.stations.head.page import HeadPage

            return HeadPage(parent)
        case "evaluate":
            from studio.ui.stations.evaluate.page import EvaluatePage

            return EvaluatePage(parent)
