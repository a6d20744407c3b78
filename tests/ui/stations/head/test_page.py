"""The Head page: its notice, and drawing in light and dark."""

from __future__ import annotations

import pytest
import states
from PySide6.QtWidgets import QApplication

from studio.events import Failed, Warned
from studio.spec.structs import replace
from studio.ui.stations.head.page import HeadPage
from studio.ui.theme import theme


def test_stale_results_warnings_and_failures_are_in_the_notice(page: HeadPage) -> None:
    before = states.state()
    run = states.run(before.spec)
    page.show_state(before.showing(run))
    assert not page._notice.isVisible()
    page.show_state(states.state(epochs=3).showing(run))
    assert "other head settings" in page._notice.accessibleName()
    page.show_state(before.showing(replace(run, warnings=(Warned("Two photos were left out."),))))
    assert "Two photos" in page._notice.accessibleName()
    page.show_state(states.with_fault(before, "head", Failed("There is not enough memory.", "Use a smaller batch.")))
    assert "not enough memory" in page._notice.accessibleName()


@pytest.mark.slow
def test_light_and_dark_both_draw(page: HeadPage, qapp: QApplication) -> None:
    before = states.state()
    page.show_state(before.showing(states.run(before.spec)))
    for scheme in ("dark", "light"):
        theme.apply(qapp, scheme)
        page.grab()
    theme.apply(qapp, "system")
