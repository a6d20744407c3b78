"""JSON from files that may be damaged or made to do harm."""

from __future__ import annotations

import json
from typing import Any


def loads(text: str | bytes) -> Any:
    """The content of a JSON document.

    Raises:
        ValueError: It is no JSON, or nested so deeply that Python's reader gives up, which raises no `ValueError`.
    """
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("its JSON is nested too deeply") from error
