"""Which of two journals of the same photos continues the other."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.data.journal.storage.folders import FILE, _continues

ENTRIES = b"".join(b'{"entry": %d}\n' % number for number in range(200))


@pytest.mark.parametrize(
    ("theirs", "expected"),
    [
        (ENTRIES + b"more\n", True),
        (ENTRIES, False),
        (ENTRIES[:-20], False),
        (b"x" + ENTRIES[1:] + b"more\n", False),
        (ENTRIES[:-2] + b"x\nmore\n", False),
        (ENTRIES[:1500] + b"x" + ENTRIES[1501:] + b"more\n", False),
    ],
    ids=["continued", "equal", "shorter", "another first entry", "another last entry", "another entry"],
)
def test_a_journal_is_continued_by_one_with_the_same_entries_and_more(
    tmp_path: Path, theirs: bytes, expected: bool
) -> None:
    own, other = tmp_path / "own.jsonl", tmp_path / "other"
    other.mkdir()
    own.write_bytes(ENTRIES)
    (other / FILE).write_bytes(theirs)
    assert _continues(other, own) is expected
