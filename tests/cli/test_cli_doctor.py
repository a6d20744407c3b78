"""`thaw doctor`: a line per check, a hint below it, and the exit status."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from studio.commands import doctor
from studio.events import CheckResult


@pytest.fixture
def finds(monkeypatch):
    """Replaces the checks by these results."""

    def find(*checks: CheckResult) -> None:
        monkeypatch.setattr(doctor, "CHECKS", (("all", "Looking", lambda: iter(checks)),))

    return find


def test_an_environment_without_problems_is_reported_with_status_0(thaw, finds):
    finds(CheckResult("torch", True, "2.9"), CheckResult("window", True, "Qt on xcb"))
    status, out, _ = thaw("doctor")
    assert status == 0
    assert out.splitlines() == ["ok  torch   2.9", "ok  window  Qt on xcb", "No problems."]


def test_a_problem_says_what_to_do(thaw, finds):
    finds(CheckResult("torch", True, "2.9"), CheckResult("cuda:0", False, "does not compute", "Install a driver."))
    status, out, _ = thaw("doctor")
    assert status == 2
    assert [" ".join(line.split()) for line in out.splitlines()] == [
        "ok torch 2.9",
        "problem cuda:0 does not compute",
        "→ Install a driver.",
        "1 problem: cuda:0.",
    ]


def test_the_json_says_on_which_devices_kernels_ran(thaw, finds):
    finds(
        CheckResult("torch", True, "2.9"),
        CheckResult("cpu", True, "computes", kernel_ran=True),
        CheckResult("cuda:0", False, "does not compute", "Install a driver.", kernel_ran=False),
    )
    document = json.loads(thaw("doctor", "--json")[1])
    assert document["devices"] == [
        {"name": "cpu", "kernel_ran": True, "ok": True},
        {"name": "cuda:0", "kernel_ran": False, "ok": False},
    ]


def test_the_json_of_doctor_has_every_check(thaw, finds):
    finds(CheckResult("torch", True, "2.9"))
    status, out, _ = thaw("doctor", "--json")
    assert (status, json.loads(out)["ok"]) == (0, True)
    finds(CheckResult("runs", False, "full", "Free some space."))
    status, out, _ = thaw("doctor", "--json")
    document = json.loads(out)
    assert status == 2
    assert (document["ok"], document["error"], document["hint"]) == (False, "1 problem: runs.", "Free some space.")
    assert document["checks"] == [{"name": "runs", "ok": False, "found": "full", "hint": "Free some space."}]


@pytest.mark.slow
def test_the_real_checks_succeed_in_a_separate_process():
    command = [sys.executable, "-m", "studio", "doctor", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    document = json.loads(done.stdout)
    names = [one["name"] for one in document["checks"]]
    assert len(set(names)) == len(names)
    assert {"Python", "torch", "cpu", "cache", "runs", "disk of runs", "window", "bundled weights"} <= set(names)
    assert (done.returncode, [one for one in document["checks"] if not one["ok"]]) == (0, [])
