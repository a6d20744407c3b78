"""Measures the prediction of a large folder into a table: memory, time, a kill in the middle, and a full disk.

    python tests/bench/predict_folder.py [--photos 100000] [--small 1000] [--work FOLDER]

Makes distinct small photos and a run of the tiny network of the tests, so that nearly all of the work is reading
photos and writing rows. For CSV and for Parquet: a table of the first photos, one of all, and one of all whose
process is killed (SIGKILL) once it has half of its rows and is begun again, which must hold the same rows. Then a table
on a disk of 4 MB (as the superuser only). Prints peak memory (VmHWM) and processor time of each process. Linux only.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), *(str(ROOT / "tests" / "support" / name) for name in ("engine", "photos"))]

NAME, WIDTH = "tiny_test_efficientnet", 32
"""As in `tests/support/engine/tiny_network.py`."""

FOLDER = 1000
"""Photos in one folder."""


def main() -> None:
    """Measure, or run as one of the measured processes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=100_000)
    parser.add_argument("--small", type=int, default=1_000)
    parser.add_argument("--work", type=Path)
    parser.add_argument("--one", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        sys.exit(_one(options.one))
    with tempfile.TemporaryDirectory() as temporary:
        work = options.work or Path(temporary)
        run, few, many = work / "run", work / "few", work / "many"
        for folder, number in ((few, options.small), (many, options.photos)):
            _write_photos(folder, number)
        if not run.exists():
            _train(work)
        for suffix in (".csv", ".parquet"):
            _measure(work, run, few, many, suffix)
        _full_disk(work, run, many)


def _write_photos(folder: Path, number: int) -> None:
    """Photos of 32 × 32 pixels, a thousand in each folder, each with a color of its own."""
    if folder.exists():
        return
    from PIL import Image

    for place in range(number):
        inner = folder / f"{place // FOLDER:03}"
        if place % FOLDER == 0:
            inner.mkdir(parents=True)
        shade = (place % 256, place // 256 % 256, 3 * place % 251)
        Image.new("RGB", (32, 32), shade).save(inner / f"{place:06}.jpg", quality=90)


def _train(work: Path) -> None:
    from photo_folder import write_photos
    from tiny import trained

    trained(write_photos(work / "photos"), work / "run", epochs=1)


def _measure(work: Path, run: Path, few: Path, many: Path, suffix: str) -> None:
    for folder in (few, many):
        _report(f"{suffix} {folder.name}", _finished(_start(run, folder, _fresh(work / f"{folder.name}{suffix}"))))
    killed = _fresh(work / f"killed{suffix}")
    rows = killed if suffix == ".csv" else killed.with_name(f".{killed.name}.rows")
    half = _size_of_rows(work / "many.csv") // 2
    process = _start(run, many, killed)
    while process.poll() is None and (not rows.exists() or rows.stat().st_size < half):
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    with rows.open(encoding="utf-8", errors="replace") as lines:
        before = sum(1 for _ in lines) - 1
    _report(f"{suffix} killed with {before:,} rows, begun again", _finished(_start(run, many, killed)))
    whole, again = _digest(work / f"many{suffix}"), _digest(killed)
    print(f"{suffix}: {whole[1]:,} rows, after the kill {again[1]:,}; same content: {whole == again}", flush=True)


def _fresh(table: Path) -> Path:
    for file in (table, table.with_name(f"{table.name}.json"), table.with_name(f".{table.name}.rows")):
        file.unlink(missing_ok=True)
    return table


def _size_of_rows(table: Path) -> int:
    return table.stat().st_size


def _start(run: Path, folder: Path, table: Path) -> subprocess.Popen[str]:
    command = [sys.executable, __file__, "--one", "predict", str(run), str(folder), "--out", str(table)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _finished(process: subprocess.Popen[str]) -> str:
    out, errors = process.communicate()
    if process.returncode:
        raise SystemExit(errors)
    return out.strip().splitlines()[-1]


def _report(name: str, line: str) -> None:
    print(f"{name}: {line}", flush=True)


def _one(arguments: list[str]) -> int:
    """Run a command of the terminal in this process and print what it took."""
    from studio.catalog import catalog
    from studio.cli import main as cli
    from studio.spec import BUNDLED_BACKBONE
    from studio.spec.structs import replace

    # A row of the catalog is all that predicting needs of the network: `tiny_network` would also import torch and timm.
    like = catalog.find(BUNDLED_BACKBONE)
    row = replace(like, name=NAME, arch=NAME, features=WIDTH, channels=WIDTH, weights="", url="")
    catalog._names()[NAME] = row

    start = time.perf_counter()
    status = cli.main(arguments)
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    wall, cpu = time.perf_counter() - start, time.process_time()
    print(f"peak {int(peak.split()[1]) / 1024:.0f} MB, {cpu:.0f} CPU-s, {wall:.0f} s")
    return status


def _digest(table: Path) -> tuple[str, int]:
    """Hash and number of the rows of a table."""
    total, count = hashlib.sha256(), 0
    for row in _rows(table):
        total.update(repr(row).encode())
        count += 1
    return total.hexdigest(), count


def _rows(table: Path):
    if table.suffix == ".csv":
        with table.open(newline="", encoding="utf-8") as opened:
            yield from csv.reader(opened)
        return
    import pyarrow.parquet

    for batch in pyarrow.parquet.ParquetFile(table).iter_batches(5000):
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            yield list(row)


def _full_disk(work: Path, run: Path, many: Path) -> None:
    disk = work / "disk"
    disk.mkdir(exist_ok=True)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)], check=False).returncode:
        print("no full disk: a small file system cannot be mounted here")
        return
    try:
        for suffix in (".csv", ".parquet"):
            table = disk / f"table{suffix}"
            process = _start(run, many, table)
            _, errors = process.communicate()
            rows = table if suffix == ".csv" else disk / f".{table.name}.rows"
            print(f"full disk, {suffix}: exit status {process.returncode}: {errors.strip().splitlines()[-1]}")
            with rows.open(encoding="utf-8") as lines:
                print(f"  {sum(1 for _ in lines) - 1:,} rows are in {rows.name}")
            for file in disk.iterdir():
                file.unlink()
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)
        shutil.rmtree(disk)


if __name__ == "__main__":
    main()
