"""Ready-made freeze plans and policies for BatchNorm, as the user reads them."""

from __future__ import annotations

from studio.spec import BatchNorm

PRESETS = (
    ("all", "All frozen", "No layer of the backbone trains; without adapters (LoRA), features are computed once"),
    ("last", "Last block", "Train the last block and what follows it"),
    ("none", "None frozen", "Train every layer"),
)

POLICIES: tuple[tuple[BatchNorm, str], ...] = (
    ("keep", "Keep (default)"),
    ("thawed", "Update thawed"),
    ("update", "Update all"),
)
STATISTICS = (
    "Running mean and variance of BatchNorm layers. Keep: not updated, safe with small batches. Update: they follow "
    "your photos, for photos very unlike those the weights were trained on"
)
