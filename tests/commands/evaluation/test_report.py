"""Titles of runs in reports: never folder names, and never the same one twice."""

from __future__ import annotations

import shutil
from pathlib import Path

from studio.commands.evaluation import report
from studio.events import RunDescription
from studio.formatting import run_names
from studio.jobs.protocol import never
from studio.runs import folder
from studio.runs.files import description

STORED = Path(__file__).parents[2] / "stored_runs" / "v0.1"


def heading(a: Path, b: Path, out: Path) -> str:
    list(report.report_comparison(a, b, out, with_photos=False)(never))
    return out.read_text("utf-8").split("<title>")[1].split("</title>")[0]


def test_a_comparison_names_the_runs_as_the_window_does(tmp_path: Path) -> None:
    a, b = (Path(shutil.copytree(STORED / name, tmp_path / name)) for name in ("frozen", "fine_tuned"))
    one, other = (run_names.dated(record.spec, record.started) for record in map(folder.read, (a, b)))
    assert heading(a, b, tmp_path / "one.html") == f"{one} and {other}"
    description.write(a, RunDescription(title="The first"))
    assert heading(a, b, tmp_path / "two.html").startswith("The first and ")
    again = Path(shutil.copytree(b, tmp_path / "again"))
    assert heading(b, again, tmp_path / "three.html") == f"{other} (fine_tuned) and {other} (again)"
