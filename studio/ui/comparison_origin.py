"""Where the user was when a comparison opened, so that closing it leads back there."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QStackedWidget, QWidget
from shiboken6 import isValid

from studio.session.state import AppState, Station


class ComparisonOrigin:
    """The station and the focused widget from which a comparison was opened."""

    def __init__(self, stack: QStackedWidget, show_station: Callable[[str], None]) -> None:
        self._stack, self._show_station = stack, show_station
        self._compares = False
        self._station: Station = "evaluate"
        self._widget: QWidget | None = None

    def note(self, state: AppState, station: Station) -> None:
        """Remember where the user is if a comparison has just opened, before it is drawn or its page shown.

        Args:
            state: The new state.
            station: The station shown.
        """
        compares = state.pair is not None
        if compares and not self._compares:
            focused = QApplication.focusWidget()
            inside = focused is not None and self._stack.isAncestorOf(focused)
            self._station, self._widget = station, focused if inside else None
        self._compares = compares

    def forget(self) -> None:
        """Forget it: the user went to another station meanwhile, and closing the comparison stays on its page."""
        self._station, self._widget = "evaluate", None

    def go_back(self) -> None:
        """Show the station again, with the focus where it was."""
        station, widget = self._station, self._widget
        self.forget()
        if station != "evaluate":
            self._show_station(station)
        if widget is None or not isValid(widget) or not widget.isVisible():
            widget = _first_control(self._stack.currentWidget())
        if widget is not None:
            widget.setFocus()


def _first_control(page: QWidget | None) -> QWidget | None:
    """The first control of a page that Tab reaches."""
    one = page.nextInFocusChain() if page is not None else None
    while page is not None and one is not None and one is not page:
        tabs = one.focusPolicy() & Qt.FocusPolicy.TabFocus
        if tabs and page.isAncestorOf(one) and one.isVisible() and one.isEnabled():
            return one
        one = one.nextInFocusChain()
    return None
