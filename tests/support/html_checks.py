"""Checks of a page in one file: balanced tags, no external resource, and its text."""

from __future__ import annotations

import re
from html.parser import HTMLParser

EMPTY = {"meta", "br", "img", "hr", "link", "input"}
SINGLE = {"line", "rect", "circle", "path"}
LINKING = {"href", "src", "srcset", "action", "data", "poster", "xlink:href"}


class Page(HTMLParser):
    """A parsed page.

    Attributes:
        texts: All texts between tags, those of style sheets not included.
        tags: Names of all opened tags.
        pictures: Sources of all pictures.
        mistakes: Tags that are not balanced, and links to other files.
    """

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self.tags: list[str] = []
        self.pictures: list[str] = []
        self.mistakes: list[str] = []
        self._open: list[str] = []
        self.source = source
        self.feed(source)
        self.close()
        self.mistakes += [f"<{name}> is not closed" for name in self._open]
        self.mistakes += [word for word in ("@import", "url(", "<script", "http:", "https:", "//") if word in source]

    @property
    def text(self) -> str:
        return re.sub(r"[ \n]+", " ", " ".join(self.texts))  # narrow spaces stay

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.pictures += [value or "" for name, value in attrs if tag == "img" and name == "src"]
        for name, value in attrs:
            if name.startswith("on") or (name in LINKING and not (value or "").startswith("data:image/jpeg;base64,")):
                self.mistakes.append(f"{name}={value}")
        if tag not in EMPTY:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in SINGLE:
            self.mistakes.append(f"<{tag}/>")

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.mistakes.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._open or self._open[-1] != "style":
            self.texts.append(data)
