"""JPEGs decoded beside the CPU: the same pixels up to rounding, only where it is worth it, and nothing lost.

torchvision's decoder takes `device="cpu"`, too, so all but the GPU itself is tried here.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from tiny import finish, load, only

from studio.data.images import decode
from studio.data.images.preprocess import frame
from studio.data.jpegs import Jpeg, plain
from studio.data.scan import listing
from studio.engine import feeding, jpegs
from studio.engine.device import memory
from studio.engine.extraction import cuda, extract, runtime
from studio.engine.extraction.cuda import Overlapped
from studio.engine.feeding import Feeding
from studio.events import Extracted, Warned
from studio.jobs.protocol import never
from studio.spec import DatasetSpec, PreprocessSpec, TrainSpec

CPU = torch.device("cpu")
SPECS = {
    "center": PreprocessSpec(size=(32, 32), resize=(40, 40)),
    "bilinear": PreprocessSpec(size=(32, 32), resize=(36, 36), interpolation="bilinear"),
    "squash": PreprocessSpec(size=(24, 32), resize=(24, 32), crop="squash"),
    "a crop larger than the photo": PreprocessSpec(size=(48, 48), resize=(40, 40)),
}


def photo(orientation: int = 1, size: tuple[int, int] = (120, 90), mode: str = "RGB") -> Jpeg:
    """Smooth, so that decoders that enlarge colours otherwise agree."""
    width, height = size
    across, down = np.linspace(0, 255, width), np.linspace(255, 0, height)[:, None]
    bands = [np.broadcast_to(band, (height, width)) for band in (across, down, (across + down) / 2)]
    exif = Image.Exif()
    exif[0x0112] = orientation
    out = BytesIO()
    Image.fromarray(np.stack(bands, 2).astype(np.uint8)).convert(mode).save(out, "JPEG", quality=95, exif=exif)
    found = plain(out.getvalue())
    assert found is not None
    return found


@pytest.mark.parametrize("name", SPECS)
@pytest.mark.parametrize("size", [(120, 90), (70, 133), (30, 31)])
def test_framed_as_pillow_does(name: str, size: tuple[int, int]) -> None:
    file, spec = photo(size=size), SPECS[name]
    ours = jpegs.framed([file], spec, CPU)[0].numpy().astype(int)
    theirs = frame(decode.from_bytes(file.data), spec).astype(int)
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() <= 2
    assert np.abs(ours - theirs).mean() < 0.5


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turned_as_pillow_does(orientation: int) -> None:
    file = photo(orientation)
    ours = jpegs.framed([file], SPECS["center"], CPU)[0].numpy().astype(int)
    theirs = frame(decode.from_bytes(file.data), SPECS["center"]).astype(int)
    assert np.abs(ours - theirs).max() <= 2


def test_grey_becomes_rgb() -> None:
    assert jpegs.framed([photo(mode="L")], SPECS["center"], CPU)[0].shape == (32, 32, 3)


def test_borders_and_other_filters_are_left_to_pillow() -> None:
    assert jpegs.can_frame(PreprocessSpec())
    assert not jpegs.can_frame(PreprocessSpec(crop="border"))
    assert not jpegs.can_frame(PreprocessSpec(interpolation="nearest"))


# ------------------------------------------------------------------------------------------------ whether


class Busy(Overlapped):
    """A GPU of which it is known whether it waits for photos."""

    waits: bool | None = True

    @property
    def idles(self) -> bool | None:
        return self.waits


@pytest.fixture
def as_gpu(monkeypatch: pytest.MonkeyPatch) -> type[Busy]:
    """The CPU is computed on, and decoded on, as a GPU is."""

    def quick(base, kept, device, stop=never, tell=memory.unheard):
        return Busy(base, kept, device, torch.float32, 4, tell)

    honest = Feeding.__init__

    def begun(self: Feeding, *given) -> None:
        honest(self, *given)
        self._decided = False

    monkeypatch.setattr(runtime, "find", quick)
    monkeypatch.setattr(Feeding, "__init__", begun)
    monkeypatch.setattr(feeding, "TOGETHER", 3)
    monkeypatch.setattr(extract, "AHEAD_BYTES", 0)
    monkeypatch.setattr(Busy, "waits", True)
    return Busy


FREE = TrainSpec(deterministic=False)


def extracted(photos: Path, cache: Path, how: TrainSpec = FREE):
    dataset = listing(DatasetSpec(str(photos)))
    events, found = finish(extract.extract(load(), dataset, "features", CPU, never, cache, how))
    return found, events, [f"{note.title} {note.hint}" for note in only(events, Warned)]


def test_where_the_gpu_waits_and_its_features_are_the_same_it_decodes(photos, tmp_path, as_gpu, monkeypatch) -> None:
    decoded: list[int] = []
    honest = jpegs.framed

    def counted(files, spec, device):
        decoded.append(len(files))
        return honest(files, spec, device)

    monkeypatch.setattr(jpegs, "framed", counted)
    monkeypatch.setattr(feeding, "TOLERANCE", 0.5)
    found, events, notes = extracted(photos, tmp_path / "cache")
    assert only(events, Extracted)[0].computed == 24
    assert len(notes) == 1
    assert "now decoded by the GPU" in notes[0]
    assert sum(decoded[1:]) > 0, "the first are those of the trial"
    monkeypatch.setattr(as_gpu, "waits", False)
    pillow = extracted(photos, tmp_path / "pillow")[0]
    ours, theirs = (each.rows.take(np.arange(24)) for each in (found, pillow))
    assert found.digests == pillow.digests
    assert 0 < np.linalg.norm(ours - theirs) < 0.1 * np.linalg.norm(theirs)


@pytest.mark.parametrize(
    ("why", "how", "tolerance", "words"),
    [
        ("features differ", FREE, 0.0, "features differ by"),
        ("asked for", TrainSpec(), 0.5, "Without deterministic algorithms"),
    ],
)
def test_pillow_stays_and_the_run_says_why(photos, tmp_path, as_gpu, monkeypatch, why, how, tolerance, words) -> None:
    monkeypatch.setattr(feeding, "TOLERANCE", tolerance)
    _, events, notes = extracted(photos, tmp_path / "cache", how)
    assert only(events, Extracted)[0].computed == 24, why
    assert [words in note for note in notes] == [True]


def test_nothing_is_said_where_the_cpu_keeps_up(photos, tmp_path, as_gpu, monkeypatch) -> None:
    monkeypatch.setattr(as_gpu, "waits", False)
    assert extracted(photos, tmp_path / "cache")[2] == []


def test_what_the_gpu_cannot_decode_pillow_does_and_what_neither_can_is_left_out(photos, tmp_path, as_gpu, monkeypatch):
    monkeypatch.setattr(feeding, "TOLERANCE", 0.5)
    honest, tried = jpegs.framed, []

    def only_the_trial(files, spec, device):
        tried.append(len(files))
        if len(tried) > 1:
            raise RuntimeError("nvjpeg: unsupported")
        return honest(files, spec, device)

    monkeypatch.setattr(jpegs, "framed", only_the_trial)
    broken = sorted(photos.glob("*/*.jpg"))[-1]
    data = broken.read_bytes()
    table = data.index(b"\xff\xc4") + 5  # the header and the end are sound; the table that all is decoded with is not
    broken.write_bytes(data[:table] + b"\xff" * 16 + data[table + 16 :])
    assert plain(broken.read_bytes()) is not None
    found, events, notes = extracted(photos, tmp_path / "cache")
    assert len(tried) > 1
    assert only(events, Extracted)[0].computed == 23
    assert len(found.dataset.photos) == len(found.digests) == 23
    assert any(f"{broken.parent.name}/{broken.name} was left out: damaged" in note for note in notes)


def test_without_its_memory_pillow_decodes_on(as_gpu, monkeypatch) -> None:
    def full(*_given) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory.")

    chooser = Feeding(SPECS["center"], CPU, False)
    chooser._on_gpu = True
    assert chooser.undecoded(photo().data) is not None
    monkeypatch.setattr(jpegs, "framed", full)
    assert chooser.decoded([photo()]) is None
    assert chooser.undecoded(photo().data) is None


def test_on_a_cpu_nothing_is_looked_at() -> None:
    chooser = Feeding(SPECS["center"], CPU, False)
    assert chooser.undecoded(photo().data) is None
    assert chooser._samples == []
    assert cuda.LOOK_FOR <= 3, "decided in the first seconds"
