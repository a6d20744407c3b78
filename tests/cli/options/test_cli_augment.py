"""`thaw train --augment`: conversion to the run's spec, and errors before a run begins."""

from __future__ import annotations

import pytest

from studio.cli import main
from studio.cli.options import parser, specs
from studio.spec import AugmentSpec, AugmentStep


def spec_of(*arguments: str) -> AugmentSpec:
    return specs.run_of(parser.make_parser().parse_args(["train", "photos", *arguments])).augment


def test_the_steps_of_the_spec_are_in_the_order_of_the_options():
    spec = spec_of("--augment", "flip", "--augment", "rotation:0.2", "--augment", "trivial:0.5:1.0", "--views", "2")
    assert spec == AugmentSpec(
        (AugmentStep("flip", 0.3, 0.5), AugmentStep("rotation", 0.2, 1.0), AugmentStep("trivial", 0.5, 1.0)), 2
    )
    assert spec_of() == AugmentSpec()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--augment", "rotat"), "Did you mean rotation?"),
        (("--augment", "crop:2"), "from 0 to 1"),
        (("--views", "2"), "Add augmentation"),
        (("--augment", "flip", "--views", "-1"), "Use 0"),
        (("--views", "many"), "invalid int"),
    ],
)
def test_a_mistake_is_reported_in_one_line_before_any_work(photos, capsys, arguments, said):
    try:
        status = main.main(["train", str(photos), *arguments])
    except SystemExit as end:  # argparse
        status = end.code
    out, err = capsys.readouterr()
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("thaw: ")
    assert said in err
