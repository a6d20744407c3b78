"""Findings of the data check in the terminal: as text, and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from studio.events import Finding
from studio.spec.structs import asdict
from studio.system.output import say, say_table

MOST_PHOTOS = 5
"""Number of photos or pairs printed for each finding at most."""

_SIGNS = {"error": "!!", "warning": "! ", "info": "  "}


def document(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Findings for `--json`; pairs of photos are lists of two paths."""
    return [
        {
            **asdict(finding),
            "photos": [photo if isinstance(photo, str) else list(photo) for photo in finding.photos],
        }
        for finding in findings
    ]


def say_findings(findings: Sequence[Finding]) -> None:
    """Print findings, the most harmful first: how many of what, why it matters, what to do, and the first few."""
    if not findings:
        return
    say(f"Data check ({len(findings):,} {'finding' if len(findings) == 1 else 'findings'}):")
    for finding in findings:
        say(f"{_SIGNS[finding.severity]} {finding.title}")
        say(f"     {finding.why}")
        say(f"     → {finding.advice}")
        # A class stands for its photos.
        names = list(finding.classes) or [
            photo if isinstance(photo, str) else " = ".join(photo) for photo in finding.photos
        ]
        details = finding.details
        say_table([[f"     {name}", detail] for name, detail in list(zip(names, details, strict=True))[:MOST_PHOTOS]])
        if len(names) > MOST_PHOTOS:
            say(f"     and {len(names) - MOST_PHOTOS:,} more; --json lists all")
