"""Plants one kind of fault after another in a folder of photos, and says where."""

from __future__ import annotations

import functools
import shutil
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance

from studio.events import Finding


def write_textures(folder: Path, folders: Iterable[str], each: int, size: tuple[int, int] = (160, 136)) -> Path:
    """Write photos that differ from each other everywhere, as JPEGs; returns the folder."""
    for number, name in enumerate(folders):
        (folder / name).mkdir(parents=True)
        for index in range(each):
            textured(folder / name / f"{index:03}.jpg", 1000 * number + index, size)
    return folder


def textured(file: Path, seed: int, size: tuple[int, int] = (160, 136)) -> None:
    """Write a photo that differs everywhere from those of other seeds."""
    coarse = np.random.default_rng(seed).integers(0, 256, (9, 11, 3), dtype=np.uint8)
    Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC).save(file)


class Planting:
    """A folder of good photos that are replaced by faulty ones.

    Attributes:
        expected: Paths of the planted photos, or pairs of them, by kind of finding.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.expected: dict[str, set[str | tuple[str, str]]] = defaultdict(set)
        by_folder: dict[Path, list[Path]] = defaultdict(list)
        for file in sorted(root.rglob("*.jpg")):
            by_folder[file.parent].append(file)
        self.pools = list(by_folder.values())
        self._turn = 0

    def take(self) -> Path:
        """The next photo that has no fault yet, from each folder in turn."""
        self._turn += 1
        return self.pools[self._turn % len(self.pools)].pop()

    def path(self, file: Path) -> str:
        """Path of a file relative to the folder."""
        return file.relative_to(self.root).as_posix()

    def replace(self, kinds: Iterable[str], suffix: str, write: Callable[[Image.Image, Path], None]) -> Path:
        """Replace the next photo by a faulty file made from it; returns the file."""
        file = self.take()
        with Image.open(file) as image:
            photo = image.convert("RGB")
        file.unlink()
        target = file.with_suffix(suffix)
        write(photo, target)
        for kind in kinds:
            self.expected[kind].add(self.path(target))
        return target

    def bytes_of(self, kind: str, suffix: str, content: Callable[[bytes], bytes]) -> None:
        """Replace the next photo by a file with these bytes, computed from those of the photo."""
        self.replace([kind], suffix, lambda photo, file: file.write_bytes(content(encoded(photo, "JPEG"))))


def encoded(photo: Image.Image, kind: str, **options: object) -> bytes:
    """The photo as a file in memory."""
    buffer = BytesIO()
    photo.save(buffer, kind, **options)
    return buffer.getvalue()


def png(width: int, height: int) -> bytes:
    """A valid PNG of one color and any size; its file is small."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")

    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\0\0\0\0"
    pixels = zlib.compress(bytes(1 << 16), 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def plant_file_faults(planting: Planting) -> None:
    """All faults of single files."""
    noise = np.random.default_rng(3).bytes(5000)
    planting.bytes_of("corrupt", ".jpg", lambda _data: noise)
    planting.bytes_of("corrupt", ".jpg", lambda _data: b"<!DOCTYPE html><html><body>404</body></html>")
    planting.bytes_of("corrupt", ".png", lambda _data: b"this is not a photo")
    planting.bytes_of("corrupt", ".jpg", lambda data: data[: len(data) // 2] + b"\xff\x10" + data[len(data) // 2 :])
    planting.bytes_of("truncated", ".jpg", lambda data: data[: len(data) // 2])
    planting.bytes_of("truncated", ".jpeg", lambda data: data[: len(data) - 40])
    planting.bytes_of("empty_file", ".jpg", lambda _data: b"")
    planting.bytes_of("bomb", ".png", lambda _data: png(30_000, 30_000))

    def save(
        suffix: str,
        *kinds: str,
        change: Callable[[Image.Image], Image.Image] | None = None,
        more: tuple[str, ...] = (),
        **options: object,
    ) -> Path:
        def write(photo: Image.Image, file: Path) -> None:
            if more:
                options.update(save_all=True, append_images=[Image.new("RGB", photo.size, color) for color in more])
            kind = str(options.pop("format", Image.registered_extensions()[suffix]))
            file.write_bytes(encoded(change(photo) if change else photo, kind, **options))

        return planting.replace(kinds, suffix, write)

    save(".jpg", "wrong_extension", format="PNG")
    save(".png", "wrong_extension", format="JPEG")
    save(".webp", "wrong_extension", format="BMP")
    for orientation in (3, 6, 8):
        exif = Image.Exif()
        exif[0x0112] = orientation
        save(".jpg", "exif_rotated", exif=exif)
    save(".png", "high_bit_depth", change=_sixteen_bits)
    save(".jpg", "cmyk", change=lambda photo: photo.convert("CMYK"))
    save(".png", "palette", change=lambda photo: photo.quantize(64))
    save(".png", "alpha", change=_half_transparent)
    save(".webp", "alpha", change=_half_transparent, lossless=True)
    for suffix in (".png", ".webp"):
        save(suffix, "animated", more=("red", "blue"), duration=100)
    save(".gif", "animated", "palette", more=("red",), duration=100)
    save(".tif", "multi_page", more=("red",))
    save(".png", "too_small", change=lambda photo: photo.resize((24, 20)))
    save(".jpg", "too_small", change=lambda photo: photo.resize((60, 48)))
    save(".jpg", "extreme_aspect", change=lambda photo: photo.resize((720, 90)))
    save(".jpg", "extreme_aspect", change=lambda photo: photo.resize((90, 400)))
    for level in (0, 255, 120):
        save(".jpg", "blank", change=lambda photo, level=level: _noisy(photo.size, level))


def plant_copies(planting: Planting) -> None:
    """Exact copies in the same folder, in another class, and in another part of the split."""
    ants, bees, val = (planting.root / folder for folder in ("train/ants", "train/bees", "val/ants"))
    for target, kinds in (
        (ants / "copy.jpg", ()),
        (bees / "copy of an ant.jpg", ("two_labels",)),
        (val / "copy.jpg", ("across_split",)),
    ):
        original = next(pool for pool in planting.pools if pool[0].parent == ants).pop()
        shutil.copyfile(original, target)
        pair = tuple(sorted((planting.path(original), planting.path(target))))
        for kind in ("exact_duplicate", *kinds):
            planting.expected[kind].add(pair)


def near_copies() -> dict[str, Callable[[Image.Image], bytes]]:
    """The ways in which planted copies differ from their originals."""
    random = np.random.default_rng(4)

    def shrunk(photo: Image.Image) -> Image.Image:
        return photo.resize((photo.width // 2, photo.height // 2), Image.Resampling.BICUBIC)

    def cropped(photo: Image.Image) -> Image.Image:
        left, top = (round(side * random.random() / 10) for side in photo.size)
        return photo.crop((left, top, left + round(photo.width * 0.9), top + round(photo.height * 0.9)))

    def mirrored(photo: Image.Image) -> Image.Image:
        return photo.transpose(Image.Transpose.FLIP_LEFT_RIGHT)

    def brightened(photo: Image.Image) -> Image.Image:
        return ImageEnhance.Brightness(photo).enhance(1.3)

    def darkened(photo: Image.Image) -> Image.Image:
        return ImageEnhance.Brightness(photo).enhance(0.6)

    changes = {
        "resized": shrunk,
        "cropped by 10 %": cropped,
        "mirrored": mirrored,
        "brightened": brightened,
        "darkened": darkened,
        "gray": lambda photo: photo.convert("L"),
        "upside down": lambda photo: photo.transpose(Image.Transpose.ROTATE_180),
        "cropped and mirrored": lambda photo: mirrored(cropped(photo)),
    }
    ways = {name: functools.partial(_changed, change) for name, change in changes.items()}
    ways["recompressed"] = lambda photo: encoded(photo, "JPEG", quality=20)
    ways["as PNG"] = lambda photo: encoded(photo, "PNG", compress_level=1)
    return ways


def _changed(change: Callable[[Image.Image], Image.Image], photo: Image.Image) -> bytes:
    return encoded(change(photo), "JPEG", quality=88)


def plant_near_copies(planting: Planting) -> None:
    """A changed copy of one photo for each way, most in the same folder."""
    ants = planting.root / "train/ants"
    pool = next(pool for pool in planting.pools if pool[0].parent == ants)
    for name, change in near_copies().items():
        original = pool.pop()
        kinds, folder = {
            "resized": (("two_labels",), planting.root / "train/bees"),
            "mirrored": (("across_split",), planting.root / "val/ants"),
        }.get(name, ((), ants))
        target = folder / f"{name.replace(' ', '_')}{'.png' if name == 'as PNG' else '.jpg'}"
        with Image.open(original) as image:
            target.write_bytes(change(image.convert("RGB")))
        pair = tuple(sorted((planting.path(original), planting.path(target))))
        for kind in ("near_duplicate", *kinds):
            planting.expected[kind].add(pair)


def plant_placeholders(planting: Planting) -> None:
    """The same graphic in place of some photos of both classes."""
    graphic = Image.new("RGB", (200, 150), (235, 235, 235))
    drawing = ImageDraw.Draw(graphic)
    drawing.rectangle((60, 40, 140, 100), outline=(120, 120, 120), width=6)
    drawing.text((40, 115), "Image not available", fill=(120, 120, 120))
    paths = []
    for _ in range(3):
        file = planting.replace(["placeholder"], ".jpg", lambda _photo, file: graphic.save(file))
        paths.append(file)
    first, *others = sorted(paths)
    for other in others:
        pair = (planting.path(first), planting.path(other))
        planting.expected["exact_duplicate"].add(pair)
        parts = [tuple(Path(path).parts[:2]) for path in pair]
        if parts[0][0] != parts[1][0]:
            planting.expected["across_split"].add(pair)
        if parts[0][1] != parts[1][1]:
            planting.expected["two_labels"].add(pair)


def compared(planting: Planting, findings: Iterable[Finding]) -> list[tuple[str, int, int, list[object]]]:
    """Rows of kind, number planted, number of these found, and what was found but not planted."""
    found = {finding.kind: set(finding.classes or finding.photos) for finding in findings}
    kinds = sorted(set(planting.expected) | set(found))
    rows = []
    for kind in kinds:
        planted, seen = planting.expected.get(kind, set()), found.get(kind, set())
        rows.append((kind, len(planted), len(planted & seen), sorted(seen - planted, key=str)))
    return rows


def _sixteen_bits(photo: Image.Image) -> Image.Image:
    return Image.fromarray(np.asarray(photo.convert("L")).astype(np.uint16) * 257)


def _half_transparent(photo: Image.Image) -> Image.Image:
    layer = photo.copy()
    layer.putalpha(Image.linear_gradient("L").resize(photo.size).point(lambda level: 128 + level // 2))
    return layer


def _noisy(size: tuple[int, int], level: int) -> Image.Image:
    noise = np.random.default_rng(level).normal(level, 2, (size[1], size[0], 3))
    return Image.fromarray(noise.clip(0, 255).astype(np.uint8))


def plant_everything(planting: Planting) -> None:
    """Every kind of finding."""
    plant_file_faults(planting)
    plant_copies(planting)
    plant_near_copies(planting)
    plant_placeholders(planting)
    plant_classes(planting)


def plant_classes(planting: Planting) -> None:
    """A tiny class, an empty one, and one whose name looks like another."""
    for name, number in (("wasps", 3), ("moths", 0), ("ANTS", 11)):
        (planting.root / "train" / name).mkdir()
        for index in range(number):
            textured(planting.root / "train" / name / f"{name}{index}.jpg", 10_000 + 100 * len(name) + index)
    planting.expected["tiny_class"].add("wasps")
    planting.expected["empty_class"] |= {"moths", "ANTS"}  # the last one has no photo for validation
    planting.expected["class_names_alike"] |= {"ANTS", "ants"}
    planting.expected["imbalance"] |= {"wasps", "ANTS"}
