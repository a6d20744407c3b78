"""The command in environments that need a separate process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from studio.system import paths

THAW = f"{sys.executable} -m studio.__main__"

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a shell of Linux")]

STREAMS = (
    ("scan PHOTOS >&-", 0, False, False),
    ("scan PHOTOS 2>&-", 0, True, False),
    ("scan PHOTOS >&- 2>&-", 0, False, False),
    ("scan PHOTOS <&- >&- 2>&-", 0, False, False),
    ("scan PHOTOS >/dev/full", 2, False, True),
    ("scan PHOTOS --json >/dev/full", 2, False, True),
    ("scan PHOTOS 2>/dev/full", 0, True, False),
    ("scan PHOTOS >/dev/full 2>/dev/full", 2, False, False),
    ("scan PHOTOS 1</dev/null", 2, False, True),
    ("--help >/dev/full", 2, False, True),
    ("train --help >&-", 0, False, False),
    ("scan nowhere --json 2>&-", 2, True, False),
    ("scan nowhere --json >/dev/full", 2, False, True),
    ("cache --clear --yes <&-", 0, True, False),
)
"""Shell command, exit status, whether stdout has output, whether stderr has a message."""

SURROUNDINGS = (
    "env -u HOME -u USER -u LOGNAME",
    "env -i PYTHONPATH=$PYTHONPATH",
    "PYTHONOPTIMIZE=2",
    "PYTHONWARNINGS=error",
    "PYTHONSAFEPATH=1",
    "LC_ALL=POSIX PYTHONUTF8=0 PYTHONCOERCECLOCALE=0",
    "env -u TERM COLUMNS=20 NO_COLOR=1",
    "TMPDIR=/nonexistent",
    "HOME=/nonexistent",
    "ulimit -n 16;",
    "mkdir gone; cd gone; rmdir ../gone;",
)


def shell(command: str, folder: Path, photos: Path) -> subprocess.CompletedProcess[str]:
    """Run a shell command in `folder`."""
    environment = {**os.environ, "PYTHONPATH": str(Path(paths.__file__).parents[2])}
    line = command.replace("PHOTOS", str(photos))
    return subprocess.run(
        ["sh", "-c", line], cwd=folder, env=environment, capture_output=True, text=True, errors="replace", check=False
    )


@pytest.mark.parametrize(("command", "status", "results", "complaint"), STREAMS, ids=[row[0] for row in STREAMS])
def test_exit_status_and_message_where_a_stream_is_closed_or_full(
    shared_photos, tmp_path, command, status, results, complaint
):
    done = shell(f"{THAW} {command}", tmp_path, shared_photos)
    assert (done.returncode, bool(done.stdout)) == (status, results), done.stderr
    assert any(line.startswith("thaw: ") for line in done.stderr.splitlines()) == complaint
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.parametrize("surroundings", SURROUNDINGS)
def test_a_folder_is_described_the_same_everywhere(shared_photos, tmp_path, surroundings):
    done = shell(f"{surroundings} {THAW} scan PHOTOS --json", tmp_path, shared_photos)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["photos"] == 24
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("kilobytes", [30_000, 100_000, 160_000, 250_000])
def test_too_little_address_space_gives_a_clear_message(shared_photos, tmp_path, kilobytes):
    done = shell(f"ulimit -v {kilobytes}; {THAW} scan PHOTOS --json", tmp_path, shared_photos)
    assert done.returncode in (0, 2), done.stderr
    assert ("error" in json.loads(done.stdout)) == bool(done.returncode)
    assert "Traceback" not in done.stderr
