"""Opens the file of a whole model with its runtime, so that nothing in the file is run but its graph.

torch's own loader of programs unpickles and evaluates parts of a file, so `backbones.own` reads them. An ONNX file that
stores its tensors in other files is refused.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from studio.data.images.preprocess import normalize
from studio.runs.model_card import ModelCard
from studio.spec import UserError
from studio.system.failures import first_line, is_out_of_memory

if TYPE_CHECKING:
    import onnx

Outputs = Mapping[str, NDArray[Any]]

Model = Callable[[NDArray[np.uint8]], Outputs]
"""Maps one photo (H, W, 3) to the outputs by name, each for one photo. A state dict takes it as `frame` leaves it."""

EXTRA = "Install it: pip install “thaw-studio[onnx]” (or uv sync --extra onnx)."

LIBRARIES = {".safetensors": "torch", ".pt2": "torch", ".onnx": "onnxruntime", ".xml": "openvino"}
"""Library that runs a file, by its suffix."""


def opened(file: Path, card: ModelCard) -> Model:
    """The model in a file.

    Raises:
        UserError: A library is missing, or the file is damaged, refers to other files, or is no such model.
    """
    try:
        return _OPENERS[file.suffix.lower()](file, card)
    except UserError:
        raise
    except ImportError as error:
        raise UserError(f"{file.name} needs {error.name}, which is not installed here.", EXTRA, file) from error
    except Exception as error:  # each runtime has its own types of errors
        if is_out_of_memory(error):
            raise
        raise UserError(
            f"{file} cannot be loaded: it is damaged, or not a model of this program ({first_line(error)[:300]}).",
            "Export the model again.",
            file,
        ) from error


def _onnx(file: Path, card: ModelCard) -> Model:
    import onnx
    import onnxruntime

    content = file.read_bytes()
    graph = onnx.load_model_from_string(content)
    for tensor in _tensors(graph):
        if tensor.data_location == onnx.TensorProto.EXTERNAL or tensor.external_data:
            raise UserError(
                f"{file} has tensors in another file, which “thaw export” never writes; it was not opened.",
                "Export the model again.",
                file,
            )
    del graph
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # its messages are in the error
    options.intra_op_num_threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
    # From the bytes that were checked: the file may have been replaced.
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    inputs = [(one.name, one.type) for one in session.get_inputs()]
    names = tuple(one.name for one in session.get_outputs())
    _require_interface(file, card, inputs == [("image", "tensor(uint8)")], names)

    def run(photo: NDArray[np.uint8]) -> Outputs:
        found = session.run(list(names), {"image": photo[None]})
        return {name: rows[0] for name, rows in zip(names, found, strict=True)}

    return run


def _tensors(message: Any) -> Iterator[onnx.TensorProto]:
    """All tensors in a message of ONNX, at any depth."""
    import onnx

    waiting = [message]
    while waiting:
        one = waiting.pop()
        if isinstance(one, onnx.TensorProto):
            yield one
            continue
        for field, value in one.ListFields():
            if field.message_type is not None:
                waiting.extend([value] if hasattr(value, "ListFields") else value)


def _openvino(file: Path, card: ModelCard) -> Model:
    import openvino

    weights = file.with_suffix(".bin")
    if not weights.is_file():
        raise UserError(f"{weights.name} with the weights is not beside {file}.", "Put the two files together.", file)
    core = openvino.Core()
    try:
        model = core.read_model(file, weights)
    except RuntimeError as error:  # its first lines name only places in OpenVINO's source
        raise ValueError((str(error).strip().splitlines() or [""])[-1]) from error
    inputs = [(one.get_any_name(), one.get_element_type().get_type_name()) for one in model.inputs]
    names = tuple(one.get_any_name() for one in model.outputs)
    _require_interface(file, card, inputs == [("image", "u8")], names)
    network = core.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})

    def run(photo: NDArray[np.uint8]) -> Outputs:
        found = network([photo[None]])
        return {name: found[name][0] for name in names}

    return run


def _program(file: Path, card: ModelCard) -> Model:
    import torch

    from studio.engine.backbones.own import program

    network = program.make(file).eval()

    def run(photo: NDArray[np.uint8]) -> Outputs:
        with torch.inference_mode():
            found = network(torch.from_numpy(np.array(photo))[None])
        results = found if isinstance(found, tuple) else (found,)
        return {name: rows[0].numpy() for name, rows in zip(card.outputs, results, strict=True)}

    return run


def _state_dict(file: Path, card: ModelCard) -> Model:
    import torch

    from studio.engine.predict.whole_models import plain_network

    network = plain_network.read(file, card)

    def run(photo: NDArray[np.uint8]) -> Outputs:
        with torch.inference_mode():
            scores = network(torch.from_numpy(normalize(photo[None], card.preprocess)))[0]
        answer = scores[0] if card.target else scores.softmax(0)
        return {card.outputs[0]: answer.numpy()}

    return run


def _require_interface(file: Path, card: ModelCard, has_input: bool, outputs: tuple[str, ...]) -> None:
    if not has_input or outputs != card.outputs:
        raise UserError(
            f"{file} is not a model of this program: it does not take photos of any size, or its outputs are not "
            f"{', '.join(card.outputs)}.",
            "Export the model again.",
            file,
        )


_OPENERS = {".onnx": _onnx, ".xml": _openvino, ".pt2": _program, ".safetensors": _state_dict}
