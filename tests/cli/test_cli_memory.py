"""Out-of-memory errors give a clear message in the terminal; other errors are not hidden."""

from __future__ import annotations

from pathlib import Path

import pytest
from trimming import few

from studio.cli.main import main

SAID = {
    "by torch": lambda torch: torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has …"),
    "by the driver": lambda _torch: RuntimeError("CUDA error: out of memory"),
    "by cuBLAS": lambda _torch: RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate`"),
    "by a Mac": lambda _torch: RuntimeError("MPS backend out of memory (MPS allocated: 5.00 GB)"),
    "by Python": lambda _torch: MemoryError(),
}


def failing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    from studio.engine.training import training_run

    def head(*_given: object) -> None:
        raise error

    monkeypatch.setattr(training_run, "Trainer", head)


@pytest.mark.slow
@pytest.mark.parametrize("who", few(SAID, ["by the driver", "by Python"]))
def test_running_out_of_memory_gives_a_clear_message(photos, tmp_path, monkeypatch, capsys, who) -> None:
    import torch

    failing(monkeypatch, SAID[who](torch))
    status = main(["train", str(photos), "--image-size", "32", "--device", "cpu", "--out", str(tmp_path / "run")])
    said = capsys.readouterr().err
    assert status == 2
    assert "thaw: There is not enough memory for this step. Use a smaller batch" in said
    assert "Traceback" not in said


@pytest.mark.slow
def test_a_defect_keeps_its_traceback(photos, tmp_path, monkeypatch, capsys) -> None:
    failing(monkeypatch, RuntimeError("shapes do not fit"))
    status = main(["train", str(photos), "--image-size", "32", "--device", "cpu", "--out", str(tmp_path / "run")])
    said = capsys.readouterr().err.splitlines()[-1]
    assert status == 1
    assert said.startswith("thaw: Something went wrong inside the program: RuntimeError: shapes do not fit.")
    log = Path(said.rpartition("the log ")[2].rstrip("."))
    assert "in head" in log.read_text(encoding="utf-8")
