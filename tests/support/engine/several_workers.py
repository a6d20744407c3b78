"""Starts the processes of `worker_program.py`, without a launcher."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__).with_name("worker_program.py")
SUPPORT = PROGRAM.parents[1]


Job = tuple[str, Path, Path, Path, dict[str, Any]]
"""Command (train or resume), photos, run, cache, and settings of the run."""


def start(number: int, *jobs: Job) -> list[subprocess.CompletedProcess[str]]:
    """Run jobs, one after another, in `number` workers; returns their finished processes in order."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shared = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, (SUPPORT, SUPPORT / "engine", SUPPORT.parents[1]))),
        "OMP_NUM_THREADS": "1",
        "THAW_WORKER_TIMEOUT": "30",
    }
    shared |= {"WORLD_SIZE": str(number), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    arguments = [sys.executable, str(PROGRAM), json.dumps(jobs, default=str)]
    processes = [
        subprocess.Popen(
            arguments,
            env=shared | {"RANK": str(rank), "LOCAL_RANK": str(rank)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(number)
    ]
    ends = []
    for process in processes:
        out, error = process.communicate(timeout=300)
        ends.append(subprocess.CompletedProcess(arguments, process.returncode, out, error))
    return ends
