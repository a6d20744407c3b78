"""Specs are read in several threads at once: the list of runs, an opened run, the queue."""

from __future__ import annotations

import subprocess
import sys

import pytest

READ = """
import sys, threading
sys.setswitchinterval(1e-6)
from studio.spec.encoding import conversion; from studio.spec import DatasetSpec, RunSpec
from studio.spec.decision import DecisionRule
from studio.spec.encoding.serialization import run_spec_from_json, to_json
document, barrier = to_json(RunSpec(DatasetSpec("/a"))), threading.Barrier(8)
def read():
    barrier.wait()
    for _ in range(20):
        run_spec_from_json(dict(document))
        conversion.decode(b"{}", DecisionRule)
threads = [threading.Thread(target=read) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


@pytest.mark.slow
def test_the_first_conversions_in_several_threads_do_not_end_the_process():
    for _ in range(3):
        assert subprocess.run([sys.executable, "-c", READ], check=False).returncode == 0
