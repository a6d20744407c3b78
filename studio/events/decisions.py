"""Events about the decision rule of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from studio.spec.decision import DecisionRule


@dataclass(frozen=True)
class DecisionStored:
    """The decision rule of a run, as it is stored.

    Attributes:
        run: Absolute path of the run's folder.
        rule: The rule; None where the most probable class is always the answer.
        document: That of `thaw threshold --json`; empty where it was not asked for.
    """

    run: str
    rule: DecisionRule | None
    document: Mapping[str, Any] = field(default_factory=dict)
