"""Memory given back to the operating system."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import ctypes, threading
from pathlib import Path
from studio.system.process import memory

def anonymous():
    return int(Path("/proc/self/status").read_text().partition("RssAnon:")[2].split()[0])

def work():
    blocks = [ctypes.create_string_buffer(100_000) for _ in range(300)]
    for block in blocks:
        ctypes.memset(block, 1, len(block))

memory.share_one_arena()
ctypes.create_string_buffer(24_000_000)  # from now on glibc keeps up to twice as much at the end of each arena
before = anonymous()
thread = threading.Thread(target=work)
thread.start()
thread.join()
memory.release_unused()
print(anonymous() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="measures with Linux's counters")
def test_memory_freed_by_another_thread_is_returned():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 6_000  # KB, of 30,000
