"""From pixels to features, head and exported files: everything that needs torch."""

import os

# By default, OpenMP's threads spin between parallel regions and take the cores from the threads that decode photos,
# from the window, and from other programs. With passive waiting, extraction is 2.5 times faster if a core is busy, and
# as fast if all are idle. Must be set before torch loads OpenMP.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# The CPU computes the operations that a Mac's GPU lacks; otherwise the run would fail. Must be set before torch loads.
os.environ.setdefault("PYTORCH_ENABLE_MPS_FALLBACK", "1")
