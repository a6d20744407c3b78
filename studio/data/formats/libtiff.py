"""Suppression of libtiff's messages.

libtiff prints a line to the terminal for many oddities of a file. The program detects errors by the result, and
redirecting stderr would also suppress the output of other code. So libtiff's message handlers are set to null,
permanently, in the library that Pillow uses: a symbol looked up in Pillow's extension is found in the libraries it is
linked with. Where libtiff is part of the extension and exports nothing (Windows), this has no effect.
"""

from __future__ import annotations

import contextlib
import ctypes

from PIL import _imaging


def silence() -> bool:
    """Suppress the messages; True where that was possible."""
    with contextlib.suppress(OSError, AttributeError, TypeError):
        library = ctypes.CDLL(_imaging.__file__)
        for name in ("TIFFSetErrorHandler", "TIFFSetWarningHandler"):
            change = getattr(library, name)
            change.argtypes, change.restype = [ctypes.c_void_p], ctypes.c_void_p
            change(None)
        return True
    return False
