from __future__ import annotations

import pytest

from studio.spec.network_file import NetworkFile, parse, title_of

HASH = "0" * 64


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("net.py:factory", NetworkFile("net.py", "factory")),
        ("/a b/net.py", NetworkFile("/a b/net.py")),
        (f"C:\\nets\\net.py:make@sha256={HASH}", NetworkFile("C:\\nets\\net.py", "make", HASH)),
        (f"net.pt2@sha256={HASH}", NetworkFile("net.pt2", content=HASH)),
        ("NET.PT2", NetworkFile("NET.PT2")),
    ],
)
def test_a_name_is_read_and_written(name, file):
    assert parse(name) == file
    assert file.name == name


@pytest.mark.parametrize("name", ["resnet18", "timm/resnet18", "", "net.py.bak", "py", "net.pt"])
def test_other_names_are_those_of_the_catalog(name):
    assert parse(name) is None
    assert title_of(name) == name


def test_the_title_of_an_own_network_is_file_and_factory():
    assert title_of(f"/home/me/net.py:make@sha256={HASH}") == "net.py:make"


def test_a_network_is_the_same_in_any_folder():
    one, other = (NetworkFile(path, "make").with_content(HASH) for path in ("/a/net.py", "/b/net.py"))
    assert one != other
    assert one.identity == other.identity != one.with_content("1" * 64).identity
    assert one.name == f"/a/net.py:make@sha256={HASH}"


def test_only_a_python_file_holds_code_that_runs():
    assert NetworkFile("NET.PY", "make").is_python
    assert not NetworkFile("net.py.pt2").is_python
