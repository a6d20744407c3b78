"""Shows a job in a notebook, a terminal or a log: a bar that moves where one can, else a line a stage."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from typing import Any, Protocol

from studio.events import LATE, Epoch, Event, ImageSkipped, Progress, Stage, Waiting, Warned
from studio.formatting.numbers import figures
from studio.jobs.event_lines import Lines, left_out_words, waiting_words
from studio.system.names import escaped


class View(Protocol):
    """Something that shows events."""

    def take(self, event: Event) -> None:
        """Show an event."""

    def close(self) -> None:
        """Finish what is shown."""


def make_view(progress: bool | Callable[[Event], None]) -> View:
    """The view for here: bars in a notebook and a terminal, lines in a log, a function's calls, or nothing."""
    if callable(progress):
        return _Calls(progress)
    if not progress:
        return _Calls(lambda _event: None)
    return Bars() if _in_notebook() or sys.stderr.isatty() else _LogLines()


class Bars:
    """A bar for each stage; those of stages that count nothing vanish when they end."""

    def __init__(self) -> None:
        self._kind = _bar_kind()
        self._bar: Any = None
        self._title = ""

    def take(self, event: Event) -> None:
        """Show an event."""
        if isinstance(event, Stage):
            self.close()
            self._title = escaped(event.title)
            self._bar = self._kind(desc=self._title, bar_format="{desc} [{elapsed}]", leave=False, file=sys.stderr)
        elif isinstance(event, Progress):
            self._count(event)
        elif isinstance(event, Epoch):
            self._set_words(_score_words(event))
        elif isinstance(event, Waiting) and event.seconds >= LATE:
            self._set_words(escaped(waiting_words(event)))
        elif isinstance(event, ImageSkipped):
            self._warn(left_out_words(event))
        elif isinstance(event, Warned):
            self._warn(f"{event.title} {event.hint}".rstrip())

    def close(self) -> None:
        """Finish the bar under way."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def _count(self, event: Progress) -> None:
        if self._bar is None:
            return
        total = event.total or None
        if self._bar.bar_format is not None:  # the first count of this stage
            self._bar.close()
            self._bar = self._kind(desc=self._title, total=total, unit=f" {event.unit}", file=sys.stderr)
        self._bar.total = total
        self._bar.update(event.done - self._bar.n)
        if event.done >= event.total > 0:
            self._bar.refresh()

    def _set_words(self, words: str) -> None:
        if self._bar is not None:
            self._bar.set_postfix_str(words)

    def _warn(self, text: str) -> None:
        self._kind.write(f"warning: {escaped(text)}", file=sys.stderr)


class _LogLines:
    """A line a stage and an epoch on stderr."""

    def __init__(self) -> None:
        self._lines = Lines()

    def take(self, event: Event) -> None:
        self._lines.take(event)

    def close(self) -> None:
        self._lines.end()


class _Calls:
    """Passes events to a function of the user."""

    def __init__(self, function: Callable[[Event], None]) -> None:
        self._function = function

    def take(self, event: Event) -> None:
        self._function(event)

    def close(self) -> None:
        pass


def _score_words(event: Epoch) -> str:
    """“validation loss 0.1234, accuracy 97.1%”."""
    score = f"accuracy {event.val_accuracy:.1%}" if event.val_mae is None else f"error {figures(event.val_mae)}"
    return f"validation loss {event.val_loss:.4f}, {score}"


def _in_notebook() -> bool:
    """True in a kernel of Jupyter, whose stderr is no terminal and shows bars all the same."""
    return "ipykernel" in sys.modules and hasattr(sys.modules.get("IPython"), "get_ipython")


def _bar_kind() -> Any:
    """The bar as a widget where the notebook can show widgets; else as text, without a warning."""
    if _in_notebook() and importlib.util.find_spec("ipywidgets") is not None:
        from tqdm.notebook import tqdm as widget_bar

        return widget_bar
    from tqdm import tqdm as text_bar

    return text_bar
