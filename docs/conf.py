"""Settings of the documentation site, built by Sphinx: `just docs` (decision 48)."""

import importlib.metadata

from sphinx.ext.napoleon import Config, GoogleDocstring

project = "Thaw Studio"
author = "The authors of Thaw Studio"
copyright = "The authors of Thaw Studio, Apache-2.0"
release = version = importlib.metadata.version("thaw-studio")

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["conf.py"]
source_suffix = {".md": "markdown"}

# Links to headings of other pages, as on the pages of the repository; pages may begin below their first heading.
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence", "deflist"]

# Names in docstrings are in single backticks, as in Markdown.
default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
# By their names, instead of all that they stand for.
autodoc_type_aliases = {name: name for name in ("PathLike", "ProgressChoice")}
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 80

html_theme = "furo"
html_title = "Thaw Studio"
html_logo = html_favicon = "../resources/icon.svg"
html_copy_source = False
html_show_sphinx = False
html_theme_options = {"sidebar_hide_name": True}

DOCSTRINGS = Config(napoleon_use_ivar=True, napoleon_use_rtype=False)


def from_google_style(app: object, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    """Turn a docstring in Google's style into reStructuredText, in place.

    As the extension `sphinx.ext.napoleon` does, but for properties: it takes what stands before a colon in their first
    line for a type, while here it is the beginning of a sentence.
    """
    kind = "method" if what == "property" else what
    lines[:] = GoogleDocstring(_with_marked_code(lines), DOCSTRINGS, app, kind, name, obj, options).lines()


def _with_marked_code(lines: list[str]) -> list[str]:
    """The lines with `::` before indented code, which Markdown does not need and reStructuredText does."""
    marked = list(lines)
    for number, line in enumerate(lines[:-1]):
        following = next((one for one in lines[number + 1 :] if one.strip()), "")
        if line.endswith(":") and not lines[number + 1].strip() and following.startswith("    "):
            marked[number] = f"{line}:"
    return marked


def setup(app: object) -> None:
    """Connect what changes docstrings."""
    app.connect("autodoc-process-docstring", from_google_style)  # type: ignore[attr-defined]
