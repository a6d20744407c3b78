"""Deferred commands are created when the first of them is used."""

import threading
from dataclasses import fields
from types import SimpleNamespace

import pytest

from studio.session import api


def test_deferred_commands_are_created_once_when_first_used():
    made, ready = [], threading.Barrier(4)

    def make():
        made.append(1)
        return SimpleNamespace(**{field.name: field.name for field in fields(api.Commands)})

    commands = api.deferred(make)
    assert not made

    def use(found):
        ready.wait()
        found.append(commands.scan)

    found: list[str] = []
    threads = [threading.Thread(target=use, args=(found,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (found, commands.export_formats, len(made)) == (["scan"] * 4, "export_formats", 1)


def test_deferred_commands_that_could_not_be_created_are_tried_again():
    answers = iter((MemoryError, None))

    def make():
        if error := next(answers):
            raise error
        return SimpleNamespace(scan="scan")

    commands = api.deferred(make)
    with pytest.raises(MemoryError):
        _ = commands.scan
    assert commands.scan == "scan"
