"""Findings of the data check in the terminal: as text, and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from studio.data.journal.accepted import is_accepted
from studio.events import AcceptedFinding, Finding
from studio.spec.structs import asdict
from studio.system.output import say, say_table

MOST_PHOTOS = 5
"""Largest number of photos or pairs that are printed for a finding."""

_SIGNS = {"error": "!!", "warning": "! ", "info": "  "}


def document(findings: Sequence[Finding], accepted: Sequence[AcceptedFinding]) -> list[dict[str, Any]]:
    """Findings for `--json`; pairs of photos are lists of two paths; `accepted` are findings that the user accepted."""
    return [
        {
            **asdict(finding),
            "photos": [photo if isinstance(photo, str) else list(photo) for photo in finding.photos],
            "accepted": is_accepted(finding, accepted),
        }
        for finding in findings
    ]


def say_findings(findings: Sequence[Finding], accepted: Sequence[AcceptedFinding]) -> None:
    """Print findings, the most severe first: what and how many, why it matters, what to do, and the first photos."""
    done = [finding for finding in findings if is_accepted(finding, accepted)]
    findings = [finding for finding in findings if finding not in done]
    if done:
        say(f"Accepted by you: {', '.join(finding.title for finding in done)}")
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
