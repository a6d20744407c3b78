"""Export of a whole model as OpenVINO IR, made from the same graph as the ONNX file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.engine.export.model.model_format import Precision
from studio.engine.export.model.onnx_file import OnnxFile

if TYPE_CHECKING:
    from studio.engine.export.model.whole_model import WholeModel


class OpenVinoFile:
    """OpenVINO IR, two files of one name, as a `model_format.ModelFormat`."""

    name = "openvino"
    suffix = ".xml"
    title = "OpenVINO IR"
    companion = ".bin"
    precisions: tuple[Precision, ...] = ("float32", "float16", "int8")
    writers: tuple[str, ...] = OnnxFile.writers
    libraries: dict[str, str] = {"openvino": "openvino", **OnnxFile.libraries}  # noqa: RUF012  # never changed
    used: tuple[str, ...] = ("openvino",)
    runtime = "openvino"
    known_difference = (
        "OpenVINO computes the weights of the resize in 32 bits, so up to 0.12 % of the pixels that the network sees "
        "differ by one of 255 from those of the run; the largest difference includes what this changes."
    )
    script = """
import openvino

core = openvino.Core()
model = core.read_model(FILE)
ABOUT = json.loads(model.get_rt_info(["thaw_studio"]).astype(str))
# On some processors the default computes in 16 bits.
network = core.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})


def outputs(image):
    found = network([image[None]])
    return {name: found[name][0] for name in ABOUT["outputs"]}
"""

    def write(
        self, model: WholeModel, about: dict[str, Any], file: Path, precision: Precision, writer: str, photos: list[str]
    ) -> None:
        """See `model_format.ModelFormat`."""
        import openvino

        graph = file.with_name("graph.onnx")
        try:
            OnnxFile().write(model, about, graph, "int8" if precision == "int8" else "float32", writer, photos)
            converted = openvino.convert_model(graph)
            converted.set_rt_info(json.dumps(about, ensure_ascii=False), ["thaw_studio"])
            openvino.save_model(converted, file, compress_to_fp16=precision == "float16")
        finally:
            graph.unlink(missing_ok=True)
