"""A network compiled for the CPU by OpenVINO, and the runtime that computes rows with it; imports no torch.

`openvino` compiles it from a torch network. A network that was compiled before is loaded from its bytes, so that a
process that only predicts does not import torch.
"""

from __future__ import annotations

import importlib.util
import io
import os
import platform
import sys
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from studio.jobs.protocol import Interrupted, Stop

if TYPE_CHECKING:
    import openvino

Pixels = NDArray[np.uint8]
Row = NDArray[np.float32]

STOP_INTERVAL = 50
"""Milliseconds between two calls of `stop` while a photo is computed."""

SETTINGS = {
    "INFERENCE_PRECISION_HINT": "f32",  # the default is bfloat16 or float16 where the processor has them
    "EXECUTION_MODE_HINT": "ACCURACY",
    "ENABLE_CPU_PINNING": False,  # the threads that decode photos need the same cores
}


_FIRST_ARRAY = threading.Lock()


def is_supported() -> bool:
    """True if a compiled network computes rows on this CPU: only on x86-64, where its speed was measured."""
    return (
        platform.machine().lower() in ("x86_64", "amd64")
        and os.environ.get("THAW_RUNTIME", "") != "eager"
        and importlib.util.find_spec("openvino") is not None
    )


def allowed_cores() -> int:
    """Number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class CompiledNetwork:
    """Computes rows; thread-safe.

    Args:
        model: Model to compile, or the return value of `export`.
        streams: Number of photos computed in parallel.
        stop: Checked while a photo is computed.
    """

    def __init__(self, model: openvino.Model | bytes, streams: int, stop: Stop) -> None:
        self.streams = streams
        self._stop = stop
        self._idle: SimpleQueue[Any] = SimpleQueue()
        settings = {**SETTINGS, "NUM_STREAMS": streams, "INFERENCE_NUM_THREADS": streams}
        core = library().Core()
        if isinstance(model, bytes):
            self._compiled = core.import_model(io.BytesIO(model), "CPU", settings)
        else:
            self._compiled = core.compile_model(model, "CPU", settings)
        with _FIRST_ARRAY:
            # OpenVINO looks up numpy when it converts the first array. If two threads do so at once, they deadlock: one
            # holds the lookup and waits for the interpreter's lock, the other one the reverse.
            _ = library().Tensor(np.zeros(1, np.float32)).data
        for _ in range(streams):
            self._idle.put(self._compiled.create_infer_request())

    def export(self) -> bytes:
        """The compiled network as bytes in OpenVINO's format, which give the same rows on this kind of processor."""
        content: bytes = self._compiled.export_model().getvalue()
        return content

    def row(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Compute the row of one preprocessed photo (H, W, 3).

        Raises:
            Interrupted: The job was stopped.
        """
        request = self._idle.get()
        try:
            request.start_async([np.ascontiguousarray(pixels)[None]])
            while not request.wait_for(STOP_INTERVAL):
                if self._stop():
                    request.cancel()
                    with suppress(RuntimeError):  # raised because the request was cancelled
                        request.wait()
                    raise Interrupted
            row: NDArray[np.float32] = request.get_output_tensor().data[0].astype(np.float32, copy=True)
            return row
        finally:
            self._idle.put(request)


class OpenVinoRuntime:
    """Runtime of a compiled network, which computes as many photos in parallel as there are cores.

    Attributes:
        network: The compiled network.
    """

    name = "openvino"

    def __init__(self, network: CompiledNetwork) -> None:
        self.network = network
        self._threads = ThreadPoolExecutor(network.streams, thread_name_prefix="rows")
        self._waiting: deque[tuple[bytes, Future[Row]]] = deque()

    def put(self, key: bytes, pixels: Pixels) -> Mapping[bytes, Row]:
        """See `runtime.Runtime`."""
        self._waiting.append((key, self._threads.submit(self.network.row, pixels)))
        return self._collect(2 * self.network.streams)

    def finish(self) -> Mapping[bytes, Row]:
        """See `runtime.Runtime`."""
        return self._collect(0)

    def close(self) -> None:
        """See `runtime.Runtime`."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _collect(self, remaining: int) -> Mapping[bytes, Row]:
        """The rows of the oldest photos, until at most `remaining` photos are still being computed."""
        ready = {}
        while len(self._waiting) > remaining:
            key, row = self._waiting.popleft()
            ready[key] = row.result()
        return ready


def library() -> Any:
    """Import OpenVINO without reporting the import over the network."""
    with _without_telemetry():
        import openvino
    return openvino


@contextmanager
def _without_telemetry() -> Iterator[None]:
    """Prevent the import of OpenVINO's package for usage statistics inside the block."""
    # With that package OpenVINO reports its own import over the network unless the user has declined.
    name = "openvino_telemetry"
    if name in sys.modules or "openvino" in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]  # the import system's own marker for a missing module
    try:
        yield
    finally:
        del sys.modules[name]
