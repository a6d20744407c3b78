"""A network file that the user considers to use, without a window."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from studio.catalog import agreements
from studio.session.plan import network_choice
from studio.session.plan.network_choice import NetworkChoice
from studio.spec import BackboneSpec
from studio.spec.network_file import NetworkFile

CODE = NetworkChoice(NetworkFile("/nets/net.py", "", "0" * 64), ("make",), "def make(): ...", False)
PROGRAM = NetworkChoice(NetworkFile("/nets/net.pt2", "", "1" * 64), (), "", True)


def test_code_is_run_only_after_the_user_agreed() -> None:
    assert CODE.question.startswith("net.py is code. Run it only if you trust it")
    assert CODE.button == "Run this file"
    agreed = NetworkChoice(CODE.file, CODE.factories, CODE.text, True)
    assert agreed.question == "You have agreed to run net.py, and it has not changed since."
    assert agreed.button == "Use this network"


@pytest.mark.parametrize(
    ("fixed", "end"), [(True, "runs. It takes photos of 48 × 48 pixels."), (False, "none of its code runs.")]
)
def test_a_program_is_read_as_data(fixed: bool, end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    info = SimpleNamespace(input_size=(3, 48, 48), fixed_size=fixed)
    monkeypatch.setattr(network_choice.catalog, "find", lambda name: info)
    assert PROGRAM.question.startswith("net.pt2 is a program of torch.export.")
    assert PROGRAM.question.endswith(end)


def test_code_needs_the_name_of_its_factory_and_a_program_none() -> None:
    assert CODE.obstacle("make") == PROGRAM.obstacle("") == ""
    assert CODE.obstacle("") == CODE.obstacle("make it") == "Name the function or class that returns the network."
    before = BackboneSpec("resnet18", weights="none", crop="squash")
    assert CODE.spec("make", before) == BackboneSpec(f"/nets/net.py:make@sha256={'0' * 64}", crop="squash")
    assert PROGRAM.spec("make", before).name == f"/nets/net.pt2@sha256={'1' * 64}"


def test_a_file_of_code_is_read_and_its_agreement_looked_up(tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    file.write_text("def make():\n    ...\n", encoding="utf-8")
    choice = network_choice.read(str(file))
    assert (choice.factories, choice.text, choice.agreed) == (("make",), "def make():\n    ...\n", False)
    agreements.agree(choice.file)
    assert network_choice.read(str(file)).agreed
    file.write_text("def other():\n    ...\n", encoding="utf-8")
    assert not network_choice.read(str(file)).agreed, "the content has changed"
