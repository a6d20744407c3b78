"""No test fails because a machine is slow: none compares seconds or waits with a short time limit."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent
CLOCK = re.compile(
    r"\btime\.(monotonic|perf_counter|process_time|time)\(\) *- |assert .*\btime\.(monotonic|perf_counter)\("
)
SHORT = re.compile(r"(\btimeout=|\.wait\(|\.join\()\d{1,2}(?![\d_.])")
ELSEWHERE = ("bench", "screenshots.py", Path(__file__).name)


def test_no_test_compares_seconds_or_waits_a_few_of_them() -> None:
    found = []
    for file in sorted(HERE.rglob("*.py")):
        if file.relative_to(HERE).parts[0] in ELSEWHERE:
            continue
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if CLOCK.search(line) or (SHORT.search(line) and "qtbot.wait(" not in line):
                found.append(f"{file.relative_to(HERE)}:{number}: {line.strip()}")
    assert not found, "\n".join(["See docs/testing.md.", *found])
