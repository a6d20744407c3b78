"""The row of a photo is bit for bit the same alone, in another order, in a full pass, after a stop, in a prediction."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from tiny import ALL_FROZEN, finish, load, only, plain, trained
from trimming import few

from studio.data.scan import listing
from studio.engine.extraction import extract, openvino, runtime
from studio.engine.predict import predict
from studio.events import FeaturesComputed, ImagePrediction, PredictedProbabilities
from studio.jobs.protocol import Interrupted, never
from studio.planning.freezing import frozen_leaves
from studio.spec import DatasetSpec, FreezePlan

CPU = torch.device("cpu")
RUNTIMES = ["", "eager"]


@pytest.fixture(params=few([1, 2], [2]))
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


@pytest.fixture(params=RUNTIMES, ids=["compiled", "eager"])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if not request.param:
        pytest.importorskip("openvino")
    monkeypatch.setenv("THAW_RUNTIME", request.param)
    return "torch" if request.param else "openvino"


def some_photos(count: int, size: tuple[int, int]) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, *size, 3), dtype=np.uint8)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", few(["tf_efficientnet_lite0", "resnet18", "vit_tiny_patch16_224", "convnext_atto"], ["resnet18"])
)
def test_a_row_depends_on_nothing_but_its_photo(name: str, kind: str, threads: int) -> None:
    base = plain(name, 64)
    quick = extract.make_runtime(base, "features", CPU)
    assert quick.name == kind
    photos = some_photos(11, base.preprocess.size)  # more than one pass, the last one not full
    together = extract.forward(quick, photos)
    alone = np.concatenate([extract.forward(quick, photo[None]) for photo in photos])
    order = np.random.default_rng(1).permutation(len(photos))
    shuffled = extract.forward(quick, photos[order])
    again = extract.forward(extract.make_runtime(base, "features", CPU), photos[:1])
    quick.close()
    assert np.array_equal(together, alone)
    assert np.array_equal(together[order], shuffled)
    assert np.array_equal(together[:1], again), "another runtime gives the same row"


@pytest.mark.slow
def test_rows_of_a_compiled_network_do_not_depend_on_the_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("openvino")
    monkeypatch.setenv("THAW_RUNTIME", "")
    base, rows = plain("resnet18", 64), []
    photos = some_photos(3, base.preprocess.size)
    for count in (1, 2):
        monkeypatch.setattr(openvino, "cores", lambda count=count: count)
        rows.append(extract.forward(extract.make_runtime(base, "features", CPU), photos))
    assert np.array_equal(rows[0], rows[1])


def test_photos_are_computed_alone_where_a_row_would_depend_on_its_position(monkeypatch: pytest.MonkeyPatch) -> None:
    base = plain("resnet10t")

    def by_place(network: torch.nn.Module, photos: torch.Tensor) -> torch.Tensor:
        rows = extract.output_at("features", network, photos)
        return rows * (1 + 1e-6 * torch.arange(len(rows))[:, None])

    quick = runtime.TorchRuntime(base, by_place, CPU, never)
    photos = some_photos(3, base.preprocess.size)
    assert np.array_equal(extract.forward(quick, photos)[2:], extract.forward(quick, photos[2:]))


@pytest.mark.slow
def test_the_row_at_the_cut_of_a_split_network_does_not_depend_on_its_batch(kind: str) -> None:
    from studio.engine.network import splitting

    base = load()
    frozen = frozen_leaves(FreezePlan(thaw=("blocks.6",)), base.table.layers)
    split = splitting.find(base.network, base.table, frozen)
    assert split is not None
    quick = extract.make_runtime(base, split, CPU)
    assert quick.name == kind
    photos = some_photos(9, base.preprocess.size)
    rows = extract.forward(quick, photos)
    assert rows.shape == (9, *split.shape)
    assert np.array_equal(rows[8:], extract.forward(quick, photos[8:]))
    with torch.no_grad():
        expected = extract.output_at(split, base.network, runtime.normalize(photos, base.preprocess, CPU)).numpy()
    np.testing.assert_allclose(rows, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())


def rows_of(photos: Path, cache: Path) -> tuple[np.ndarray, int]:
    dataset = listing(DatasetSpec(str(photos)))
    events, extraction = finish(extract.extract(load(), dataset, "features", CPU, never, cache))
    return extraction.rows.take(np.arange(len(dataset.photos))), only(events, FeaturesComputed)[0].computed


@pytest.mark.slow
def test_an_extraction_resumed_or_after_an_edit_gives_the_same_bits(photos: Path, tmp_path: Path, kind: str) -> None:
    whole, _ = rows_of(photos, tmp_path / "whole")

    def stop() -> bool:
        return any(keys.stat().st_size for keys in (tmp_path / "parts").glob("*/*.keys"))

    with pytest.raises(Interrupted):
        finish(extract.extract(load(), listing(DatasetSpec(str(photos))), "features", CPU, stop, tmp_path / "parts"))
    went_on, computed = rows_of(photos, tmp_path / "parts")
    assert 0 < computed < 24
    assert np.array_equal(whole, went_on)
    original = (photos / "cold" / "03.jpg").read_bytes()
    Image.new("RGB", (40, 40), "navy").save(photos / "cold" / "03.jpg")
    edited, computed = rows_of(photos, tmp_path / "parts")
    assert computed == 1
    assert np.array_equal(edited, rows_of(photos, tmp_path / "fresh cache")[0])
    (photos / "cold" / "03.jpg").write_bytes(original)
    assert np.array_equal(whole, rows_of(photos, tmp_path / "parts")[0])


@pytest.mark.slow
def test_a_prediction_has_the_probabilities_of_the_run(photos: Path, tmp_path: Path, kind: str) -> None:
    events = trained(photos, tmp_path / "run", ALL_FROZEN)
    validation = only(events, PredictedProbabilities)[-1]
    dataset = listing(DatasetSpec(str(photos)))
    paths = [str(photos / dataset.photos[place].path) for place in validation.photos]
    predictions = only(list(predict.predict(tmp_path / "run", paths, "cpu")), ImagePrediction)
    # features are equal bit for bit; the head sums in another order for one photo than for many
    np.testing.assert_allclose(
        [event.probabilities for event in predictions], validation.probabilities, rtol=2e-6, atol=1e-7
    )
