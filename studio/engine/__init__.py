"""Pixels to features to head to files: everything that needs torch."""

import os

# Threads of a parallel region otherwise spin while they wait for the next one, and take the cores from the threads that
# decode photos, from the window, and from whatever else runs: with a busy core, extraction is 2.5 times quicker this
# way, and as quick with idle ones. Must be said before torch loads its library.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# What a Mac's GPU lacks is computed by its CPU, instead of ending the run. Must be said before torch is loaded, too.
os.environ.setdefault("PYTORCH_ENABLE_MPS_FALLBACK", "1")
