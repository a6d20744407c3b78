"""The documentation site: it names the whole library, and builds without a warning."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

import studio

ROOT = Path(__file__).resolve().parents[2]


def test_the_reference_names_everything_in_the_library() -> None:
    page = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
    named = re.findall(r"^\.\. auto(?:function|class|exception):: studio\.(\w+)", page, re.MULTILINE)
    assert sorted(named) == sorted(studio.__all__)


def test_every_page_is_in_the_contents() -> None:
    contents = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^[\w/-]+$", contents, re.MULTILINE))
    pages = {page.relative_to(ROOT / "docs").with_suffix("").as_posix() for page in (ROOT / "docs").rglob("*.md")}
    # The contents of the decisions are a pattern of their own.
    missing = sorted(page for page in pages - listed - {"index"} if not page.startswith("decisions/"))
    assert missing == [], "add them to a list of contents in docs/index.md"


def test_pages_and_scripts_link_to_known_documentation_alone() -> None:
    """Package registries are not named: which of them serves a user is that user's setting."""
    pages = [*(ROOT / "docs").rglob("*.md"), *(ROOT / "packaging").rglob("*.sh"), ROOT / "README.md"]
    hosts = {host for page in pages for host in re.findall(r"https?://([\w.-]+)", page.read_text(encoding="utf-8"))}
    assert hosts <= {"docs.astral.sh", "docs.aws.amazon.com"}


@pytest.mark.slow
def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    absent = [name for name in ("sphinx", "myst_parser", "furo") if importlib.util.find_spec(name) is None]
    if absent:
        pytest.skip(f"{', '.join(absent)} is not installed: uv sync --group docs")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", "docs", str(tmp_path / "site")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    reference = (tmp_path / "site" / "library.html").read_text(encoding="utf-8")
    assert 'id="studio.train"' in reference
    assert "The output of the frozen layers is computed once for each photo" in reference
    # Nothing is loaded from other sites when a page is opened.
    loaded = re.findall(r'<(?:script|img|link)[^>]+(?:src|href)="(https?://[^"]+)"', reference)
    assert loaded == []
