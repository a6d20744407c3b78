"""What the user sees: Qt draws the state and emits wishes.

PySide6 6.12.0 takes one reference from None at each call of a method that returns nothing (6.11 does not). Python 3.12
and later do not count references of None; before that the count reaches zero after some thousand calls and the
process ends with "deallocating None". So None is given a count here that no session can use up.
"""

from __future__ import annotations

import sys

if sys.version_info < (3, 12) and sys.implementation.name == "cpython":
    import ctypes

    ctypes.c_ssize_t.from_address(id(None)).value += 1 << 48
