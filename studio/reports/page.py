"""Renders the templates in `resources/report` to one HTML file without any external resource.

Every text is escaped: names of classes and files may contain markup, line breaks and control characters.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from studio.formatting import numbers, times
from studio.reports import values
from studio.system import names, resources


def render(template: str, facts: Mapping[str, Any]) -> str:
    """The page of a template with these facts."""
    written = datetime.datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z")
    return _environment().get_template(template).render(written=written, **facts)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(resources.path("report")),
        autoescape=True,
        finalize=_one_line,
        undefined=StrictUndefined,  # a misspelled name is an error, not an empty cell
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "exact": numbers.exact,
        "metric": values.metric,
        "interval": values.interval,
        "seconds": numbers.seconds,
        "percent": numbers.percent,
        "figures": numbers.figures,
        "metric_name": values.metric_name,
        "many": numbers.many,
        "local_time": times.local,
    }
    return environment


def _one_line(value: Any) -> Any:
    """Escape control characters of a text; markup of this package is left as it is."""
    return names.escaped(value) if isinstance(value, str) and not isinstance(value, Markup) else value
