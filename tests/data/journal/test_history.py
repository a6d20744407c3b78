"""Undo and redo of a journal, in memory and in its file, against a model that stores every state."""

from __future__ import annotations

import contextlib
import errno
import random
import sys

import pytest
from filelock import FileLock
from trimming import few

from studio.data.journal.choices import Choices
from studio.data.journal.entries import Action, Entry, PhotoKey, Redo, Undo
from studio.data.journal.history import History
from studio.data.journal.storage import journal_file
from studio.data.journal.storage.journal_file import JournalFile
from studio.spec import UserError
from studio.system.files import file_locks

KEYS = [PhotoKey(f"{number // 2:032x}", f"a/{number}.jpg", number) for number in range(20)]
"""Photos, some of which have the same content."""


def random_action(source: random.Random) -> Action:
    kind = source.choice(["exclude", "restore", "relabel", "split", "accept", "reopen"])
    photos = tuple(source.sample(KEYS, source.randint(1, 2)))
    values = {"relabel": ["ants", "bees"], "split": ["train", "val", "test"], "accept": ["blank", "two_labels"]}
    values["reopen"] = values["accept"]
    return Action(kind, source.choice(values.get(kind, [""])), photos)


@pytest.mark.parametrize("steps", few([200, 1000], [200]))
def test_undo_and_redo_are_exact_after_random_steps(tmp_path, steps):
    source = random.Random(7)
    file = JournalFile(tmp_path / "journal.jsonl")
    states = [Choices()]  # the choices after each entry
    position = 0
    history = History()
    lines = []
    for number in range(steps):
        kind = source.choices(["entry", "undo", "redo"], [6, 3, 2])[0]
        if kind == "undo" and position:
            line, position = Undo("then"), position - 1
        elif kind == "redo" and position < len(states) - 1:
            line, position = Redo("then"), position + 1
        else:
            line = Entry("then", tuple(random_action(source) for _ in range(source.randint(1, 2))))
            del states[position + 1 :]
            position += 1
        lines.append(line)
        history = history.after([line])
        if isinstance(line, Entry):
            states.append(history.choices)
        elif number % 2:
            assert history.choices == states[position], number
        if number % 100 == 99:
            assert file.append(lambda _: lines) == history  # noqa: B023  # it is called at once
            assert JournalFile(file.path).history() == history  # as after a restart
            lines = []
    assert len(states) > steps // 10
    assert any(state.photos for state in states)
    for expected in range(position - 1, -1, -1):
        history = history.after([Undo("now")])
        if expected % 3 == 0:  # each state was compared above, too
            assert history.choices == states[expected]
    for expected in range(1, len(states)):
        history = history.after([Redo("now")])
        if expected % 3 == 0:
            assert history.choices == states[expected]
    assert history.choices == states[-1]
    assert (history.undoable, history.redoable) == (len(states) - 1, 0)


def test_a_new_entry_ends_redo():
    first, second, third = (Entry("", (Action("exclude", "", (key,)),)) for key in KEYS[:3])
    history = History().after([first, second, Undo(""), third])
    assert set(history.choices.photos) == {KEYS[0], KEYS[2]}
    assert (history.undoable, history.redoable) == (2, 0)


def entry(number: int) -> Entry:
    return Entry("then", (Action("exclude", "", (KEYS[number],)),))


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "journal" / "journal.jsonl"
    for number in range(3):
        JournalFile(path).append(lambda _, number=number: [entry(number)])
    return path


def test_a_file_cut_off_at_any_byte_has_the_entries_before_and_can_be_continued(file):
    data = file.read_bytes()
    ends = [place + 1 for place, byte in enumerate(data) if byte == ord("\n")]
    for length in (*range(ends[-2], len(data)), 0, 3):
        file.write_bytes(data[:length])
        whole = sum(end <= length for end in ends[1:])
        assert len(JournalFile(file).history().entries) == whole, length
        if length % 7 == 0:
            history = JournalFile(file).append(lambda _: [entry(9)])
            assert [next(iter(one.actions[0].photos)) for one in history.entries] == [*KEYS[:whole], KEYS[9]]
            assert JournalFile(file).history() == history


def test_zeros_at_the_end_after_a_power_failure_are_left_out(file):
    with file.open("ab") as out:
        out.write(b"\0" * 100)
    assert len(JournalFile(file).history().entries) == 3
    assert len(JournalFile(file).append(lambda _: [entry(5)]).entries) == 4


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b'"entry"', b'"entxy"', "line 2"),
        (b'"exclude"', b'"explode"', "line 2"),
        (b'"version":1', b'"version":2', "newer version"),
        (b'"version":1', b'"version":"2"', "line 1"),
        (b'"version":1', b'"verzion":2', "line 1"),
        (b"{", b"", "line 1"),
        (b'{"type":"entry"', b'{"type":"undo","time":""}\n{"type":"entry"', "does not exist"),
    ],
)
def test_a_damaged_file_is_refused_with_the_line(file, old, new, words):
    file.write_bytes(file.read_bytes().replace(old, new, 1))
    with pytest.raises(UserError, match=words) as error:
        JournalFile(file).history()
    assert str(file) in error.value.title
    before = file.read_bytes()
    with pytest.raises(UserError):
        JournalFile(file).append(lambda _: [entry(4)])
    assert file.read_bytes() == before


def test_only_new_lines_of_another_program_are_read(file):
    mine, other = JournalFile(file), JournalFile(file)
    assert len(mine.history().entries) == 3
    other.append(lambda _: [entry(5)])
    with file.open("ab") as out:
        out.write(b'{"type":"en')
    assert len(mine.history().entries) == 4
    assert len(mine.append(lambda _: [entry(6)]).entries) == 5
    other.append(lambda _: [Undo("")])
    assert mine.history() == JournalFile(file).history()
    file.unlink()
    assert mine.history() == History()


def test_a_full_disk_leaves_the_entries_as_they_were(file, monkeypatch):
    before = file.read_bytes()

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(journal_file, "_sync", full)
    with pytest.raises(UserError, match="No space left on device"):
        JournalFile(file).append(lambda _: [entry(4)])
    assert file.read_bytes() == before


@pytest.mark.skipif(sys.platform == "win32", reason="the size of files cannot be limited")
def test_a_disk_that_becomes_full_within_a_line_leaves_no_partial_line(file):
    import resource

    before = file.read_bytes()
    long = Entry("", (Action("exclude", "", tuple(PhotoKey("0" * 32, f"{number}.jpg", 1) for number in range(40))),))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 2000, limits[1]))
    try:
        with pytest.raises(UserError, match="nothing was changed"):
            JournalFile(file).append(lambda _: [long])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert file.read_bytes() == before


@pytest.mark.parametrize("error", [NotImplementedError(), OSError(errno.ENOLCK, "No locks available")])
def test_a_journal_works_on_a_file_system_without_locks(file, monkeypatch, error):
    def refuse(self):
        raise error

    monkeypatch.setattr(file_locks.FileLock, "acquire", refuse)
    assert len(JournalFile(file).append(lambda _: [entry(5)]).entries) == 4


def test_another_program_that_holds_the_lock_is_named(file, monkeypatch):
    monkeypatch.setattr(journal_file, "PATIENCE", 0)
    with FileLock(file.parent / journal_file.LOCK), pytest.raises(UserError, match="Another program"):
        JournalFile(file).append(lambda _: [entry(5)])
    assert len(JournalFile(file).history().entries) == 3


def test_a_folder_that_cannot_be_written_is_a_user_error(tmp_path):
    (tmp_path / "journal").write_text("a file")
    with pytest.raises(UserError, match="cannot be written"):
        JournalFile(tmp_path / "journal" / "journal.jsonl").append(lambda _: [entry(4)])


def test_all_complete_lines_of_a_file_are_read_without_the_rest_of_one(tmp_path):
    file = JournalFile(tmp_path / "journal.jsonl")
    assert file.lines() == []
    entry = Entry("then", (Action("exclude", "", (KEYS[0],)),))
    file.append(lambda _: [entry, Undo("then")])
    with file.path.open("ab") as out:
        out.write(b'{"kind": "re')
    for _ in range(2):
        assert JournalFile(file.path).lines()[1:] == file.lines()[1:] == [entry, Undo("then")]
        assert JournalFile(file.path).history() == file.history()
    file.append(lambda _: [Redo("then")])
    assert file.lines()[1:] == [entry, Undo("then"), Redo("then")]
    file.path.write_bytes(b"no line end")
    assert file.lines() == []


def test_a_damaged_line_is_named_by_its_number_or_after_what_was_read_before(tmp_path):
    file = JournalFile(tmp_path / "journal.jsonl")
    file.append(lambda _: [Entry("then", ())])
    size = file.path.stat().st_size
    with file.path.open("ab") as out:
        out.write(b"nonsense\n")
    with pytest.raises(UserError, match=f"it is damaged, line 1 after byte {size}: "):
        file.history()
    with pytest.raises(UserError, match="it is damaged, line 3: "):
        JournalFile(file.path).history()
    with pytest.raises(UserError, match="it is damaged, line 3: "):
        file.lines()


def test_a_journal_that_was_deleted_or_replaced_is_read_anew(tmp_path):
    file, other = JournalFile(tmp_path / "journal.jsonl"), JournalFile(tmp_path / "other.jsonl")
    file.append(lambda _: [Entry("then", (Action("exclude", "", (KEYS[0],)),))])
    other.append(lambda _: [Entry("then", (Action("exclude", "", (KEYS[number],)),)) for number in (1, 2)])
    other.path.replace(file.path)
    assert len(file.history().entries) == 2
    file.path.unlink()
    assert file.history() == History()
    file.append(lambda _: [Entry("then", (Action("exclude", "", (KEYS[3],)),))])
    assert JournalFile(file.path).history() == file.history()
    assert len(file.history().entries) == 1


@pytest.mark.parametrize(("code", "raised"), [(errno.EINVAL, False), (errno.ENOTSUP, False), (errno.EIO, True)])
def test_a_file_system_without_sync_is_accepted_and_a_failed_sync_is_an_error(monkeypatch, code, raised):
    def fail(handle):
        raise OSError(code, "no")

    monkeypatch.setattr(journal_file.os, "fsync", fail)
    with pytest.raises(OSError, match="no") if raised else contextlib.nullcontext():
        journal_file._sync(1)
