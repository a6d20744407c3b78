"""The Features page with another network drawn at once, for tests that look at it in the same turn."""

from __future__ import annotations

from studio.session.state import AppState
from studio.ui.stations.features.page import FeaturesPage


class DrawnPage(FeaturesPage):
    """A page whose parts are not drawn one after the other but at once."""

    def show_state(self, state: AppState) -> None:
        super().show_state(state)
        self.parts.finish()
