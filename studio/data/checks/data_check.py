"""The data check: everything wrong with photos and classes, from facts collected while each photo was opened once."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence

from studio.data.checks import duplicates, registry
from studio.data.checks.duplicates import NearContents
from studio.data.checks.evidence import Evidence
from studio.data.images.facts_table import FactsTable
from studio.events import Dataset, Event, Finding, Stage
from studio.jobs.progress import Pace


def find(
    dataset: Dataset, facts: FactsTable, unreadable: Mapping[str, str], near: Sequence[NearContents]
) -> Generator[Event, None, tuple[Finding, ...]]:
    """Run all checks; yields the progress.

    Args:
        dataset: The data set without unreadable photos.
        facts: Facts of each readable photo, in the order of the data set.
        unreadable: Reason of each unreadable photo by its path.
        near: Contents of files that show the same picture.

    Returns:
        The findings, the most harmful first.
    """
    yield Stage("findings", "Checking photos and classes for faults")
    exact = tuple(duplicates.exact_pairs(dataset, facts))
    pairs = exact + tuple(duplicates.near_pairs(dataset, facts, near))
    evidence = Evidence(dataset, facts, unreadable, pairs)
    pace = Pace("findings", len(registry.CHECKS), "checks")
    results: list[Finding] = []
    for done, finding in enumerate(registry.findings(evidence), 1):
        results += [finding] if finding is not None else []
        progress = pace.at(done)
        if progress:
            yield progress
    yield pace.end(len(registry.CHECKS))
    return registry.by_harm(results)
