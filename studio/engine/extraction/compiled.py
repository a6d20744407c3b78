"""A network that OpenVINO compiled for the CPU, and what computes rows with it; free of torch.

`openvino` makes one of a network of torch. One that was compiled before is read from its bytes, so that a program that
only predicts imports no torch.
"""

from __future__ import annotations

import importlib.util
import io
import os
import platform
import sys
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

LOOK = 50
"""Milliseconds between two looks at `stop` while a photo is computed."""

SETTINGS = {
    "INFERENCE_PRECISION_HINT": "f32",  # it would take bfloat16 or float16 where the processor has them
    "EXECUTION_MODE_HINT": "ACCURACY",
    "ENABLE_CPU_PINNING": False,  # the threads that decode photos want the same cores
}


def is_supported() -> bool:
    """True where rows on a CPU come from a compiled network if there is one. Measured on x86-64, so only used there."""
    return (
        platform.machine().lower() in ("x86_64", "amd64")
        and os.environ.get("THAW_RUNTIME", "") != "eager"
        and importlib.util.find_spec("openvino") is not None
    )


def allowed_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Compiled:
    """Computes rows; may be asked by several threads at once.

    Args:
        model: To be compiled, or what `exported` gave.
        streams: Photos computed at once.
        stop: Asked while a photo is computed.
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
        for _ in range(streams):
            self._idle.put(self._compiled.create_infer_request())

    def exported(self) -> bytes:
        """The network as it was compiled, in OpenVINO's own form: computes the same rows, on this kind of processor."""
        exported: bytes = self._compiled.export_model().getvalue()
        return exported

    def row(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """One framed photo (H, W, 3) to its row.

        Raises:
            Interrupted: The job was stopped.
        """
        request = self._idle.get()
        try:
            request.start_async([np.ascontiguousarray(pixels)[None]])
            while not request.wait_for(LOOK):
                if self._stop():
                    request.cancel()
                    with suppress(RuntimeError):  # that it was cancelled
                        request.wait()
                    raise Interrupted
            row: NDArray[np.float32] = request.get_output_tensor().data[0].astype(np.float32, copy=True)
            return row
        finally:
            self._idle.put(request)


class OpenVinoRuntime:
    """A compiled network, with as many photos under way as there are cores.

    Attributes:
        network: Computes the rows.
    """

    name = "openvino"

    def __init__(self, network: Compiled) -> None:
        self.network = network
        self._threads = ThreadPoolExecutor(network.streams, thread_name_prefix="rows")
        self._waiting: deque[tuple[bytes, Future[Row]]] = deque()

    def put(self, key: bytes, pixels: Pixels) -> Mapping[bytes, Row]:
        """See `runtime.Runtime`."""
        self._waiting.append((key, self._threads.submit(self.network.row, pixels)))
        return self._taken(2 * self.network.streams)

    def finish(self) -> Mapping[bytes, Row]:
        """See `runtime.Runtime`."""
        return self._taken(0)

    def close(self) -> None:
        """See `runtime.Runtime`."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _taken(self, most: int) -> Mapping[bytes, Row]:
        ready = {}
        while len(self._waiting) > most:
            key, row = self._waiting.popleft()
            ready[key] = row.result()
        return ready


def library() -> Any:
    """Import OpenVINO, but not what would tell others that it was imported."""
    with _untold():
        import openvino
    return openvino


@contextmanager
def _untold() -> Iterator[None]:
    """While it holds, OpenVINO's package for usage statistics cannot be imported.

    OpenVINO reports its own import over the network unless the user has declined; where that package is not there it
    does without.
    """
    name = "openvino_telemetry"
    if name in sys.modules or "openvino" in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]  # the import system's own sign for “not there”
    try:
        yield
    finally:
        del sys.modules[name]
