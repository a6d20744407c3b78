"""Reads the description of a whole model from its file or a card beside it, and runs or unpickles nothing in it."""

from __future__ import annotations

import contextlib
import zipfile
from pathlib import Path
from typing import Annotated, Any
from xml.etree import ElementTree

import msgspec

from studio.runs import head_card, onnx_metadata
from studio.runs.certificates import UNPROVED
from studio.runs.head_card import WHOLE, WHOLE_KIND
from studio.spec import PreprocessSpec, UserError
from studio.spec.decision import ClassThreshold, DecisionRule, Share
from studio.system.files import json_text

ABOUT = "extra/about.json"
"""Member of the archive of a PyTorch program that holds the description."""

RT_INFO = "thaw_studio"
"""Entry of OpenVINO's `rt_info` that holds the description."""

MAX_BYTES = 1 << 24
"""Most bytes of a description that is read."""

MAX_SIDE = 8192
"""Largest side of a network's input in pixels that is accepted."""


class Origin(msgspec.Struct, frozen=True):
    """The backbone of a whole model: its name in the catalog, its library, and its name there."""

    name: str
    source: str = ""
    arch: str = ""
    readout: str = ""


class ModelCard(msgspec.Struct, frozen=True, kw_only=True):
    """A whole model, as its file describes it.

    Attributes:
        kind: “whole model”.
        classes: Names of the classes, in the order of the probabilities; () for a number.
        target: Name of the predicted number; "" for classes.
        outputs: Names of its outputs.
        thresholds: Thresholds of classes by name.
        least_confidence: A photo whose highest probability is lower is not answered.
        epoch: Epoch of the weights.
        backbone: The backbone.
        preprocess: Preprocessing of photos.
        load: Lines of Python that make the network, for readers of files that hold only its tensors; never run here.
    """

    kind: str
    classes: tuple[str, ...]
    target: str = ""
    outputs: tuple[str, ...]
    thresholds: dict[str, Share] = {}
    least_confidence: Share = 0.0
    epoch: Annotated[int, msgspec.Meta(ge=0)] = 0
    backbone: Origin
    preprocess: PreprocessSpec
    load: tuple[str, ...] = ()

    @property
    def rule(self) -> DecisionRule:
        """How its probabilities, which have the temperature, become answers."""
        limits = tuple(ClassThreshold(name, value) for name, value in self.thresholds.items())
        return DecisionRule(limits, least_confidence=self.least_confidence)


def is_whole(source: Path) -> bool:
    """True for a file that holds a whole model, or is named like one."""
    if source.is_dir():
        return False
    if source.suffix.lower() in (*WHOLE, UNPROVED):
        return True
    if source.suffix.lower() != ".safetensors":
        return False
    with contextlib.suppress(OSError, ValueError):
        card = json_text.loads(head_card.path_of(source).read_text(encoding="utf-8"))
        return isinstance(card, dict) and card.get("kind") == WHOLE_KIND
    return False


def read(file: Path) -> ModelCard:
    """The description of a whole model.

    Raises:
        UserError: The file is missing, damaged, from another program, or did not pass its check.
    """
    suffix = file.suffix.lower()
    if suffix == UNPROVED:
        raise UserError(
            f"{file} did not pass its check: its predictions differ from those of its run.",
            "Predict with the run, or export it in another format or precision.",
            file,
        )
    place = head_card.path_of(file) if suffix == ".safetensors" else file
    try:
        about = _READERS[suffix](file)
        if about.get("kind") != WHOLE_KIND:
            raise _foreign(file)
        card = msgspec.convert(about, ModelCard)
        _check(card)
    except UserError:
        raise
    except FileNotFoundError as error:
        raise UserError(f"There is no file {error.filename or file}.", "Check the path.", file) from error
    except OSError as error:
        raise UserError(f"{file} cannot be read ({error.strerror or error}).", "Check the file.", file) from error
    except zipfile.BadZipFile as error:
        raise UserError(
            f"{file} is damaged, or is not a PyTorch program ({error}).", "Export it again.", file
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, ElementTree.ParseError) as error:
        raise UserError(
            f"The description of a model in {place} cannot be read ({error}).", "Export the model again.", place
        ) from error
    return card


def _foreign(file: Path) -> UserError:
    return UserError(
        f"{file} has no description by Thaw Studio: neither its classes nor its preprocessing are known.",
        "Choose a run, or a file that “thaw export” wrote.",
        file,
    )


def _check(card: ModelCard) -> None:
    """Raise a `ValueError` where a description contradicts itself."""
    if bool(card.target) == bool(card.classes):
        raise ValueError("it names neither classes nor a number" if not card.classes else "it names both")
    if len(set(card.classes)) != len(card.classes):
        raise ValueError("a class occurs twice")
    first = "value" if card.target else "probabilities"
    if card.outputs not in ((first,), (first, "unlike", "distance")):
        raise ValueError(f"its outputs are {', '.join(card.outputs)}")
    if unknown := sorted(set(card.thresholds) - set(card.classes)):
        raise ValueError(f"it has a threshold for “{unknown[0]}”, which is not one of its classes")
    steps = card.preprocess
    if not all(0 < side <= MAX_SIDE for side in (*steps.size, *steps.resize)):
        raise ValueError(f"the size of its input is not within 1 to {MAX_SIDE} pixels")
    if not all(steps.std):
        raise ValueError("it divides by a standard deviation of 0")


def _beside(file: Path) -> dict[str, Any]:
    card = head_card.path_of(file)
    if card.stat().st_size > MAX_BYTES:
        raise ValueError("it is too large")
    return _mapping(json_text.loads(card.read_text(encoding="utf-8")))


def _in_onnx(file: Path) -> dict[str, Any]:
    found = onnx_metadata.read(file)
    if "classes" not in found:
        raise _foreign(file)
    return {name: json_text.loads(text) for name, text in found.items()}


def _in_program(file: Path) -> dict[str, Any]:
    with zipfile.ZipFile(file) as archive:
        names = [info for info in archive.infolist() if f"/{info.filename}".endswith(f"/{ABOUT}")]
        if len(names) != 1:
            raise _foreign(file)
        if names[0].file_size > MAX_BYTES:
            raise ValueError("it is too large")
        return _mapping(json_text.loads(archive.read(names[0])))


def _in_openvino(file: Path) -> dict[str, Any]:
    with file.open("rb") as opened:
        for _, element in ElementTree.iterparse(opened):
            if element.tag == RT_INFO:
                return _mapping(json_text.loads(element.get("value", "")))
            if element.tag == "layer":
                element.clear()
    raise _foreign(file)


def _mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("it is not a JSON object")
    return value


_READERS = {".safetensors": _beside, ".onnx": _in_onnx, ".pt2": _in_program, ".xml": _in_openvino}
