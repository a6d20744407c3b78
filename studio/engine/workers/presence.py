"""The heartbeats of workers in their common store: each worker increments a counter, and writes why it ended.

A wait for another worker has no fixed limit, because the other may have slower photos; it ends when the other's pulse
does not change for longer than the timeout, or when its end is written.
"""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
import time

from torch.distributed.distributed_c10d import Store

from studio.jobs.protocol import Interrupted
from studio.spec import UserError
from studio.system import failures

PULSE = 1.0
"""Seconds between two pulses of a worker."""

SILENCE = 4.0
"""Seconds without a pulse after which a worker counts as the one that broke a connection."""

POLL = 0.02
"""Seconds between two reads of the store."""

RESUME_HINT = (
    "What was computed is kept: resume the run (“thaw resume”) or repeat the command, with any number of workers."
)


class LeaderEnded(Interrupted):
    """Raised in an assistant when worker 0 has ended; that worker reports the reason."""


class Presence:
    """Pulse and end of this worker and of the others.

    Args:
        store: Store that all workers share.
        rank: Number of this worker.
        count: Number of workers.
        timeout: Seconds after which a worker without a pulse is lost.
    """

    def __init__(self, store: Store, rank: int, count: int, timeout: float) -> None:
        self._store, self._rank, self._count, self._timeout = store, rank, count, timeout
        self._pulses: dict[int, tuple[str, float]] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="pulse of this worker", daemon=True)

    def begin(self) -> None:
        """Begin to count the pulse of this worker."""
        self._store.set(f"host/{self._rank}", socket.gethostname())
        self._thread.start()

    def end(self, error: BaseException | None) -> None:
        """End the pulse, and write why: the title of an error, or nothing for a worker that is done or was stopped."""
        self._ended.set()
        why = ""
        if error is not None and not isinstance(error, KeyboardInterrupt | Interrupted | GeneratorExit):
            why = failures.message_of(error).title
        with contextlib.suppress(RuntimeError):  # the store ended with another worker
            self._store.set(f"ended/{self._rank}", why)
        self._thread.join()

    def require(self, rank: int) -> None:
        """Check that worker 0 and the worker `rank` are alive.

        Raises:
            LeaderEnded: Worker 0 has ended.
            UserError: The other worker has ended, or one of them is lost.
        """
        for other in {0, rank} - {self._rank}:
            if (error := self._error_of(other, self._timeout)) is not None:
                raise error

    def error_after(self, broken: RuntimeError) -> Exception:
        """The error that names the worker that broke a connection, if the store still answers."""
        self._pulses.clear()
        until = time.monotonic() + 2 * SILENCE
        try:
            while time.monotonic() < until:
                for rank in range(self._count):
                    if rank != self._rank and (error := self._error_of(rank, SILENCE)) is not None:
                        return error
                time.sleep(POLL)
        except RuntimeError:  # the store is gone: without torchrun it is in worker 0
            if self._rank != 0:
                return LeaderEnded("")
        return UserError(f"The connection to another worker was lost ({end_of_line(broken)}).", RESUME_HINT)

    def _error_of(self, rank: int, seconds: float) -> Exception | None:
        """Why a worker is gone; None if it has not ended and its pulse changed within the last `seconds` seconds."""
        if (why := self._read(f"ended/{rank}")) is not None:
            if rank == 0:
                return LeaderEnded(why)
            return UserError(f"{self._title(rank)} ended: {why or 'it was stopped.'}", RESUME_HINT)
        pulse, now = self._read(f"pulse/{rank}") or "", time.monotonic()
        before, since = self._pulses.get(rank, (None, now))
        if pulse != before:
            self._pulses[rank] = pulse, now
        elif now - since >= seconds:
            reason = "it was killed, or its computer or network no longer answers."
            return UserError(f"{self._title(rank)} is lost: {reason}", RESUME_HINT)
        return None

    def _title(self, rank: int) -> str:
        host = self._read(f"host/{rank}")
        return f"Worker {rank + 1} of {self._count}" + (f" ({host})" if host else "")

    def _read(self, key: str) -> str | None:
        return self._store.get(key).decode() if self._store.check([key]) else None

    def _beat(self) -> None:
        """Count the pulse of this worker until it ends."""
        with contextlib.suppress(RuntimeError):  # the store is gone, so the next exchange reports it
            for number in itertools.count():
                self._store.set(f"pulse/{self._rank}", str(number))
                if self._ended.wait(min(PULSE, self._timeout / 4)):
                    return


def end_of_line(error: BaseException) -> str:
    """The end of an error's first line, which begins with a path in torch's sources; at most 120 characters."""
    return (str(error).strip().splitlines() or [""])[0][-120:].strip()
