from __future__ import annotations

from dataclasses import replace

from studio.engine.training.run_files.photo_changes import PhotoEntry, Photos, changed_photos_error

THEN = {
    f"{kind}/{n}.jpg": PhotoEntry(kind, "val" if n == 3 else "train", f"{kind}{n}")
    for kind in ("ants", "bees")
    for n in range(4)
}


def said(now: Photos) -> tuple[str, str]:
    error = changed_photos_error("run 7", "/photos", THEN, now)
    assert error.file == "/photos"
    return error.title.split("began with: ")[1], error.hint


def test_an_added_class_is_named_instead_of_its_photos():
    more = {f"wasps/{n}.jpg": PhotoEntry("wasps", "train", f"w{n}") for n in range(1200)}
    title, hint = said({**THEN, **more})
    assert title == "class “wasps” is new (1,200 photos)."
    assert hint == "To resume the run, move “wasps” out of the folder; or start a new run with the current photos."


def test_removed_and_renamed_classes_are_named():
    title, hint = said({path: one for path, one in THEN.items() if one.kind != "bees"})
    assert title == "class “bees” is gone (4 photos)."
    assert "put “bees” back" in hint
    renamed = {
        path.replace("bees", "Bees"): replace(one, kind=one.kind.replace("bees", "Bees")) for path, one in THEN.items()
    }
    assert said(renamed)[0] == "class “Bees” is new (4 photos); class “bees” is gone (4 photos)."


def test_photos_are_counted_by_the_kind_of_change():
    now = {path: one for path, one in THEN.items() if path not in ("ants/0.jpg", "bees/1.jpg")}
    now["bees/9.jpg"] = PhotoEntry("bees", "train", "x")
    now["ants/2.jpg"] = replace(now["ants/2.jpg"], content="other")
    now["ants/3.jpg"] = replace(now["ants/3.jpg"], split="train")
    title, hint = said(now)
    assert title == (
        "ants/0.jpg is gone (and 1 more); bees/9.jpg is new; ants/2.jpg was changed; ants/3.jpg is in another split."
    )
    assert "put the photos back as they were and move the new photos out of the folder" in hint


def test_regression_targets_are_not_compared_as_classes():
    then = {"a.jpg": PhotoEntry("1.0", "train", "a"), "b.jpg": PhotoEntry("2.0", "train", "b")}
    now = {**then, "b.jpg": PhotoEntry("3.0", "train", "b"), "c.jpg": PhotoEntry("4.0", "train", "c")}
    error = changed_photos_error("r", "/p", then, now, target=True)
    assert "c.jpg is new; b.jpg has another number" in error.title
    assert "class" not in error.title
    assert "put the numbers back as they were" in error.hint


def test_a_class_may_have_any_name():
    then = {"a.jpg": PhotoEntry("target 1", "train", "a")}
    title = changed_photos_error("r", "/p", then, {**then, "b.jpg": PhotoEntry("target 2", "train", "b")}).title
    assert "class “target 2” is new (1 photo)" in title


def test_a_missing_list_of_photos_is_named():
    assert "list of those is lost" in changed_photos_error("r", "/p", {}, THEN).title
