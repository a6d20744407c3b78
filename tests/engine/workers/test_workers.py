"""Workers exchange messages, and notice within the timeout which of them is gone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import torch.distributed as dist

from studio.engine.workers import messages, presence, workers
from studio.engine.workers.workers import ALONE, LeaderEnded, Workers
from studio.events import Dataset, Photo
from studio.jobs.protocol import Interrupted, never
from studio.spec import UserError
from studio.system import worker_place


@pytest.fixture
def store() -> dist.Store:
    return dist.HashStore()


def together(*parts: Callable[[], Any]) -> list[Any]:
    """Call functions at the same time in a thread each; returns their results."""
    results: list[Any] = [None] * len(parts)

    def run(place: int) -> None:
        results[place] = parts[place]()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(parts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_messages_of_one_name_come_in_order_and_in_parts(store, monkeypatch):
    monkeypatch.setattr(workers, "CHUNK", 10)
    first, second = Workers(store, 0, 2), Workers(store, 1, 2)
    content = bytes(range(256)) * 3
    first.publish("a", content)
    first.publish("a", b"")
    assert [second.receive("a", 0, never) for _ in range(2)] == [content, b""]


def test_every_worker_receives_the_messages_of_all(store):
    group = [Workers(store, rank, 3) for rank in range(3)]
    results = together(*(lambda one=one: one.exchange_all("x", bytes([one.rank]), never) for one in group))
    assert results == [[b"\0", b"\1", b"\2"]] * 3


def test_every_photo_is_assigned_to_one_worker():
    group = [Workers(None, rank, 3) for rank in range(3)]
    assert sorted(index for one in group for index in one.share(10)) == list(range(10))
    parts = [one.part(one.share(2)) for one in group]
    assert [len(part) for part in parts] == [1, 0, 0]


def test_the_data_set_that_arrives_has_the_same_photos(store):
    photos = (Photo("a/ü.jpg", 0, "train", 1.5), Photo("b/2.jpg", 1, "val"))
    dataset = Dataset("/photos", ("a", "b"), photos, target="")
    messages.publish_dataset(Workers(store, 0, 2), dataset)
    assert messages.receive_dataset(Workers(store, 1, 2), never) == dataset


def test_a_worker_that_failed_is_named_with_its_error(store):
    waiting = Workers(store, 0, 2)
    with pytest.raises(UserError), Workers(store, 1, 2):
        raise UserError("The disk is full.", "Free some space.")
    with pytest.raises(UserError, match=r"Worker 2 of 2 \(.+\) ended: The disk is full\.") as raised:
        waiting.receive("a", 1, never)
    assert "resume" in raised.value.hint


def test_the_others_end_quietly_when_the_first_has_ended(store):
    with Workers(store, 0, 2):
        pass
    with pytest.raises(LeaderEnded):
        Workers(store, 1, 2).receive("a", 0, never)


def test_a_worker_without_signs_of_life_is_lost(store):
    store.set("pulse/1", "7")
    with pytest.raises(UserError, match="Worker 2 of 2 is lost"):
        Workers(store, 0, 2, timeout=0.2).receive("a", 1, never)


def test_a_slow_worker_with_signs_of_life_is_waited_for(store):
    def slow() -> None:
        with Workers(store, 1, 2, timeout=0.4) as late:
            while int(store.get("pulse/1") if store.check(["pulse/1"]) else 0) < 8:  # twice the timeout
                time.sleep(0.01)
            late.publish("a", b"x")

    waiting = Workers(store, 0, 2, timeout=0.4)
    assert together(slow, lambda: waiting.receive("a", 1, never))[1] == b"x"


def test_a_stop_ends_a_wait(store):
    with pytest.raises(Interrupted):
        Workers(store, 0, 2).receive("a", 1, lambda: True)


def test_a_broken_connection_is_a_user_error_and_other_errors_are_unchanged(store, monkeypatch):
    monkeypatch.setattr(presence, "SILENCE", 0.1)
    store.set("pulse/1", "7")
    group = Workers(store, 0, 2)
    with pytest.raises(UserError, match="Worker 2 of 2 is lost"), group.exchange():
        raise RuntimeError("[gloo/transport/tcp/pair.cc:547] Connection closed by peer [127.0.0.1]:1234")
    with pytest.raises(RuntimeError, match="shape"), group.exchange():
        raise RuntimeError("shape '[2]' is invalid for input of size 3")


def test_a_single_process_is_not_a_worker(monkeypatch):
    monkeypatch.delenv("RANK", raising=False)
    monkeypatch.setenv("WORLD_SIZE", "4")  # left over from another program
    assert workers.join() is ALONE
    assert not worker_place.is_assistant()
    monkeypatch.setenv("RANK", "1")
    assert worker_place.is_assistant()
    monkeypatch.setenv("WORLD_SIZE", "four")
    with pytest.raises(UserError, match="WORLD_SIZE"):
        worker_place.count()


@pytest.mark.parametrize("text", ["0", "-1", "soon", "nan"])
def test_an_invalid_timeout_is_refused(monkeypatch, text):
    monkeypatch.setenv("THAW_WORKER_TIMEOUT", text)
    with pytest.raises(UserError, match="THAW_WORKER_TIMEOUT"):
        worker_place.timeout()
