"""No text is clipped with narrow, usual, wide and large fonts, from the smallest window to a large one."""

from __future__ import annotations

from typing import Any

import pytest
import states
from clipping import clipped
from fonts import font
from PySide6.QtWidgets import QApplication, QWidget
from trimming import few

from studio.session.state import STATIONS
from studio.spec.structs import replace
from studio.ui.stations.features.page import FeaturesPage
from studio.ui.stations.head.page import HeadPage

FONTS = {"narrow": (75, 1.0), "usual": (100, 1.0), "wide": (125, 1.0), "large": (100, 1.2)}
SIZES = ((1120, 640), (1280, 800), (3840, 2160))
CASES = (("wide", SIZES[:1]), ("wide", SIZES[1:]), ("narrow", SIZES), ("usual", SIZES), ("large", SIZES))


@pytest.mark.parametrize("kind", few([FeaturesPage, HeadPage], [FeaturesPage]))
def test_no_text_of_the_settings_is_clipped_with_the_widest_font(
    show_page: Any, qtbot: Any, qapp: QApplication, kind: type[FeaturesPage] | type[HeadPage]
) -> None:
    page = kind()
    with font(qapp, *FONTS["wide"]):
        show_page(page, 1088, 462)
        page.show_state(replace(states.state(), spec=states.spec("/nowhere/photos")))
        assert not _clipped_at_last(page, qtbot)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "sizes"), CASES)
def test_no_text_is_clipped(
    make_window: Any, qtbot: Any, qapp: QApplication, name: str, sizes: tuple[tuple[int, int], ...]
) -> None:
    with font(qapp, *FONTS[name]):
        window = make_window()
        store = window.store
        problems = [f"start: {what}" for what in clipped(window)]
        window.open_folder("/nowhere/a folder of photos")
        qtbot.waitUntil(lambda: store.state.dataset is not None and not store.state.jobs)
        store.train()
        qtbot.waitUntil(lambda: store.state.run is not None and store.state.run.status == "done")
        qtbot.waitUntil(lambda: not store.state.jobs)
        store.using.add(["/nowhere/a sure one.png", "/nowhere/unread photo.png"])
        qtbot.waitUntil(lambda: len(store.state.given.rows) == 2 and not store.state.jobs)
        for size in sizes:
            window.resize(*size)
            for station in STATIONS:
                window.show_station(station)
                for section in getattr(getattr(window.pages[station], "form", None), "sections", {}).values():
                    section.heading.setChecked(True)
                problems += [f"{size[0]} {station}: {what}" for what in _clipped_at_last(window, qtbot)]
        assert not problems, "\n".join(["", *problems])


def _clipped_at_last(window: QWidget, qtbot: Any) -> list[str]:
    """What is clipped once the layout has settled, which takes several turns of the event loop."""
    found = ["not looked at yet"]
    for _ in range(20):
        if found:
            qtbot.wait(20)
            found = list(clipped(window))
    return found
