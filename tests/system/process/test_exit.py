from __future__ import annotations

import subprocess
import sys

CODE = """
import sys, threading, time
from studio.system.process.exit import end
threading.Thread(target=time.sleep, args=(1e6,)).start()
print("all of it")
print("and this", file=sys.stderr)
end(3)
"""


def test_a_process_ends_with_output_and_status_though_a_thread_does_not_stop():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (3, "all of it\n", "and this\n")
