"""Exports of the window: names of the files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from studio.commands import exports_of_window
from studio.engine.export import feature_vectors
from studio.jobs.protocol import never


def test_files_of_an_earlier_export_are_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []

    def export(run: Path, out: Path, *_: Any) -> Any:
        def work(stop: Any) -> Iterator[Any]:
            out.write_bytes(b"a model")
            written.append(out.name)
            yield from ()

        return work

    monkeypatch.setattr(exports_of_window, "export_model", export)
    both = [("onnx", "float16"), ("pt2", "float32")]
    for wanted in (both, both, both[:1], [("model", "float32")]):
        list(exports_of_window.export_models("a run", str(tmp_path), wanted, "best")(never))
    (tmp_path / "model-2.pt2").rename(tmp_path / "model-2.pt2.unproved")
    list(exports_of_window.export_models("a run", str(tmp_path), both[1:], "best")(never))
    assert written == [
        *("model-float16.onnx", "model.pt2"),
        *("model-2-float16.onnx", "model-2.pt2"),
        *("model-3-float16.onnx", "model.safetensors", "model-3.pt2"),
    ]


def test_features_are_offered_as_each_type_of_file_and_not_chosen_at_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[tuple[str, object]] = []

    def export(run: Path, out: Path, form: str, precision: object, which: str) -> Any:
        written.append((out.name, precision))
        out.touch()
        return lambda _stop: iter(())

    monkeypatch.setattr(exports_of_window, "export_model", export)
    (offer,) = (one for one in exports_of_window.offers() if not one.is_model)
    assert {f".{one}" for one in offer.precisions} == set(feature_vectors.WRITERS)
    for wanted in ([("features", "npz"), ("onnx", "float32")], [("features", "npz")], [("features", "csv")]):
        list(exports_of_window.export_models("a run", str(tmp_path), wanted, "best")(never))
    assert written == [
        ("features.npz", None),
        ("model.onnx", "float32"),
        ("features-2.npz", None),
        ("features.csv", None),
    ]
