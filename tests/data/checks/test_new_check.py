"""A data check that is not in the program is shown everywhere by its row alone."""

from __future__ import annotations

from collections.abc import Iterator

from studio.cli.data import findings as output
from studio.data.checks import registry
from studio.data.checks.evidence import Evidence, Hit
from studio.data.checks.registry import DataCheck
from studio.data.images.facts_table import FactsTable
from studio.events import Dataset, Photo
from studio.session.photos import finding_fixes, photo_choices
from studio.spec.structs import replace

PHOTOS = tuple(Photo(f"{place}.jpg", 0, "train") for place in range(3))
DATA = Dataset("/photos", ("a",), PHOTOS)


def odd_name(evidence: Evidence) -> Iterator[Hit]:
    return (Hit(photo.path, "an odd number") for photo in evidence.dataset.photos if int(photo.path[0]) % 2)


ROW = DataCheck("odd_name", "info", "name is odd", "names are odd", odd_name, "They are hard to find.", "Rename it.")  # type: ignore[arg-type]


def test_a_check_is_a_function_and_a_row(monkeypatch, capsys):
    monkeypatch.setattr(registry, "CHECKS", (*registry.CHECKS, ROW))
    found = [finding for finding in registry.findings(Evidence(DATA, FactsTable(), {})) if finding is not None]
    *_, finding = found
    assert [one.kind for one in found].count("odd_name") == 1
    assert (finding.title, finding.photos, finding.details) == ("1 name is odd", ("1.jpg",), ("an odd number",))
    output.say_findings([finding], ())
    assert capsys.readouterr().out.split("\n")[1:4] == [
        "   1 name is odd",
        "     They are hard to find.",
        "     → Rename it.",
    ]
    assert output.document([finding], ())[0]["kind"] == "odd_name"
    data = replace(DATA, findings=(finding,))
    assert photo_choices.remarks(data, "1.jpg") == ("Finding: odd name",)
    assert [fix.title for fix in finding_fixes.fixes(finding, data)] == ["Exclude", "Accept"]
