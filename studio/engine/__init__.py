"""Pixels to features to head to files: everything that needs torch."""

import os

# Threads of a parallel region otherwise spin while they wait for the next one, and take the cores from the threads that
# decode photos, from the window, and from whatever else runs: with a busy core, extraction is 2.5 times quicker this
# way, and as quick with idle ones. Must be set before torch loads its library.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# The CPU computes the operations that a Mac's GPU lacks; otherwise the run would end. Must be set before, too.
os.environ.setdefault("PYTORCH_ENABLE_MPS_FALLBACK", "1")
