"""Description of a whole model that its file carries: classes, decision rule, preprocessing, origin."""

from __future__ import annotations

import importlib.metadata
from typing import TYPE_CHECKING, Any

from studio.runs.files.record import json_value
from studio.runs.head_card import MADE_BY, WHOLE_KIND

if TYPE_CHECKING:
    from studio.engine.export.model.whole_model import WholeModel


def version() -> str:
    """Version of the program."""
    return importlib.metadata.version("thaw-studio")


def describe(model: WholeModel) -> dict[str, Any]:
    """The description as a JSON document."""
    record, rule = model.record, model.rule
    info = model.base.info
    return {
        "made_by": MADE_BY,
        "studio": version(),
        "kind": WHOLE_KIND,
        "classes": list(record.classes) if not record.target else [],
        "target": record.target,
        "outputs": list(model.outputs),
        "thresholds": {one.name: one.value for one in rule.thresholds},
        "least_confidence": rule.least_confidence,
        "temperature": rule.temperature,
        "epoch": model.model.epoch,
        "backbone": {"name": info.name, "source": info.source, "arch": info.arch, "readout": model.readout},
        "weights": {"name": info.weights, "licence": info.license, "from": record.spec.backbone.weights},
        "preprocess": json_value(model.base.preprocess),
    }
