"""Smaller number types for the weights of an ONNX file: float16, or int8 calibrated on training photos."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from studio.data.images import decode
from studio.engine.export.model.model_format import Precision
from studio.spec import UserError

SMALL = 256
"""Tensors with fewer elements stay float32: statistics and constants, whose rounding costs more than it saves."""

CALIBRATION_SIDE = 512
"""Longer side in pixels to which photos are reduced before the ranges of activations are measured."""


def convert(file: Path, precision: Precision, photos: Sequence[str], last_layers: int) -> None:
    """Convert the weights in an ONNX file to a smaller number type.

    Args:
        file: The file; replaced.
        precision: “float16” stores the weights in 16 bits and computes in 32; “int8” also computes in 8.
        photos: Training photos on which the ranges of int8 are measured.
        last_layers: Number of matrix products at the end that int8 leaves in float32: head, and distance of photos.

    Raises:
        UserError: None of the photos can be read.
    """
    if precision == "float16":
        _half(file)
    else:
        _eight_bits(file, photos, last_layers)


def _half(file: Path) -> None:
    """Store large weights in 16 bits, each with a cast to 32 bits, which runtimes fold when they load the file."""
    import onnx
    from onnx import helper, numpy_helper

    model = onnx.load(file)
    casts: list[Any] = []
    for tensor in list(model.graph.initializer):
        if tensor.data_type != onnx.TensorProto.FLOAT:
            continue
        values = numpy_helper.to_array(tensor)
        if values.size < SMALL or float(np.abs(values).max()) > float(np.finfo(np.float16).max):
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}.half"))
        casts.append(helper.make_node("Cast", [f"{name}.half"], [name], f"{name}.cast", to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.save(model, file)


def _eight_bits(file: Path, photos: Sequence[str], last_layers: int) -> None:
    import onnx
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    logging.getLogger().setLevel(logging.ERROR)  # onnxruntime recommends the preprocessing that follows
    prepared = file.with_name("prepared.onnx")
    try:
        try:
            quant_pre_process(file, prepared, skip_symbolic_shape=True)
        except Exception:  # it fails for some networks, and is not required
            onnx.save(onnx.load(file), prepared)
        model = onnx.load(prepared)
        about = {entry.key: entry.value for entry in onnx.load(file).metadata_props}
        weights = {tensor.name for tensor in model.graph.initializer}
        products = [node for node in model.graph.node if node.op_type in ("MatMul", "Gemm")]
        # Products of two computed matrices, neither of them weights: the resize, and attention.
        left_out = [node.name for node in products if not weights & set(node.input)]
        left_out += [node.name for node in products[-last_layers:]]
        quantize_static(
            prepared,
            file,
            _Photos(photos),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv", "Gemm", "MatMul"],
            per_channel=True,
            reduce_range=True,  # 7 bits: processors without VNNI add two products in 16 bits, which overflow with 8
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=left_out,
            calibrate_method=CalibrationMethod.MinMax,
            extra_options={"WeightSymmetric": True},
        )
        result = onnx.load(file)
        onnx.helper.set_model_props(result, about)
        onnx.save(result, file)
    finally:
        prepared.unlink(missing_ok=True)


class _Photos:
    """Training photos one at a time, as onnxruntime's `CalibrationDataReader`."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._rows = self._read(paths)
        first = next(self._rows, None)
        if first is None:
            raise UserError(
                "None of the run's training photos can be read: int8 could not be calibrated.",
                "If they were moved, give their current folder with --data, or choose float32 or float16.",
            )
        self._first: dict[str, Any] | None = first

    def get_next(self) -> dict[str, Any] | None:
        """The next photo; None after the last."""
        first, self._first = self._first, None
        return first if first is not None else next(self._rows, None)

    def __len__(self) -> int:
        return 0  # unknown; onnxruntime needs it only to calibrate in parts

    @staticmethod
    def _read(paths: Sequence[str]) -> Iterator[dict[str, Any]]:
        for path in paths:
            with contextlib.suppress(decode.Unreadable):
                photo = decode.read(path)
                photo.thumbnail((CALIBRATION_SIDE, CALIBRATION_SIDE), Image.Resampling.BICUBIC)
                yield {"image": np.asarray(photo)[None]}
