from __future__ import annotations

from pathlib import Path

import pytest

import studio
from studio.formatting import run_names
from studio.notebook.reports import write_report
from studio.runs import folder
from studio.spec import UserError

STORED = Path(__file__).parents[1] / "stored_runs" / "v0.1"


def test_a_run_is_evaluated():
    evaluation = studio.open_run(STORED / "frozen").evaluate(progress=False)
    assert evaluation["metrics"]["accuracy"]["value"] == 0.75
    assert evaluation.verdict == "Overfitting"
    assert "balanced_accuracy" in repr(evaluation)
    assert "<table>" in evaluation._repr_html_()


def test_two_runs_are_compared():
    comparison = studio.compare(STORED / "frozen", STORED / "fine_tuned", progress=False)
    assert (comparison["fixed"], comparison["broken"], comparison["p_value"]) == (1, 0, 1.0)
    assert "train.epochs" in repr(comparison)


def test_unknown_parts_and_epochs_are_refused():
    run = studio.open_run(STORED / "frozen")
    with pytest.raises(UserError, match="part cannot be 'all'"):
        run.evaluate("all")
    with pytest.raises(UserError, match="epoch cannot be 'first'"):
        run.evaluate(epoch="first")
    with pytest.raises(UserError, match="threshold cannot be 'recall'"):
        run.evaluate(threshold="recall")


def test_the_modules_of_the_package_evaluate_stay_importable():
    import studio.evaluate.label_errors

    assert studio.evaluate.label_errors.ranked([[0.9, 0.1]], [0]).tolist() == [0]


def test_a_report_is_written(tmp_path: Path) -> None:
    file = studio.open_run(STORED / "frozen").write_report(tmp_path / "one.html", quick=True, progress=False)
    assert file == tmp_path / "one.html"
    record = folder.read(STORED / "frozen")
    title = run_names.dated(record.spec, record.started)
    assert f"<title>{title}</title>" in file.read_text("utf-8")
    two = write_report(STORED / "frozen", tmp_path / "two.html", STORED / "fine_tuned", photos=False, progress=False)
    assert "Two runs compared" in two.read_text("utf-8")
    with pytest.raises(UserError, match="part cannot be"):
        write_report(STORED / "frozen", tmp_path / "three.html", part="other")
