"""Check of OpenVINO by a convolution and a matrix product, compared with torch."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from studio.engine.device.device_check import SEED, DeviceCheck
from studio.engine.extraction import compiled, openvino
from studio.system.failures import first_line

Rows = NDArray[np.float32]


def check() -> DeviceCheck | None:
    """Run the check; None if this machine does not compute features with OpenVINO."""
    if not openvino.is_eligible(0, torch.device("cpu")):
        return None
    generator = np.random.default_rng(SEED)
    shapes = (1, 3, 16, 16), (8, 3, 3, 3), (8 * 49, 16)
    photo, kernels, matrix = (generator.standard_normal(shape).astype(np.float32) for shape in shapes)
    try:
        actual = _rows(photo, kernels, matrix)
    except Exception as error:  # OpenVINO may raise anything
        return DeviceCheck("openvino", error=first_line(error))
    rows = functional.conv2d(torch.from_numpy(photo).double(), torch.from_numpy(kernels).double(), stride=2)
    expected = (torch.relu(rows).flatten(1) @ torch.from_numpy(matrix).double()).numpy()
    difference = float(np.abs(actual - expected).max() / np.abs(expected).max())
    return DeviceCheck("openvino", difference=difference if difference == difference else float("inf"))


def _rows(photo: Rows, kernels: Rows, matrix: Rows) -> Rows:
    library = compiled.library()  # before any other import of OpenVINO, which would report itself over the network
    from openvino import opset13 as operations

    pixels = operations.parameter(list(photo.shape), np.float32)
    filters = operations.constant(kernels)
    rows = operations.convolution(pixels, filters, [2, 2], [0, 0], [0, 0], [1, 1])
    flat = operations.reshape(operations.relu(rows), operations.constant(np.array([1, -1])), special_zero=False)
    model = library.Model([operations.matmul(flat, operations.constant(matrix), False, False)], [pixels])
    result: Rows = library.Core().compile_model(model, "CPU", compiled.SETTINGS)(photo)[0]
    return result
