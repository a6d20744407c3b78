"""Progress of a job: bars in a notebook or a terminal, one line per stage in a log."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Callable
from typing import Any, Protocol

from studio.evaluate.metrics import over_epochs, task_of_epochs
from studio.events import LATE, Epoch, Event, ImageSkipped, Progress, Stage, Waiting, Warned
from studio.jobs.event_lines import Lines, left_out_words, metric_words, waiting_words
from studio.system.names import escaped


class View(Protocol):
    """Shows the events of a job."""

    def take(self, event: Event) -> None:
        """Show an event."""

    def close(self) -> None:
        """Finish the last line or bar."""


def make_view(progress: bool | Callable[[Event], None]) -> View:
    """Make a view: bars in a notebook and a terminal, lines in a log, calls of a function, or nothing."""
    if callable(progress):
        return _Calls(progress)
    if not progress:
        return _Calls(lambda _event: None)
    return Bars() if _in_notebook() or sys.stderr.isatty() else _LogLines()


class Bars:
    """One bar per stage; the bar of a stage without a count disappears at its end."""

    def __init__(self) -> None:
        self._kind, self._options = _bar_kind()
        self._bar: Any = None
        self._title = ""
        self._counts = False
        self._waited = ""

    def take(self, event: Event) -> None:
        """Show an event."""
        if isinstance(event, Stage):
            self.close()
            self._title = escaped(event.title)
            self._counts = False
            self._bar = self._new_bar(bar_format="{desc} [{elapsed}]", leave=False)
        elif isinstance(event, Progress):
            self._count(event)
        elif isinstance(event, Epoch):
            if self._bar is not None:
                self._bar.set_postfix_str(_score_words(event))
        elif isinstance(event, Waiting):
            if event.seconds >= LATE and event.path != self._waited:
                self._waited = event.path
                self._write(waiting_words(event))
        elif isinstance(event, ImageSkipped):
            self._write(f"warning: {left_out_words(event)}")
        elif isinstance(event, Warned):
            self._write(f"warning: {event.title} {event.hint}".rstrip())

    def close(self) -> None:
        """Finish the current bar."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def _new_bar(self, **options: Any) -> Any:
        return self._kind(desc=self._title, file=sys.stderr, **self._options, **options)

    def _count(self, event: Progress) -> None:
        if self._bar is None:
            return
        total = _plain(event.total) if event.total else None
        if not self._counts:
            self._bar.close()
            self._bar = self._new_bar(total=total, unit=event.unit.removesuffix("s"), bar_format=_format(event))
            self._counts = True
        self._bar.total = total
        self._bar.update(event.done - self._bar.n)
        if event.done >= event.total > 0:
            self._bar.refresh()

    def _write(self, text: str) -> None:
        self._kind.write(escaped(text), file=sys.stderr)


class _LogLines:
    """Writes a line for each stage and each epoch to stderr."""

    def __init__(self) -> None:
        self._lines = Lines()

    def take(self, event: Event) -> None:
        self._lines.take(event)

    def close(self) -> None:
        self._lines.end()


class _Calls:
    """Passes events to a function of the caller."""

    def __init__(self, function: Callable[[Event], None]) -> None:
        self._function = function

    def take(self, event: Event) -> None:
        self._function(event)

    def close(self) -> None:
        pass


def _format(event: Progress) -> str | None:
    """The format of a bar whose count has fractions (“2.3/10” epochs, “12.5/46.8” MB); None for tqdm's own."""
    if not event.total or event.unit not in ("epochs", "MB"):
        return None
    rate = "" if event.unit == "epochs" else ", {rate_fmt}"  # the metrics need its space
    return f"{{l_bar}}{{bar}}| {{n:.1f}}/{{total_fmt}} [{{elapsed}}<{{remaining}}{rate}{{postfix}}]"


def _plain(value: float) -> float:
    """A number for tqdm, integral where possible: 5 and not 5.0."""
    return int(value) if value == int(value) else round(value, 1)


def _score_words(event: Epoch) -> str:
    """Metrics that fit into 80 columns beside a bar: “val. accuracy 97.1 %, loss 0.1234”."""
    loss, main, *_ = over_epochs(task_of_epochs((event,)))
    return f"val. {metric_words((main, loss), event.val)}"


def _in_notebook() -> bool:
    """True in a Jupyter kernel, which shows bars although its stderr is no terminal."""
    return "ipykernel" in sys.modules and hasattr(sys.modules.get("IPython"), "get_ipython")


def _bar_kind() -> tuple[Any, dict[str, Any]]:
    """The class of the bars and their options: widgets where the notebook can show them, else text."""
    if _in_notebook() and importlib.util.find_spec("ipywidgets") is not None:
        from tqdm.notebook import tqdm as widget_bar

        return widget_bar, {}
    from tqdm import tqdm as text_bar

    # tqdm shows nothing in a terminal of 0 columns and lines, as containers have them.
    size = shutil.get_terminal_size()
    return text_bar, {"ncols": size.columns - 1, "nrows": size.lines}
