"""What the user sees: Qt draws the state and emits wishes.

PySide6 6.12.0 takes one reference from None, True or False at each call that returns one of them (6.11 does not).
Python 3.12 and later do not count references of these; before that a count reaches zero after some thousand calls and
the process ends with "deallocating None". So they are given a count here that no session can use up.
"""

from __future__ import annotations

import sys

if sys.version_info < (3, 12) and sys.implementation.name == "cpython":
    import ctypes

    for _constant in (None, True, False, NotImplemented, Ellipsis):
        ctypes.c_ssize_t.from_address(id(_constant)).value += 1 << 48
