"""Builds the pages of the stations; each is imported only when it is built."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from studio.events import Events, Stage
from studio.jobs.protocol import Stop, Work
from studio.session.state import STATIONS, Station
from studio.ui.page import Page


def imports(prepare: Callable[[], object]) -> Work:
    """Work that imports the modules of all pages, which takes most of a second, and calls `prepare` at the end."""

    def work(_stop: Stop) -> Events:
        for name in ("plots.metric_curves", *(f"stations.{station}.page" for station in STATIONS)):
            importlib.import_module(f"studio.ui.{name}")
            yield Stage("import", name)
        prepare()

    return work


def build(name: Station) -> Page:
    """Build the page of a station."""
    match name:
        case "images":
            from studio.ui.stations.images.page import ImagesPage

            return ImagesPage()
        case "preprocess":
            from studio.ui.stations.preprocess.page import PreprocessPage

            return PreprocessPage()
        case "features":
            from studio.ui.stations.features.page import FeaturesPage

            return FeaturesPage()
        case "head":
            from studio.ui.stations.head.page import HeadPage

            return HeadPage()
        case "evaluate":
            from studio.ui.stations.evaluate.page import EvaluatePage

            return EvaluatePage()
        case "use":
            from studio.ui.stations.use.page import UsePage

            return UsePage()
