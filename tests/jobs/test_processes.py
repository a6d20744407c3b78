"""Processes that a job starts, in a bundle too, which has no `python`."""

from __future__ import annotations

import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from studio.engine.export.model.proof import WITHOUT_STUDIO
from studio.jobs import processes
from studio.jobs.protocol import never

START = Path(__file__).parents[2] / "packaging" / "pyinstaller" / "start.py"


def printed(lines: Generator[str, None, str]) -> tuple[list[str], str]:
    found = []
    while True:
        try:
            found.append(next(lines).strip())
        except StopIteration as end:
            return found, end.value


@pytest.fixture(params=[False, True], ids=["python", "bundle"])
def program(request, tmp_path: Path, monkeypatch) -> Path:
    """A program that prints its arguments, its input, and whether it can import the studio."""
    if request.param:
        if sys.platform == "win32":
            pytest.skip("the bundle's stand-in is a shell script")
        bundle = tmp_path / "thaw"
        bundle.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{START}" "$@"\n')
        bundle.chmod(0o755)
        monkeypatch.setattr(sys, "frozen", True, raising=False)
        monkeypatch.setattr(sys, "executable", str(bundle))
    file = tmp_path / "shown.py"
    file.write_text(
        "import sys\n"
        "print(__name__, sys.argv[1:], sys.stdin.read())\n"
        "try:\n    import studio\n    print('studio')\nexcept ImportError:\n    print('none')\n"
    )
    return file


def test_a_program_runs_without_the_studio(program):
    arguments = ["-I", "-c", WITHOUT_STUDIO, str(program), "-I"]
    assert printed(processes.lines(arguments, "text", never, with_studio=False)) == (
        ["__main__ ['-I'] text", "none"],
        "",
    )


@pytest.mark.slow
def test_a_module_of_the_studio_runs(program):
    arguments = ["-m", "studio.engine.export.model.conversion"]
    found, failure = printed(processes.lines(arguments, "no JSON", never, with_studio=True))
    assert found == []
    assert "JSON is malformed" in failure


def test_a_file_runs(program):
    found, failure = printed(processes.lines([str(program)], "", never, with_studio=False))
    assert (found[0], failure) == ("__main__ []", "")
