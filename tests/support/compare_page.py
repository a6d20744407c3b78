"""A comparison of two listed runs as the state of the window, and what its page asks for."""

from __future__ import annotations

from typing import Any

from run_summaries import summary

from studio.session.runs import comparing
from studio.session.state import AppState, RunList
from studio.spec.structs import replace
from studio.ui.stations.evaluate.page import EvaluatePage

RUNS = (summary("b"), summary("a"), summary("c"))
A, B = RUNS[1].path, RUNS[0].path


def state_of(result: Any = None, part: Any = "val") -> AppState:
    state = replace(AppState(), run_list=RunList(RUNS, is_listed=True))
    state = comparing.opened(state, A, B, part)
    return comparing.received(state, result) if result is not None else state


def asked(page: EvaluatePage) -> list[tuple[str, ...]]:
    requests: list[tuple[str, ...]] = []
    page.comparison_requested.connect(lambda *names: requests.append(names))
    page.comparison_closed.connect(lambda: requests.append(("closed",)))
    return requests
