"""Names of metrics in the language of the window."""

from __future__ import annotations

from studio.evaluate.metrics import Metric
from studio.formatting.language import tr, translated


def validation_name(metric: Metric) -> str:
    """The name of a metric for the validation photos: “validation accuracy”."""
    own = translated(metric.of_validation)
    return own or tr("validation {metric}").format(metric=translated(metric.name))
