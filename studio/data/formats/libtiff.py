"""libtiff's messages, switched off.

libtiff prints a line to the terminal for much of what it finds odd in a file. Its messages say nothing that the
program does not find out by the result, and a redirected stderr would swallow what others write. So its handlers of
messages are set to none, once and for all, in the very library that Pillow uses: a symbol looked up in Pillow's
extension is found in the libraries it was linked with. Where libtiff is part of the extension itself and exports
nothing (Windows), all stays as it is.
"""

from __future__ import annotations

import contextlib
import ctypes

from PIL import _imaging


def silence() -> bool:
    """Switch the messages off; True where that was possible."""
    with contextlib.suppress(OSError, AttributeError, TypeError):
        library = ctypes.CDLL(_imaging.__file__)
        for name in ("TIFFSetErrorHandler", "TIFFSetWarningHandler"):
            change = getattr(library, name)
            change.argtypes, change.restype = [ctypes.c_void_p], ctypes.c_void_p
            change(None)
        return True
    return False
