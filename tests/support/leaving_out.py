"""Selects the tests of a run by default, and reports at its end which were left out.

Tests marked `slow`, `gpu` or `real_data` run if their file or they themselves are named, or with `-m`.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

MARKS = {
    "slow": "whole programs, kills, dead servers, full disks, real windows",
    "gpu": "need a CUDA device",
    "real_data": "need the ants and bees beside the project",
}
"""Marks of tests that are left out by default, with the reason. A test with several is counted under the first."""


class LeavingOut:
    """Leaves marked tests out, counts them, and adds up the CPU time of all test processes."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.cpu_seconds = 0.0

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        if config.option.markexpr:
            return
        named = names(config)
        stay, go = [], []
        for item in items:
            mark = next((mark for mark in MARKS if item.get_closest_marker(mark)), None)
            if mark is None or item.path in named:
                stay.append(item)
            else:
                go.append(item)
                self.counts[mark] += 1
        if go:
            config.hook.pytest_deselected(items=go)
            items[:] = stay

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        # The process that only distributes tests must not count the time of its workers, which report it themselves.
        workers = getattr(session.config.option, "numprocesses", None) and not hasattr(session.config, "workerinput")
        self.cpu_seconds += time.process_time() if workers else cpu_seconds()
        output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
        if output is not None:
            output["left_out"], output["cpu_seconds"] = dict(self.counts), self.cpu_seconds

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        output = getattr(node, "workeroutput", {})
        self.counts = Counter(output.get("left_out", {})) or self.counts  # every process leaves out the same tests
        self.cpu_seconds += output.get("cpu_seconds", 0.0)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        terminalreporter.section("left out", "-")
        for mark in MARKS:
            if self.counts[mark]:
                tests = f"{self.counts[mark]} {'test' if self.counts[mark] == 1 else 'tests'}"
                terminalreporter.line(f"{tests} marked {mark} ({MARKS[mark]}): uv run pytest -m {mark}")
        if not self.counts:
            terminalreporter.line("no test for its mark")
        skipped = len(terminalreporter.stats.get("skipped", ()))
        if skipped:
            terminalreporter.line(f"{skipped} skipped, for the reasons above")
        terminalreporter.line(f"CPU time of all test processes: {self.cpu_seconds:.0f} s")


def names(config: pytest.Config) -> set[Path]:
    """The files named on the command line, alone or with a test in them."""
    files = (config.invocation_params.dir / str(argument).partition("::")[0] for argument in config.args)
    return {path.resolve() for path in files if path.is_file()}


def cpu_seconds() -> float:
    """CPU seconds of this process and of its finished children."""
    if sys.platform == "win32":
        return time.process_time()
    import resource

    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)
