"""Exported programs (`.pt2`) written by hand, byte for byte as torch writes them, without the time of an export."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import torch

CONV, LINEAR = torch.arange(2 * 3 * 4 * 4).reshape(2, 3, 4, 4) / 96, torch.arange(5 * 128).reshape(5, 128) / 640


def tensor(name: str) -> dict[str, Any]:
    return {"as_tensor": {"name": name}}


def node(target: str, layer: str, out: str, *inputs: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """One operation, called in a layer `path,type` of the network."""
    stack = "L__self__,,net.Net" + (f";L__self__{layer.split(',')[0]},{layer}" if layer else "")
    arguments = [{"name": name, "arg": arg, "kind": 1} for name, arg in inputs]
    return {"target": target, "inputs": arguments, "outputs": [tensor(out)], "metadata": {"nn_module_stack": stack}}


def meta(shape: tuple[int, ...]) -> dict[str, Any]:
    strides = torch.empty(shape, device="meta").stride()
    sizes = {"sizes": [{"as_int": one} for one in shape], "strides": [{"as_int": one} for one in strides]}
    return {"dtype": 7, "layout": 7, "storage_offset": {"as_int": 0}, "requires_grad": True, **sizes}


def nodes() -> list[dict[str, Any]]:
    """A convolution, flattened, and a linear layer."""
    return [
        node(
            "torch.ops.aten.conv2d.default", "conv,torch.nn.modules.conv.Conv2d", "conv2d",
            ("input", tensor("x")), ("weight", tensor("p_conv")), ("bias", {"as_none": True}),
            ("stride", {"as_ints": [4, 4]}),
        ),
        node("torch.ops.aten.flatten.using_ints", "", "flatten", ("self", tensor("conv2d")), ("dim", {"as_int": 1})),
        node(
            "torch.ops.aten.linear.default", "fc,torch.nn.modules.linear.Linear", "linear",
            ("input", tensor("flatten")), ("weight", tensor("p_fc")),
        ),
    ]  # fmt: skip


def write(
    file: Path, steps: list[dict[str, Any]] | None = None, extra: dict[str, bytes] | None = None, **changes: Any
) -> Path:
    """Write a program; `changes` replace entries of its list of weights, `extra` are more members."""
    weights = {"conv.weight": CONV, "fc.weight": LINEAR}
    config = {
        name: {
            "path_name": f"weight_{index}", "is_param": True, "use_pickle": False,
            "tensor_meta": meta(tuple(value.shape)), **changes.get(name.split(".")[0], {}),
        }
        for index, (name, value) in enumerate(weights.items())
    }  # fmt: skip
    specs = [{"parameter": {"arg": {"name": f"p_{name.split('.')[0]}"}, "parameter_name": name}} for name in weights]
    photos = {"sizes": [{"as_expr": {"expr_str": "__import__('os').abort()"}}, *({"as_int": n} for n in (3, 32, 32))]}
    graph = {
        "nodes": nodes() if steps is None else steps,
        "outputs": [tensor("linear")],
        "tensor_values": {"x": photos},
    }
    signature = {
        "input_specs": [*specs, {"user_input": {"arg": tensor("x")}}],
        "output_specs": [{"user_output": {"arg": tensor("linear")}}],
    }
    members = {
        "archive_format": b"pt2",
        "models/model.json": json.dumps({"graph_module": {"graph": graph, "signature": signature}}).encode(),
        "data/weights/model_weights_config.json": json.dumps({"config": config}).encode(),
        "data/constants/model_constants_config.json": b'{"config": {}}',
        **{f"data/weights/weight_{i}": value.numpy().tobytes() for i, value in enumerate(weights.values())},
        **(extra or {}),
    }
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"net/{name}", content)
    return file
