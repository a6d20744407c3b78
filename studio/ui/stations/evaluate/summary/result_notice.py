"""Notice above the results: a failure, results of other settings, a saved head, photos that are missing."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget

from studio.events.runs import END_WORDS
from studio.formatting.language import counted, tr
from studio.session.runs import run_words
from studio.session.selectors import stale
from studio.session.state import AppState
from studio.ui.widgets.notice import Notice


class ResultNotice(Notice):
    """The most important of these messages."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._key: tuple[Any, ...] | None = None

    def show_state(self, state: AppState) -> None:
        """Draw the state."""
        judged = state.run is not None and state.run.report is not None
        old = stale(state).get("evaluate", "") if judged else ""
        saved = state.saved if state.saved is not None and state.saved.kind in ("head", "report") else None
        status = state.run.status if state.run is not None and judged else ""
        missing = state.run.missing if state.run is not None else 0
        key = (state.faults.get("evaluate"), old, saved, status, missing)
        if key == self._key:
            return
        before, self._key = self._key, key
        if key[0] is not None:
            self.show_fault(key[0])
        elif old:
            self.show_text("caution", old, _missing_words(missing) if missing else "")
        elif saved is not None and (before is None or saved is not before[2] or status == before[3]):
            self.show_text("good", tr("The {kind} is saved in {path}").format(kind=saved.kind, path=saved.path))
        elif missing and state.run is not None:
            folder = state.run.started.spec.dataset.folder
            self.show_text(
                "caution",
                _missing_words(missing),
                tr("The metrics are unchanged; put the photos back into {folder} to see them.").format(folder=folder),
            )
        elif status in END_WORDS:
            which = run_words.epoch_shown(state.run) if state.run is not None else 0
            self.show_text(
                "info",
                tr("The training {end_words}; these are the results of its epoch {which}.").format(
                    end_words=END_WORDS[status], which=which
                ),
            )
        else:
            self.clear()


def _missing_words(missing: int) -> str:
    return (
        tr("{validation_photos} of this run is missing.")
        if missing == 1
        else tr("{validation_photos} of this run are missing.")
    ).format(validation_photos=counted(missing, "validation photo"))
