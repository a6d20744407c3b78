"""All checks of the data check, one row each, the most harmful first.

A check finds photos, pairs or classes; its row says how much they harm, why they matter and what to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from studio.data.checks import classes, duplicates, empty_pictures, file_formats, sizes, unreadable_files
from studio.data.checks.evidence import Evidence, Find
from studio.events import Finding, FindingKind, Severity

_REPLACE = "Replace the file by a good copy, or remove it."


@dataclass(frozen=True, slots=True)
class DataCheck:
    """One check.

    Attributes:
        kind: Kind of its findings.
        severity: How much they harm; an “error” wherever a file is left out.
        one: Title of one of them, continuing “1 ”.
        many: Title of several, continuing “2 ”.
        find: The check itself.
        why: Why it matters.
        advice: What to do.
    """

    kind: FindingKind
    severity: Severity
    one: str
    many: str
    find: Find
    why: str
    advice: str


CHECKS: tuple[DataCheck, ...] = (
    DataCheck(
        "corrupt",
        "warning",
        "file is damaged or not a photo",
        "files are damaged or not photos",
        unreadable_files.corrupt,
        "Those that cannot be read are left out, so the classes have fewer photos than files; others show only a part.",
        _REPLACE,
    ),
    DataCheck(
        "truncated",
        "error",
        "photo is cut off",
        "photos are cut off",
        unreadable_files.truncated,
        "The end of the file is missing, as after an interrupted copy or download. They are left out, because other "
        "programs fill the missing part with gray.",
        "Copy or download the file again, or remove it.",
    ),
    DataCheck(
        "empty_file",
        "error",
        "file is empty",
        "files are empty",
        unreadable_files.empty_file,
        "A file of zero bytes holds no photo; it is left out.",
        "Copy or download the file again, or remove it.",
    ),
    DataCheck(
        "bomb",
        "warning",
        "file has too many pixels",
        "files have too many pixels",
        unreadable_files.bomb,
        "Opening such a picture can exhaust the memory (a decompression bomb), however small its file is.",
        "Remove it if you do not know where it comes from; otherwise save it at a smaller size.",
    ),
    DataCheck(
        "two_labels",
        "error",
        "pair of the same photo has two labels",
        "pairs of the same photo have two labels",
        duplicates.two_labels,
        "One of the labels is wrong, or the photo shows both classes. Training on both teaches neither.",
        "Keep the photo in the class that it belongs to, and remove it from the other.",
    ),
    DataCheck(
        "across_split",
        "error",
        "pair of the same photo is in two parts of the split",
        "pairs of the same photo are in two parts of the split",
        duplicates.across_split,
        "The model is judged on a photo that it was trained on, so the result looks better than it is.",
        "Remove one of each pair, or move both into the same part.",
    ),
    DataCheck(
        "empty_class",
        "error",
        "class has no photo, or none in a part of the split",
        "classes have no photo, or none in a part of the split",
        classes.empty_class,
        "The model cannot learn a class without photos for training, and is not judged on one without photos for "
        "validation.",
        "Add photos, or remove the folder.",
    ),
    DataCheck(
        "class_names_alike",
        "warning",
        "class has a name that looks like another",
        "classes have names that look alike",
        classes.class_names_alike,
        "They are probably one class whose photos are divided between several folders by mistake.",
        "Put the photos into one folder, or give the classes names that differ.",
    ),
    DataCheck(
        "tiny_class",
        "warning",
        "class is tiny",
        "classes are tiny",
        classes.tiny_class,
        f"With fewer than {classes.MIN_PHOTOS} photos a class is hardly learned, and its result is a matter of luck.",
        "Add photos of it, or leave the class out.",
    ),
    DataCheck(
        "imbalance",
        "warning",
        "class is underrepresented",
        "classes are underrepresented",
        classes.imbalance,
        f"The largest class has {classes.MAX_RATIO} or more times as many photos. A model that ignores small classes "
        "still gets a high accuracy.",
        "Add photos of the small classes, and judge by balanced accuracy and recall instead of accuracy.",
    ),
    DataCheck(
        "exact_duplicate",
        "warning",
        "pair of files is the same photo",
        "pairs of files are the same photo",
        duplicates.exact_duplicate,
        "A copy adds nothing to learn from, but counts twice.",
        "Remove one of each pair.",
    ),
    DataCheck(
        "near_duplicate",
        "warning",
        "pair of files shows nearly the same picture",
        "pairs of files show nearly the same picture",
        duplicates.near_duplicate,
        "A resized, cropped or mirrored copy, or a shot of the same moment, adds little but counts twice.",
        "Look at each pair, and remove the worse one.",
    ),
    DataCheck(
        "placeholder",
        "warning",
        "photo seems to be a placeholder",
        "photos seem to be placeholders",
        empty_pictures.placeholder,
        "A picture such as “image not available” in place of a photo teaches the model that it belongs to the class.",
        "Look at them, and remove them.",
    ),
    DataCheck(
        "blank",
        "warning",
        "photo is blank",
        "photos are blank",
        empty_pictures.blank,
        "A picture of nearly one color shows nothing of its class, and teaches a wrong one.",
        "Look at them, and remove those that show nothing.",
    ),
    DataCheck(
        "extreme_aspect",
        "warning",
        "photo is very long or tall",
        "photos are very long or tall",
        sizes.extreme_aspect,
        "Networks see a square. A center crop cuts away most of such a photo, perhaps its subject.",
        "Crop the photo around its subject, or choose a crop policy that keeps the whole photo.",
    ),
    DataCheck(
        "too_small",
        "warning",
        "photo is far too small",
        "photos are far too small",
        sizes.too_small,
        f"With fewer than {sizes.MIN_SIDE} pixels on a side it is enlarged several times, and the network sees a blur.",
        "Use the original instead of a thumbnail; if all photos are small, choose a smaller input size.",
    ),
    DataCheck(
        "wrong_extension",
        "info",
        "picture has the suffix of another format",
        "pictures have the suffix of another format",
        file_formats.wrong_extension,
        "This program goes by the content of a file, but others go by its name and fail.",
        "Rename the file; save pictures of formats that cannot be read here as JPEG.",
    ),
    DataCheck(
        "animated",
        "info",
        "file is an animation",
        "files are animations",
        file_formats.animated,
        "Only the first frame is used, and it may not show the subject.",
        "Save the frame that shows the subject as a photo of its own.",
    ),
    DataCheck(
        "multi_page",
        "info",
        "file has several pages",
        "files have several pages",
        file_formats.multi_page,
        "Only the first page is used, whatever the others show.",
        "Save each page that you need as a photo of its own.",
    ),
    DataCheck(
        "high_bit_depth",
        "info",
        "photo has more than 8 bits per sample",
        "photos have more than 8 bits per sample",
        file_formats.high_bit_depth,
        "They are scaled to 8 bits by the value range stated in the file, or estimated for the folder. Other programs "
        "may show them white or black.",
        "Compare a few photos with their preview; set the value range if they look too dark or too bright.",
    ),
    DataCheck(
        "alpha",
        "info",
        "photo has transparency",
        "photos have transparency",
        file_formats.alpha,
        "Transparent parts become white here, and black or hidden colors elsewhere. If only one class has them, the "
        "model may learn the white instead of the subject.",
        "Nothing, if all classes have them alike; otherwise put all photos on the same background.",
    ),
    DataCheck(
        "cmyk",
        "info",
        "photo has colors for print (CMYK)",
        "photos have colors for print (CMYK)",
        file_formats.cmyk,
        "They are converted to RGB without their color profile, so colors are a little off.",
        "Save them as RGB where colors matter.",
    ),
    DataCheck(
        "palette",
        "info",
        "photo has a palette",
        "photos have a palette",
        file_formats.palette,
        "At most 256 colors are left of a photo, and its areas are patterned; it is more often a drawing.",
        "Use the original photo where there is one.",
    ),
    DataCheck(
        "exif_rotated",
        "info",
        "photo is rotated by its EXIF orientation",
        "photos are rotated by their EXIF orientation",
        file_formats.exif_rotated,
        "They are shown and trained on upright here; programs that ignore the orientation see them on their side.",
        "Nothing for use here; save them upright for other programs.",
    ),
)
"""All checks; findings of the same severity are shown in this order. A new check is a function and a row."""

_HARM: dict[Severity, int] = {"error": 0, "warning": 1, "info": 2}


def findings(evidence: Evidence) -> Iterator[Finding | None]:
    """The result of each check in turn; None where it does not apply."""
    for check in CHECKS:
        hits = list(check.find(evidence))
        if not hits:
            yield None
            continue
        yield Finding(
            check.kind,
            "error" if any(hit.photos in evidence.unreadable for hit in hits) else check.severity,
            f"{len(hits):,} {check.one if len(hits) == 1 else check.many}",
            len(hits),
            tuple(chain.from_iterable((hit.photos,) if hit.photos is not None else hit.members for hit in hits)),
            tuple(hit.detail for hit in hits),
            tuple(hit.name for hit in hits if hit.name),
            check.why,
            check.advice,
        )


def by_harm(findings: list[Finding]) -> tuple[Finding, ...]:
    """Findings in the order to show them, the most harmful first."""
    return tuple(sorted(findings, key=lambda finding: _HARM[finding.severity]))
