"""The user's description of a run on disk."""

from __future__ import annotations

import pytest

from studio.events.runs import RunDescription
from studio.runs.files import description
from studio.spec import UserError


def test_a_description_is_normalized_and_read_back(tmp_path):
    assert description.read(tmp_path) == RunDescription()
    tidy = description.write(tmp_path, RunDescription(" Title ", " a\nb ", True, (" x", "y", "x ", " ")))
    assert tidy == description.read(tmp_path) == RunDescription("Title", "a\nb", True, ("x", "y"))
    (tmp_path / description.FILE).write_text("{")
    assert description.read(tmp_path) == RunDescription()


@pytest.mark.parametrize("text", ["x" * 200, "ü" * 200])
def test_titles_and_tags_of_200_characters_are_stored(tmp_path, text):
    assert description.write(tmp_path, RunDescription(text, tags=(text,))).title == text
    assert description.read(tmp_path).tags == (text,)


@pytest.mark.parametrize("text", ["y" * 201, "y" * 50 + "\nb"])
@pytest.mark.parametrize("is_tag", [False, True])
def test_longer_titles_and_tags_and_those_of_several_lines_are_refused(tmp_path, text, is_tag):
    with pytest.raises(UserError) as caught:
        description.write(tmp_path, RunDescription(*(("", "", False, (text,)) if is_tag else (text,))))
    assert caught.value.title == f"“{'y' * 40}” cannot be a title or a tag."
    assert "at most 200 characters on one line" in caught.value.hint
    assert not list(tmp_path.iterdir())


def test_a_title_that_is_not_valid_text_is_refused(tmp_path):
    with pytest.raises(UserError, match="is not valid text"):
        description.write(tmp_path, RunDescription("a\udcff"))
