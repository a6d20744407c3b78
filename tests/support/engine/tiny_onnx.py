"""A small ONNX file in the form that `thaw export` writes: the class is that of the brightest channel."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

ABOUT = {
    "kind": "whole model",
    "classes": ["red", "green"],
    "target": "",
    "outputs": ["probabilities"],
    "thresholds": {},
    "least_confidence": 0.0,
    "epoch": 3,
    "backbone": {"name": "tiny", "source": "own"},
    "preprocess": {"size": [32, 32], "resize": [32, 32]},
}


def model(about: dict[str, Any] | None = None, output: str = "probabilities", softmax: bool = True) -> onnx.ModelProto:
    """Mean of each channel → two scores → probabilities.

    Args:
        about: Changes of the description.
        output: Name of the output.
        softmax: False for scores in place of probabilities.
    """
    weight = numpy_helper.from_array(np.array([[0.05, 0], [0, 0.05], [0, 0]], np.float32), "weight")
    nodes = [
        helper.make_node("Cast", ["image"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["float"], ["mean"], axes=[1, 2], keepdims=0),
        helper.make_node("MatMul", ["mean", "weight"], ["scores"]),
        helper.make_node("Softmax" if softmax else "Identity", ["scores"], [output]),
    ]
    image = helper.make_tensor_value_info("image", TensorProto.UINT8, ["n", "h", "w", 3])
    found = helper.make_tensor_value_info(output, TensorProto.FLOAT, ["n", 2])
    graph = helper.make_graph(nodes, "tiny", [image], [found], [weight])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(made, {name: json.dumps(value) for name, value in {**ABOUT, **(about or {})}.items()})
    return made


def write(file: Path, about: dict[str, Any] | None = None, **options: Any) -> Path:
    """Write the file; see `model`."""
    onnx.save(model(about, **options), file)
    return file
