"""Sets the environment of the tests, independent of variables that the user's shell sets."""

from __future__ import annotations

import os
import signal
import sys

# Variables of the user's shell that would change results: folders of model hubs, proxies, window styles.
_FOREIGN = ("HF_", "HUGGINGFACE_", "QT_FONT", "QT_LOGGING", "QT_QPA_PLATFORMTHEME", "QT_SCALE", "QT_SCREEN", "QT_STYLE")
_OURS = ("THAW_CACHE_GB", "THAW_DEBUG")
for _name in list(os.environ):
    if _name in _OURS or _name.startswith(_FOREIGN) or _name.lower().endswith("_proxy"):
        del os.environ[_name]
_locale = next((os.environ[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if os.environ.get(name)), "C")
if sys.platform == "linux" and "utf8" not in _locale.lower().replace("-", ""):
    os.environ["LC_ALL"] = "C.UTF-8"  # Qt warns about any other, and warnings are errors

if "DISPLAY" not in os.environ or os.environ.get("THAW_TEST_OFFSCREEN", "1") == "1":
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["HF_HUB_OFFLINE"] = "1"
# On tiny tensors a second thread only waits, spinning while another program uses the core.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
# Compiling takes longer than computing a few tiny photos; tests of compiled networks enable it.
os.environ.setdefault("THAW_RUNTIME", "eager")

# Programs started by a shell in the background ignore Ctrl+C, and so do their children; some tests send it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
