"""The GPU runtime, with copies that happen as late as possible, and when memory runs out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from later import Later
from tiny import ALL_FROZEN, LAST_BLOCK, LITE0, finish, load, only, plain, record, trained
from torch import Tensor, nn
from trimming import few

from studio.data.scan import listing
from studio.engine.backbones.backbone import Backbone, normalize
from studio.engine.device import memory, transfers
from studio.engine.extraction import cuda, extract, runtime
from studio.engine.extraction.cuda import CudaRuntime
from studio.engine.network import splitting
from studio.engine.predict import predict, trained_model
from studio.events import Epoch, FeaturesComputed, ImagePrediction, ImageSkipped, PredictedProbabilities, Warned
from studio.jobs.protocol import never
from studio.planning.freezing import frozen_leaves
from studio.spec import DatasetSpec, FreezePlan, UserError

CPU = torch.device("cpu")


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> list[Later]:
    """All transfer streams that are made from now on."""
    streams: list[Later] = []

    def queue(_device: torch.device) -> Later:
        streams.append(Later())
        return streams[-1]

    monkeypatch.setattr(transfers, "queue", queue)
    return streams


@pytest.fixture
def as_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use the GPU runtime on the CPU."""

    def quick(base, output_fn, device, stop=never, tell=memory.ignore_warning):
        return CudaRuntime(base, output_fn, device, torch.float32, 5, tell)

    monkeypatch.setattr(runtime, "find", quick)


def some_photos(count: int, size: tuple[int, int] = (32, 32)) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, *size, 3), dtype=np.uint8)


def whole(_network: nn.Module, photos: Tensor) -> Tensor:
    return extract.output_at("features", _network, photos)


def expected(base: Backbone, photos: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return base.features(normalize(photos, base.preprocess, CPU)).numpy()


@pytest.mark.parametrize("count", few([1, 4, 8, 9, 21], [9]))
def test_rows_equal_the_networks_output_however_late_copies_finish(late: list[Later], count: int) -> None:
    base, photos = plain("resnet10t"), some_photos(count)
    quick = CudaRuntime(base, whole, CPU, size=4)
    rows = extract.forward(quick, photos)
    np.testing.assert_allclose(rows, expected(base, photos), rtol=1e-3, atol=1e-5)
    assert all(lane.requested == lane.completed for lane in late)
    assert all(len(lane.recorded) == lane.requested for lane in late), "memory used on two streams is registered"
    quick.close()


def test_the_program_waits_only_for_the_batch_before_the_last(late: list[Later]) -> None:
    quick = CudaRuntime(plain("resnet10t"), whole, CPU, size=2)
    down = late[1]
    counts = [len(quick.put(bytes([number]), photo)) for number, photo in enumerate(some_photos(8))]
    assert counts == [0, 0, 0, 2, 0, 2, 0, 2]
    assert (down.requested, down.completed) == (4, 3), "the last copy is in progress"
    assert len(quick.finish()) == 2
    assert quick.finish() == {}


def test_photos_already_on_the_device_are_computed_together_with_others(late: list[Later]) -> None:
    base, photos = plain("resnet10t"), some_photos(7)
    quick = CudaRuntime(base, whole, CPU, size=7)
    rows: dict[bytes, np.ndarray] = {}
    for number, photo in enumerate(photos):
        rows |= quick.put(bytes([number]), torch.from_numpy(photo) if number % 3 else photo)
    rows |= quick.finish()
    actual = np.stack([rows[bytes([number])] for number in range(7)])
    np.testing.assert_allclose(actual, expected(base, photos), rtol=1e-3, atol=1e-5)


def test_rows_at_the_cut_of_a_split_network_equal_its_output(late: list[Later]) -> None:
    base, photos = load(), some_photos(5)
    split = splitting.find(base.network, base.table, frozen_leaves(FreezePlan(thaw=("blocks.6",)), base.table.layers))
    assert split is not None
    quick = CudaRuntime(base, lambda network, taken: extract.output_at(split, network, taken), CPU, size=2)
    rows = extract.forward(quick, photos)
    assert rows.shape == (5, *split.shape)
    with torch.no_grad():
        reference = extract.output_at(split, base.network, normalize(photos, base.preprocess, CPU)).numpy()
    np.testing.assert_allclose(rows, reference, rtol=1e-3, atol=1e-4 * np.abs(reference).max())


@pytest.mark.slow
def test_half_precision_gives_float32_rows_close_to_those_of_float32() -> None:
    base, photos = plain("resnet10t"), some_photos(4)
    rows = extract.forward(CudaRuntime(base, whole, CPU, torch.bfloat16, 4), photos)
    assert rows.dtype == np.float32
    reference = expected(base, photos)
    apart = np.linalg.norm(rows - reference, axis=1) / np.linalg.norm(reference, axis=1)
    assert 0 < apart.max() < 0.03
    assert not torch.is_autocast_enabled("cpu")


def test_rows_of_early_layers_are_computed_in_smaller_batches() -> None:
    assert cuda.max_batch_size(128, (1280,)) == 128
    assert cuda.max_batch_size(128, (64, 112, 112)) == 20
    assert cuda.max_batch_size(128, (1 << 30,)) == 1


# ------------------------------------------------------------------------------------------------ memory


class Small(nn.Module):
    """A layer on a device with memory for `most` photos at a time."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._limit = [most]  # a list, because the fused copy of a network is on the same device
        self.passes: list[int] = []

    @property
    def most(self) -> int:
        return self._limit[0]

    @most.setter
    def most(self, photos: int) -> None:
        self._limit[0] = photos

    def forward(self, photos: Tensor) -> Tensor:
        if len(photos) > self.most:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB")
        self.passes.append(len(photos))
        return photos


def small(base: Backbone, most: int) -> Small:
    """Put such a layer before the first layer of the network."""
    layer = Small(most)
    first = next(name for name, _ in base.network.named_children())
    base.network.set_submodule(first, nn.Sequential(layer, base.network.get_submodule(first)))
    return layer


@pytest.mark.slow
@pytest.mark.parametrize("most", [1, 2, 3])
def test_an_extraction_out_of_memory_continues_with_smaller_batches(late: list[Later], most: int) -> None:
    base, photos = plain("resnet10t"), some_photos(19)
    reference = expected(base, photos)
    small(base, most)
    notes: list[Warned] = []
    quick = CudaRuntime(base, whole, CPU, size=8, tell=notes.append)
    rows = extract.forward(quick, photos)
    np.testing.assert_allclose(rows, reference, rtol=1e-3, atol=1e-5)
    assert [note.title.split(":")[1].split()[0] for note in notes] == ["4", "2", "1"][: {1: 3, 2: 2, 3: 2}[most]]


def test_a_single_photo_that_does_not_fit_says_what_to_change(late: list[Later]) -> None:
    base = plain("resnet10t")
    layer = small(base, 1)
    quick = CudaRuntime(base, whole, CPU, size=4)
    layer.most = 0
    with pytest.raises(UserError, match="single photo") as fault:
        extract.forward(quick, some_photos(4))
    assert "smaller backbone" in fault.value.hint


def test_other_errors_are_not_mistaken_for_lack_of_memory() -> None:
    def broken(_network: nn.Module, _photos: Tensor) -> Tensor:
        raise RuntimeError("shapes do not fit")

    with pytest.raises(RuntimeError, match="shapes do not fit"):
        CudaRuntime(plain("resnet10t"), broken, CPU)


@pytest.mark.slow
@pytest.mark.parametrize("gpu", [False, True], ids=["as on a CPU", "as on a GPU"])
def test_an_extraction_halves_its_batch_with_a_warning(photos, tmp_path, monkeypatch, gpu, request) -> None:
    base, dataset = plain("resnet10t"), listing(DatasetSpec(str(photos)))
    whole_rows = finish(extract.extract(base, dataset, "features", CPU, never, tmp_path / "whole"))[1].rows
    if gpu:
        request.getfixturevalue("as_gpu")
    layer = small(base, 3)
    events, extraction = finish(extract.extract(base, dataset, "features", CPU, never, tmp_path / "cache"))
    assert max(layer.passes) <= 3
    assert only(events, FeaturesComputed)[0].computed == 24
    assert any("Memory ran out" in note.title for note in only(events, Warned))
    np.testing.assert_allclose(
        extraction.rows.take(np.arange(24)), whole_rows.take(np.arange(24)), rtol=1e-3, atol=1e-5
    )


@pytest.mark.parametrize("gpu", [False, True], ids=["as on a CPU", "as on a GPU"])
def test_an_extraction_without_memory_for_one_photo_is_a_user_error(photos, tmp_path, gpu, request) -> None:
    if gpu:
        request.getfixturevalue("as_gpu")
    base = plain("resnet10t")
    small(base, 0)
    steps = extract.extract(base, listing(DatasetSpec(str(photos))), "features", CPU, never, tmp_path / "cache")
    with pytest.raises(UserError, match="not enough memory"):
        finish(steps)


def test_a_run_with_the_gpu_runtime_trains_and_keeps_layers_frozen(photos, tmp_path, as_gpu, late) -> None:
    events = trained(photos, tmp_path / "run", LAST_BLOCK, epochs=1)
    assert only(events, Epoch)[0].val("accuracy") > 0.5
    assert record(tmp_path / "run")["frozen_unchanged"]
    assert late, "the transfer streams were used"


@pytest.mark.slow
def test_predictions_are_in_order_and_equal_those_of_the_run(photos: Path, tmp_path: Path, as_gpu: None) -> None:
    events = trained(photos, tmp_path / "run", ALL_FROZEN, LITE0)
    validation = only(events, PredictedProbabilities)[-1]
    dataset = listing(DatasetSpec(str(photos)))
    paths = [str(photos / dataset.photos[place].path) for place in validation.photos]
    (photos / "broken.jpg").write_bytes(b"no photo")
    predictions = list(predict.predict(tmp_path / "run", [*paths[:2], str(photos / "broken.jpg"), *paths[2:]], "cpu"))
    assert [event.path for event in only(predictions, ImagePrediction)] == paths
    assert len(only(predictions, ImageSkipped)) == 1
    actual = [event.probabilities for event in only(predictions, ImagePrediction)]
    np.testing.assert_allclose(actual, validation.probabilities, rtol=1e-4, atol=1e-5)


def test_a_prediction_without_memory_is_a_user_error(photos: Path, tmp_path: Path, monkeypatch) -> None:
    trained(photos, tmp_path / "run", ALL_FROZEN)
    honest = trained_model.backbone.load

    def with_little_memory(*args) -> Iterator[object]:
        base = yield from honest(*args)
        small(base, 0)
        return base

    monkeypatch.setattr(trained_model.backbone, "load", with_little_memory)
    with pytest.raises(UserError, match="not enough memory"):
        list(predict.predict(tmp_path / "run", [str(next(photos.glob("*/*.jpg")))], "cpu"))
