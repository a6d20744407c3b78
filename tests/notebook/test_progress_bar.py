"""Progress of jobs in a notebook, a terminal and a log."""

from __future__ import annotations

import importlib.util
import io
import os
import sys
from types import ModuleType

import pytest
from epochs import class_epoch

from studio.events import ImageSkipped, Progress, Stage, Waiting, Warned
from studio.notebook import progress_bar
from studio.notebook.progress_bar import make_view

STORY = (
    Stage("import", "Starting: loading torch"),
    Stage("extract", "Computing features"),
    Progress("extract", 3, 10, "photos"),
    Waiting("slow.jpg", 4.0),
    Progress("extract", 10, 10, "photos"),
    ImageSkipped("a.jpg", "it is damaged"),
    Stage("train", "Training"),
    Progress("train", 1.0769472, 2.0, "epochs"),
    class_epoch(1, 0.5, 0.75, 0.6, 0.5, 0.25),
    Warned("Slow disk.", "Use another."),
    Progress("train", 2, 2, "epochs"),
)


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(monkeypatch, stream, progress=True) -> str:
    monkeypatch.setattr(sys, "stderr", stream)
    view = make_view(progress)
    for event in STORY:
        view.take(event)
    view.close()
    return stream.getvalue()


@pytest.fixture
def notebook(monkeypatch):
    """A Jupyter kernel without widgets."""
    shell = ModuleType("IPython")
    shell.get_ipython = lambda: None
    monkeypatch.setitem(sys.modules, "IPython", shell)
    monkeypatch.setitem(sys.modules, "ipykernel", ModuleType("ipykernel"))
    found = importlib.util.find_spec
    monkeypatch.setattr(
        progress_bar.importlib.util, "find_spec", lambda name: None if name == "ipywidgets" else found(name)
    )


def bars_are_complete(text: str) -> None:
    for words in (
        "Starting: loading torch", "3/10", "still reading slow.jpg (4 s): a large file", "10/10", "1.1/2 ", "2.0/2 ",
        "val. accuracy 50.0 %, loss 0.6000]",
        "warning: a.jpg was left out: it is damaged.", "warning: Slow disk. Use another.",
    ):  # fmt: skip
        assert words in text, words
    lines = [line.rpartition("\r")[2] for line in text.split("\n")]
    assert not any("loading torch" in line for line in lines)  # what counted nothing left no line behind
    assert any(line.startswith("Computing features: 100%") for line in lines)


def test_a_terminal_shows_bars(monkeypatch):
    bars_are_complete(shown(monkeypatch, Screen()))


def test_a_terminal_of_width_0_shows_bars_too(monkeypatch):
    monkeypatch.delenv("COLUMNS")
    own, other = os.openpty()  # the size of this terminal was never set
    with open(own, "rb"), open(other, "w", encoding="utf-8") as screen:  # noqa: PTH123
        assert os.get_terminal_size(other).columns == 0
        monkeypatch.setattr(sys, "stderr", screen)
        view = make_view(True)
        view.take(Stage("extract", "Computing features"))
        view.close()
        assert b"Computing features" in os.read(own, 1000)


def test_a_notebook_without_widgets_shows_bars_as_text(monkeypatch, notebook):
    bars_are_complete(shown(monkeypatch, io.StringIO()))


def test_a_log_gets_whole_lines(monkeypatch):
    text = shown(monkeypatch, io.StringIO())
    assert "\r" not in text
    assert "Computing features: 10 of 10 photos" in text
    assert "epoch 1: training loss" in text


def test_progress_can_be_switched_off(monkeypatch):
    assert shown(monkeypatch, Screen(), progress=False) == ""


def test_a_function_gets_every_event(monkeypatch):
    seen: list = []
    assert shown(monkeypatch, Screen(), progress=seen.append) == ""
    assert seen == list(STORY)
