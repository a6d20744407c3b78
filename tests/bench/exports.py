"""Exports of trained runs over many backbones with random weights: photos with the same class, difference, time, size.

    uv run python tests/bench/exports.py [--results FILE.jsonl] [--formats model,onnx,…] [--turned]
        [--most 45] [--plan PLAN] [--table] [NAME ...]

The smallest backbone of each family of the catalog, the smallest first, is trained for two epochs on small pictures:
in turn with each freeze plan (head alone, last part thawed, all thawed, BatchNorm statistics updated, LoRA where the
network has linear layers for it; `--plan` chooses one), with 2 to 1,000 classes named in several alphabets, or a
number, and every fourth with a hidden layer. Where the training diverges, it is done again at a tenth of the rates.
Then the run is exported in each format by `thaw export`'s own code: written, loaded by its runtime in a process
without the studio, and compared with the predictions of the run on 24 validation photos of eight shapes. But files are
written in the process that trained, and the process without the studio is forked from one that has imported the
runtimes, which saves the time of importing torch for each file.

Each result is a line of FILE; results already in it are not measured again. `--table` only prints the tables of FILE.
`--turned` tries the older of torch's ONNX exporters first, which is faster. Seconds are processor time, including the
comparison. Needs `fork`, so it does not run on Windows. The file is long because it is one program.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import runpy
import shutil
import socket
import sys
import tempfile
import time
import traceback
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

SHAPES = ((300, 400), (401, 250), (224, 224), (90, 130), (500, 120), (97, 600), (640, 480), (33, 47))
VAL = 24
"""Validation photos of each run."""

CLASSES = {
    "head": (2, 1000, 10, 257, 3, 100, 0, 37),
    "last": (10, 2, 37, 0, 3),
    "all": (3, 10, 0, 2),
    "update": (2, 37, 3),
    "lora": (3, 0, 10, 37, 2),
}
"""Numbers of classes for each plan in turn, 0 for a number."""

PLANS = ("head", "last", "lora", "all", "head", "update")
WORDS = (
    "bee",
    "Ameise",
    "abeille à miel",
    "муравей",
    "μέλισσα",
    "نحلة",
    "דבורה",
    "मधुमक्खी",
    "蜜蜂",
    "アリ",
    "꿀벌",
    "ผึ้ง",
    "🐝",
    "con kiến",
)
RATES = (0.01, 0.001, 0.0001)
"""Learning rates of the head: the next one where the training diverged."""

FORMATS = ("model", "pt2", "onnx", "openvino", "features")


def names(count: int) -> list[str]:
    return [
        WORDS[place % len(WORDS)] + (f" {place // len(WORDS)}" if place >= len(WORDS) else "") for place in range(count)
    ]


def picture(number: int, shape: tuple[int, int], color: Sequence[int]) -> Image.Image:
    """Stripes and noise around a color."""
    height, width = shape
    noise = np.random.default_rng(number).integers(-50, 50, (height // 9 + 1, width // 9 + 1, 3))
    small = np.clip(np.array(color) + noise, 0, 255).astype(np.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)


def make_photos(folder: Path, classes: int) -> None:
    """Training and validation photos of a folder: each class has its own color, or the number is the brightness."""
    generator = np.random.default_rng(classes)
    colors = generator.integers(30, 225, (classes or 24, 3))
    rows = []
    for part, count in (("train", max(24, classes)), ("val", VAL)):
        for number in range(count):
            label = number % len(colors)
            place = Path(part, names(classes)[label] if classes else "all", f"{number}.png")
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            shape = SHAPES[number % len(SHAPES)] if part == "val" else (64, 72)
            picture(number + 10_000 * (part == "val"), shape, colors[label]).save(folder / place)
            rows.append(f"{place},{colors[label].mean() / 10:.3f}")
    if not classes:
        (folder / "sizes.csv").write_text("\n".join(("path,size", *rows)) + "\n", encoding="utf-8")


def smallest_of_each_family() -> list[str]:
    """Names of the smallest backbone of each family, the smallest first."""
    from studio.catalog import catalog

    best: dict[str, catalog.BackboneInfo] = {}
    for info in catalog.load():
        if info.family not in best or info.parameters < best[info.family].parameters:
            best[info.family] = info
    return [one.name for one in sorted(best.values(), key=lambda one: one.parameters)]


def last(steps: Iterator[Any]) -> Any:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def freeze_plan(name: str, wanted: str) -> tuple[str, Any]:
    """The freeze plan of this kind for a backbone, with its name; “last” where “lora” finds no layers."""
    from studio.engine.backbones import backbone
    from studio.planning.adapters import linear_layers
    from studio.spec import BackboneSpec, FreezePlan

    layers = last(backbone.load(BackboneSpec(name, "none"), lambda: False, 0)).table.layers
    if wanted == "lora" and not linear_layers(layers):
        wanted = "last"
    if wanted == "last":
        leaves = [layer.path for layer in layers if layer.leaf and layer.parameters]
        return wanted, FreezePlan(until=leaves[2 * len(leaves) // 3])
    plans = {
        "head": FreezePlan(),
        "all": FreezePlan(base="none", batch_norm="thawed"),
        "update": FreezePlan(batch_norm="update"),
        "lora": FreezePlan(lora_rank=4),
    }
    return wanted, plans[wanted]


def train(name: str, number: int, place: Path, chosen: str = "") -> dict[str, Any]:
    """Train the run of a backbone; returns its entries in the tables.

    Args:
        name: The backbone.
        number: Its number, from which plan, classes and head follow.
        place: Folder for photos and run.
        chosen: A freeze plan in place of the one that follows from the number.
    """
    from studio.catalog import catalog
    from studio.engine.training import run as training
    from studio.runs import folder as runs
    from studio.spec import BackboneSpec, DatasetSpec, HeadSpec, RunSpec, TrainSpec, UserError

    plan, freeze = freeze_plan(name, chosen or PLANS[number % len(PLANS)])
    classes = CLASSES[plan][number // 2 % len(CLASSES[plan])]
    photos, run = place / "photos", place / "run"
    make_photos(photos, classes)
    data = DatasetSpec(str(photos), targets="" if classes else str(photos / "sizes.csv"))
    head = HeadSpec(kind="mlp", hidden=64) if number % 4 == 3 else HeadSpec()
    for rate in RATES:
        steps = TrainSpec(epochs=2, batch_size=8, device="cpu", precision="float32", lr=rate, backbone_lr=rate / 100)
        spec = RunSpec(data, BackboneSpec(name, "none"), freeze, head, steps)
        try:
            for _ in runs.record_events(training.train(spec, run, cache=place / "cache"), run):
                pass
            break
        except UserError as error:
            if "diverged" not in error.title or rate == RATES[-1]:
                raise
            shutil.rmtree(run)
    info = catalog.find(name)
    words = f"{classes:,}" if classes else "a number"
    return {"backbone": name, "family": info.family, "plan": plan, "classes": words, "head": head.kind}


def in_this_process(ask: Callable[[str, Sequence[str]], tuple[list[str], float]]) -> dict[str, float]:
    """Let `export_model` write its files here, and run their programs in the process of `ask`.

    Returns:
        The processor time of these programs, added up under “spent”.
    """
    from studio.engine.export.model import conversion, proof

    total = {"spent": 0.0}

    def write(request: Any, _stop: Any) -> Iterator[Any]:
        try:
            yield from conversion.convert(request)
        except conversion.UserError:
            raise
        except Exception as error:
            words = str(error).strip().splitlines() or [""]
            raise conversion.WriterFailedError(f"{type(error).__name__}: {words[0][:200]}") from error

    def answers(program: Path, photos: Sequence[str], _stop: Any, _total: int = 0) -> Iterator[Any]:
        printed, spent = ask(str(program), photos)
        total["spent"] += spent
        found = [json.loads(line) for line in printed if line.startswith("{")]
        yield from ()
        missing = photos[len(found) :]
        return [*found, *({"photo": path, "error": (printed or ["it gave no answer"])[-1]} for path in missing)]

    conversion.in_process = write  # type: ignore[assignment]
    proof.answers = answers  # type: ignore[assignment]
    return total


def export(run: Path, form: str, place: Path) -> dict[str, Any]:
    """The certificate of an export, as an entry of the results."""
    from studio.engine.export import features_of_run
    from studio.engine.export.model import export_model, model_registry
    from studio.events import ModelExported
    from studio.spec import UserError

    with tempfile.TemporaryDirectory(dir=place) as folder:
        try:
            if form == "features":
                events = list(features_of_run.export(run, Path(folder, "out.npz"), "last"))
            else:
                out = Path(folder, f"out{model_registry.model_format(form).suffix}")
                events = list(export_model.export(run, out, form, which="last"))
        except UserError as error:
            return {"passed": False, "why": f"{error.title}"}
        one = next(event.certificate for event in events if isinstance(event, ModelExported))
    first = one.first_difference
    return {
        "writer": one.writer,
        "runtime": one.runtime,
        "photos": one.photos,
        "same": one.same_class,
        "largest": one.largest_difference,
        "MB": one.bytes / 1e6,
        "passed": one.passed,
        "why": "" if one.passed or first is None else f"{first.why}, by {first.difference:.2g}",
        "attempts": [f"{attempt.writer}: {attempt.why}" for attempt in one.attempts if not attempt.passed],
    }


def measure(name: str, number: int, options: argparse.Namespace, formats: Sequence[str], ask: Any) -> None:
    """Train and export one backbone; adds its lines to the results."""
    from studio.engine.export.model.onnx_file import OnnxFile
    from studio.engine.export.model.openvino_file import OpenVinoFile

    warnings.simplefilter("ignore")
    others = in_this_process(ask)
    if options.turned:
        OnnxFile.writers = OpenVinoFile.writers = OnnxFile.writers[::-1]
    with tempfile.TemporaryDirectory() as folder:
        place, start = Path(folder), time.process_time()
        os.environ["XDG_CACHE_HOME"] = folder
        try:
            about = train(name, number, place, options.plan)
        except Exception as error:
            traceback.print_exc()
            why = f"no run: {(str(error).strip().splitlines() or [type(error).__name__])[0]}"
            row = {"backbone": name, "plan": options.plan, "passed": False, "why": why}
            add(options.results, [{**row, "format": one} for one in formats])
            return
        print(f"{name}: trained in {time.process_time() - start:.0f} s", flush=True)
        for form in formats:
            start, others["spent"] = time.process_time(), 0.0
            try:
                found = export(place / "run", form, place)
            except Exception as error:
                traceback.print_exc()
                found = {"passed": False, "why": f"{type(error).__name__}: {error}"[:200]}
            line = {**about, "format": form, **found, "seconds": time.process_time() - start + others["spent"]}
            add(options.results, [line])
            print(json.dumps(line, ensure_ascii=False), flush=True)


def forked(work: Callable[[], None]) -> int:
    """Do something in a forked process; returns its ID."""
    child = os.fork()
    if child:
        return child
    try:
        work()
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def run_alone(program: str, photos: Sequence[str], answer: str) -> None:
    """Run the stand-alone program of a file, in a process that never had the studio."""
    assert "studio" not in sys.modules
    sys.modules["studio"] = None  # type: ignore[assignment]
    sys.argv, sys.stdin = [program], io.StringIO(json.dumps(list(photos)))
    with Path(answer).open("w", encoding="utf-8") as opened, contextlib.redirect_stdout(opened):
        try:
            runpy.run_path(program, run_name="__main__")
        except BaseException as error:
            print(f"{type(error).__name__}: {error}")


def serve(name: str, number: int, options: argparse.Namespace, formats: Sequence[str]) -> None:
    """Measure a backbone in a process of its own, and run the programs that it asks for in others."""
    here, there = socket.socketpair()

    def work() -> None:
        here.close()
        with there.makefile("rw", encoding="utf-8") as line, tempfile.TemporaryDirectory() as folder:

            def ask(program: str, photos: Sequence[str]) -> tuple[list[str], float]:
                answer = str(Path(folder, "answer"))
                line.write(json.dumps([program, list(photos), answer]) + "\n")
                line.flush()
                spent = float(line.readline())
                return Path(answer).read_text(encoding="utf-8").splitlines(), spent

            measure(name, number, options, formats, ask)

    child = forked(work)
    there.close()
    with here.makefile("rw", encoding="utf-8") as line:
        while request := line.readline():
            program, photos, answer = json.loads(request)
            runner = forked(lambda: run_alone(program, photos, answer))  # noqa: B023  # it ends before the next one
            _, _, usage = os.wait4(runner, 0)
            line.write(f"{usage.ru_utime + usage.ru_stime}\n")
            line.flush()
    here.close()
    os.waitpid(child, 0)


def add(results: Path, lines: Sequence[dict[str, Any]]) -> None:
    with results.open("a", encoding="utf-8") as opened:
        opened.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def read(results: Path) -> list[dict[str, Any]]:
    if not results.is_file():
        return []
    return [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]


def tables(rows: list[dict[str, Any]]) -> str:
    """A summary of each format, and a row for each backbone, as Markdown."""
    by_format: dict[str, list[dict[str, Any]]] = defaultdict(list)
    by_name: dict[tuple[str, str], dict[str, dict[str, Any]]] = defaultdict(dict)
    for row in rows:
        by_format[row["format"]].append(row)
        by_name[row["backbone"], row.get("plan", "")][row["format"]] = row
    lines = ["| format | verified | photos the same | largest difference, verified | CPU s, median | MB, median |"]
    lines.append("|---|---:|---:|---:|---:|---:|")
    for form, found in by_format.items():
        good = [row for row in found if row["passed"]]
        compared = [row for row in found if "photos" in row]
        same, photos = sum(row["same"] for row in compared), sum(row["photos"] for row in compared)
        largest = f"{max((row['largest'] for row in good), default=0):.1e}"
        middle = [f"{np.median([row[key] for row in good]):.1f}" if good else "" for key in ("seconds", "MB")]
        shares = f"{len(good)} of {len(found)} | {same:,} of {photos:,}"
        lines.append(f"| {form} | {shares} | {largest} | {' | '.join(middle)} |")
    forms = list(by_format)
    lines += ["", f"| backbone | family | plan | classes | head | {' | '.join(forms)} |"]
    lines.append(f"|---|---|---|---:|---|{'---|' * len(forms)}")
    for (name, _plan), found in by_name.items():
        first = next(iter(found.values()))
        cells = [name, *(str(first.get(key, "")) for key in ("family", "plan", "classes", "head"))]
        lines.append(f"| {' | '.join([*cells, *(cell(found.get(form)) for form in forms)])} |")
    return "\n".join(lines)


def cell(row: dict[str, Any] | None) -> str:
    if row is None:
        return "–"
    if "photos" not in row:
        return f"no: {row['why']}"
    text = f"{row['same']} of {row['photos']}, {row['largest']:.1e}, {row['seconds']:.0f} s, {row['MB']:.1f} MB"
    return text if row["passed"] else f"**not verified**: {text}; {row['why']}"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*")
    parser.add_argument("--results", type=Path, default=Path("exports.jsonl"))
    parser.add_argument("--formats", default=",".join(FORMATS))
    parser.add_argument("--most", type=int, default=45, help="number of backbones")
    parser.add_argument("--turned", action="store_true", help="try the older exporter first, which is faster")
    parser.add_argument("--plan", choices=("", *CLASSES), default="", help="freeze plan of all (default: in turn)")
    parser.add_argument("--table", action="store_true", help="print the tables of the results")
    options = parser.parse_args()
    if options.table:
        print(tables(read(options.results)))
        return
    # Imported once, before processes are forked; only these import the studio.
    import onnx  # noqa: F401
    import onnxruntime  # noqa: F401
    import openvino  # noqa: F401
    import safetensors.torch  # noqa: F401
    import timm  # noqa: F401
    import torch
    import torchvision  # noqa: F401

    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder, "names")
        os.waitpid(forked(lambda: listed.write_text("\n".join(smallest_of_each_family())) and None), 0)
        known = listed.read_text().split()
    for name in options.names or known[: options.most]:
        rows = read(options.results)
        done = {(row["backbone"], row["format"]) for row in rows if options.plan in ("", row.get("plan"))}
        formats = [form for form in options.formats.split(",") if (name, form) not in done]
        if formats:
            start = time.monotonic()
            serve(name, known.index(name), options, formats)
            print(f"{name}: {time.monotonic() - start:.0f} s on the clock", flush=True)


if __name__ == "__main__":
    main()
