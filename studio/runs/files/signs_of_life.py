"""Signs of life of a run for other computers: its stage and progress, in the file beside the run's lock."""

from __future__ import annotations

from studio.events import Event, Progress, Stage
from studio.jobs.event_lines import pace_words
from studio.runs.files.lock import RunLock


class SignsOfLife:
    """Writes every few seconds what a run does; pass each event to `take`.

    Args:
        run_lock: The lock of the run; None writes nothing.
    """

    def __init__(self, run_lock: RunLock | None) -> None:
        self._lock = run_lock
        self._stage = ""
        self._progress: Progress | None = None

    def take(self, event: Event) -> None:
        """Note an event.

        Raises:
            UserError: Another process has taken the run over.
        """
        if isinstance(event, Stage):
            self._stage, self._progress = event.title, None
        elif isinstance(event, Progress):
            self._progress = event
        if self._lock is not None and self._lock.is_pulse_due:
            pace = pace_words(self._progress) if self._progress is not None else ""
            self._lock.pulse(": ".join(filter(None, (self._stage, pace))))
