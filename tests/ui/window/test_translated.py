"""Texts of the window that no catalog translates: at most as many as there were, so that new ones are marked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCREEN = Path(__file__).parents[2] / "support" / "window" / "pseudo_window.py"

MOST = 0
"""Number of texts without a mark; names, formats and Qt's own texts, which `pseudo_window.py` lists, do not count."""


@pytest.mark.slow
def test_no_more_texts_of_the_window_are_only_in_english() -> None:
    done = subprocess.run([sys.executable, str(SCREEN)], capture_output=True, text=True, timeout=600)
    found = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr[-2000:]
    assert "looked at" in done.stderr, "it must not end before it has looked at all pages"
    assert len(found) <= MOST, "\n".join(found)
