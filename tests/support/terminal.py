"""Assertions on commands of the terminal."""

from __future__ import annotations

QUICK = ("--image-size", "32", "--device", "cpu")


def refused(result: tuple[int, str, str], *words: str) -> None:
    """Assert exit status 2, nothing on stdout, and one line on stderr with `words`."""
    status, out, err = result
    complaint = [line for line in err.splitlines() if line.startswith("thaw: ")]
    assert status == 2, err
    assert out == ""
    assert "Traceback" not in err
    assert len(complaint) == 1, err
    assert err.splitlines()[-1] == complaint[0]
    for word in words:
        assert word in complaint[0]
