"""Runs a command of the terminal in this process."""

from __future__ import annotations

QUICK = ("--image-size", "32", "--device", "cpu")


def refused(result: tuple[int, str, str], *words: str) -> None:
    """Exit 2, nothing on stdout, and one line that says what, where and what to do."""
    status, out, err = result
    complaint = [line for line in err.splitlines() if line.startswith("thaw: ")]
    assert status == 2, err
    assert out == ""
    assert "Traceback" not in err
    assert len(complaint) == 1, err
    assert err.splitlines()[-1] == complaint[0]
    for word in words:
        assert word in complaint[0]
