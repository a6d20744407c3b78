"""Who decodes the photos of an extraction: Pillow on the CPU, or the GPU where the CPU cannot keep up.

In the first seconds it is seen whether the GPU waits for photos. Where it does, a few of them are decoded both ways;
only where their rows are the same does the GPU decode from then on. Either way the run says so. With deterministic
algorithms asked for, Pillow decodes: what is measured in seconds must not decide about bits then.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from studio.data.images import decode
from studio.data.images.preprocess import frame
from studio.data.jpegs import Jpeg, plain
from studio.engine import jpegs
from studio.engine.device import memory
from studio.engine.extraction.cuda import Overlapped
from studio.events import Warned
from studio.spec import PreprocessSpec

TOLERANCE = 1e-3
"""Relative norm of the difference of rows up to which they count as the same. Rows in short numbers differ by more from
those in float32: then decoding may change them by as much as the numbers do, which the trial measures, too."""

SAMPLES = 8
"""Photos of the trial."""

TOGETHER = 32
"""Files that a GPU decodes at once."""


class Feeding:
    """Decides for one extraction.

    Args:
        spec: How photos are framed.
        device: Where rows are computed.
        deterministic: Pillow decodes, whatever is measured.
    """

    def __init__(self, spec: PreprocessSpec, device: torch.device, deterministic: bool) -> None:
        self._spec, self._device, self._deterministic = spec, device, deterministic
        self._decided = device.type != "cuda"
        self._on_gpu = False
        self._samples: list[Jpeg] = []

    def undecoded(self, data: bytes) -> Jpeg | None:
        """The file where the GPU is to decode it; asked in the threads that read."""
        if self._on_gpu:
            return plain(data)
        if not self._decided and len(self._samples) < SAMPLES and (sample := plain(data)) is not None:
            self._samples.append(sample)
        return None

    def look(self, runtime: Overlapped) -> Warned | None:
        """Decide, once that is known which it takes; gives what the user should hear of it."""
        if self._decided or runtime.idles is None:
            return None
        self._decided = True
        samples, self._samples = self._samples, []
        if not runtime.idles or not samples:
            return None
        slow = "Photos are decoded more slowly than the GPU takes them."
        if self._deterministic:
            return Warned(slow, "Without deterministic algorithms the GPU may help to decode JPEGs.")
        if not jpegs.can_frame(self._spec):
            return Warned(slow, "The GPU cannot help: it does not resize photos as these weights ask.")
        why = self._tried(samples, runtime)
        self._on_gpu = not why
        return (
            Warned(slow, f"The GPU cannot help: {why}.") if why else Warned("JPEGs are now decoded by the GPU.", slow)
        )

    def decoded(self, files: list[Jpeg]) -> list[Tensor] | None:
        """Framed photos (h, w, 3) on the device; None where one of them cannot be decoded there."""
        try:
            return jpegs.framed(files, self._spec, self._device)
        except (MemoryError, RuntimeError) as error:
            if memory.ran_out(error):  # Pillow needs none of its memory
                self._on_gpu = False
        return None

    def _tried(self, samples: list[Jpeg], runtime: Overlapped) -> str:
        """Why the GPU may not decode; "" where it may."""
        try:
            wanted = np.stack([frame(decode.from_bytes(sample.data), self._spec) for sample in samples])
            theirs = torch.stack(jpegs.framed(samples, self._spec, self._device))
            pillow = torch.from_numpy(wanted).to(self._device)
            ours = runtime.rows(pillow)
            apart = _apart(ours, runtime.rows(theirs))
            most = max(TOLERANCE, _apart(ours, runtime.rows(pillow, torch.float32)))
        except (decode.Unreadable, RuntimeError) as error:
            return "it cannot decode these photos" if not memory.ran_out(error) else "it has not the memory"
        return "" if apart <= most else f"its features differ by {apart:.1e}, and {most:.1e} would be the most"


def _apart(wanted: Tensor, given: Tensor) -> float:
    """Of the photo that differs most, the norm of the difference as a share of the row's own."""
    wanted, given = wanted.flatten(1), given.flatten(1)
    return float(((given - wanted).norm(dim=1) / wanted.norm(dim=1)).max())
