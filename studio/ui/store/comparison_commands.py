"""Commands on the comparison of two runs, and reports. A part of the store."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from PySide6.QtCore import SignalInstance

from studio.events import Split
from studio.session import selectors
from studio.session.api import Commands
from studio.session.evaluation import judging
from studio.session.runs import comparing
from studio.ui.store.run_commands import StateStore


class ComparingPage(Protocol):
    """The signals of a page that asks for comparisons."""

    comparison_requested: SignalInstance
    comparison_closed: SignalInstance


class ComparisonCommands:
    """Commands on the comparison of two runs, and the reports of runs and comparisons."""

    def __init__(self, store: StateStore, commands: Commands) -> None:
        self._store = store
        self._commands = commands

    def connect_page(self, page: ComparingPage) -> None:
        """Connect a page's signals."""
        page.comparison_requested.connect(self.open)
        page.comparison_closed.connect(self.close)

    def propose(self) -> None:
        """Compare the selected or shown run with its baseline, or with the newest other one."""
        pair = comparing.proposed(self._store.state)
        if pair is not None:
            self.open(*pair)

    def open(self, a: str, b: str, part: Split = "val") -> None:
        """Compare two runs (folders) on a split, and show the comparison; "" for those that fit best."""
        if not a or not b:
            self.propose()
            return
        self._store.put(comparing.opened(self._store.state, a, b, part))
        self._drop()
        # The predictions of the validation photos are stored: they need no network, and wait for none.
        self._store.submit("compare" if part == "val" else "compare_part", self._commands.compare(a, b, part))
        self._store.page_requested.emit("evaluate")

    def close(self) -> None:
        """Show one run again."""
        self._drop()
        self._store.put(comparing.closed(self._store.state))

    def report(self, path: str, with_photos: bool = True) -> None:
        """Write the report of the comparison, or else of the run shown, to an HTML file.

        Args:
            path: The file; `.html` is added where it has no suffix of a web page.
            with_photos: False to leave out photos and their paths.
        """
        state = self._store.state
        if selectors.cannot_report(state):
            return
        file = path if Path(path).suffix.lower() in (".html", ".htm") else f"{path}.html"
        if state.pair is not None:
            work = self._commands.report(state.pair.a, state.pair.b, state.pair.part, None, file, with_photos)
        else:
            assert state.run is not None
            choice = judging.choice(state)
            work = self._commands.report(state.run.started.run, "", choice.part, choice.weights, file, with_photos)
        self._store.submit("report", work)

    def _drop(self) -> None:
        for job in ("compare", "compare_part"):
            self._store.drop(job)
