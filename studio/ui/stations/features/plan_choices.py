"""Ready-made freeze plans and policies for BatchNorm, as the user reads them."""

from __future__ import annotations

from studio.formatting.language import tr
from studio.spec import BatchNorm

PRESETS = (
    (
        "all",
        tr("All frozen"),
        tr("No layer of the backbone trains; without adapters (LoRA), features are computed once"),
    ),
    ("last", tr("Last block"), tr("Train the last block and what follows it")),
    ("none", tr("None frozen"), tr("Train every layer")),
)

POLICIES: tuple[tuple[BatchNorm, str], ...] = (
    ("keep", tr("Keep (default)")),
    ("thawed", tr("Update thawed")),
    ("update", tr("Update all")),
)
STATISTICS = tr(
    "Running mean and variance of BatchNorm layers. Keep: not updated, safe with small batches. Update: they follow "
    "your photos, for photos very unlike those the weights were trained on"
)
