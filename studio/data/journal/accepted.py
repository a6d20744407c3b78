"""Findings of the data check that the user accepted."""

from __future__ import annotations

from collections.abc import Sequence

from studio.events import AcceptedFinding, Finding


def is_accepted(finding: Finding, accepted: Sequence[AcceptedFinding]) -> bool:
    """True where a finding is accepted as a whole, or for each of its classes, or each of its photos or pairs."""
    kinds = {one.kind for one in accepted if not one.photos}
    if finding.kind in kinds:
        return True
    if finding.classes:
        return all(f"{finding.kind}:{name}" in kinds for name in finding.classes)
    groups = {one.photos for one in accepted if one.kind == finding.kind}
    own = [(photo,) if isinstance(photo, str) else tuple(sorted(photo)) for photo in finding.photos]
    return bool(own) and all(photos in groups for photos in own)
