"""Export of a whole model as ONNX, with the preprocessing in the graph."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.engine.export.model.model_format import Precision

if TYPE_CHECKING:
    from studio.engine.export.model.whole_model import WholeModel

LEGACY_OPSET = 17
"""Version of the operators of torch's older exporter; it has all that the graph needs."""


class OnnxFile:
    """ONNX, as a `model_format.ModelFormat`."""

    name = "onnx"
    suffix = ".onnx"
    title = "ONNX"
    companion = ""
    precisions: tuple[Precision, ...] = ("float32", "float16", "int8")
    writers: tuple[str, ...] = ("torch.export", "TorchScript")
    libraries: dict[str, str] = {  # noqa: RUF012  # never changed
        "onnx": "onnx",
        "onnxscript": "onnxscript",
        "onnxruntime": "onnxruntime",
    }
    used: tuple[str, ...] = ("onnxruntime",)
    runtime = "onnxruntime"
    known_difference = ""
    script = """
import onnxruntime

session = onnxruntime.InferenceSession(FILE, providers=["CPUExecutionProvider"])
ABOUT = {name: json.loads(text) for name, text in session.get_modelmeta().custom_metadata_map.items()}
NAMES = [output.name for output in session.get_outputs()]


def outputs(image):
    return {name: rows[0] for name, rows in zip(NAMES, session.run(NAMES, {"image": image[None]}), strict=True)}
"""

    def write(
        self,
        model: WholeModel,
        about: dict[str, Any],
        file: Path,
        precision: Precision,
        writer: str,
        photos: list[str],
    ) -> None:
        """See `model_format.ModelFormat`."""
        import onnx

        export(model, file, writer)
        graph = onnx.load(file)
        del graph.metadata_props[:]
        onnx.helper.set_model_props(graph, {key: json.dumps(value, ensure_ascii=False) for key, value in about.items()})
        graph.producer_name, graph.producer_version = about["made_by"], about["studio"]
        onnx.save(graph, file)
        if precision != "float32":
            from studio.engine.export.model import onnx_precision

            last = sum(name.endswith("weight") for name, _ in model.network.head.named_parameters())
            last += model.network.distance is not None
            onnx_precision.convert(file, precision, photos, last)


def export(model: WholeModel, file: Path, writer: str) -> None:
    """Write the network with torch's newer exporter (“torch.export”) or its older one (“TorchScript”)."""
    import torch

    from studio.engine.export.model import examples

    image = examples.image(model)
    names = {"image": ("photos", "height", "width")} | dict.fromkeys(model.outputs, ("photos",))
    options: dict[str, Any] = {"input_names": ["image"], "output_names": list(model.outputs)}
    if writer == "torch.export":
        program = examples.program(model)
        torch.onnx.export(program, (), file, dynamo=True, external_data=False, **options)
        return
    axes = {name: dict(enumerate(dims)) for name, dims in names.items()}
    with torch.no_grad():
        torch.onnx.export(
            model.photo_network,
            (image,),
            file,
            dynamo=False,
            opset_version=LEGACY_OPSET,
            dynamic_axes=axes,
            **options,
        )
