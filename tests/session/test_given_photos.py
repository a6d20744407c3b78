"""The list of given photos: photos are added, predicted again, removed and restored."""

from __future__ import annotations

from fake_jobs.data import fake_answer

from studio.events import GivenPhoto, PhotosPredicted
from studio.session import given_photos
from studio.session.given_photos import GivenPhotos
from studio.session.photo_rows import PhotoRows

A, B, C = (fake_answer(f"/nowhere/{name}.png") for name in "abc")


def test_two_lists_that_extend_the_same_rows_are_independent() -> None:
    first = PhotoRows([A])
    one, other = first.with_more([B]), first.with_more([C])
    assert [list(rows) for rows in (first, one, other)] == [[A], [A, B], [A, C]]
    assert [rows.place(B.path) for rows in (first, one, other)] == [-1, 1, -1]
    assert one == PhotoRows([A, B])
    assert one != other
    assert list(one.without(frozenset([A.path]))) == [B]
    assert list(one.with_more([fake_answer("/nowhere/a.png"), C])) == [A, B, C]


def test_photos_stay_when_another_run_does_not_predict_them() -> None:
    now = given_photos.begun(given_photos.given(GivenPhotos(), [A.path, B.path]), "/runs/1", "best", None)
    now = given_photos.predicted(now, PhotosPredicted("/runs/1", (A, B)))
    assert now.chosen == A.path
    again = given_photos.begun(given_photos.asked_again(now), "/runs/2", "best", None)
    assert not again.rows
    assert given_photos.predicted(again, PhotosPredicted("/runs/1", (A,))) is again  # of the run before
    half = given_photos.predicted(again, PhotosPredicted("/runs/2", (A,)))
    ended = given_photos.broken_off(half, "not predicted: stopped")
    assert [(photo.path, photo.why) for photo in ended.rows] == [(A.path, ""), (B.path, "not predicted: stopped")]


def test_the_next_photo_is_shown_when_one_is_removed() -> None:
    now = given_photos.begun(GivenPhotos(), "/runs/1", "best", None)
    now = given_photos.predicted(now, PhotosPredicted("/runs/1", (A, B, C)))
    now = given_photos.without(given_photos.chosen(now, B.path), [B.path])
    assert now.chosen == C.path
    assert given_photos.without(now, [C.path]).chosen == A.path
    assert given_photos.without(now, [A.path, C.path]).chosen == ""


def test_removed_photos_are_restored_at_their_positions_one_removal_at_a_time():
    before = given_photos.predicted(
        given_photos.begun(GivenPhotos(), "/r", "best", None),
        PhotosPredicted("/r", tuple(GivenPhoto(f"/p/{name}.jpg", "a") for name in "abcde")),
    )
    less = given_photos.without(given_photos.without(before, ["/p/b.jpg", "/p/d.jpg"]), ["/p/a.jpg", "/p/none.jpg"])
    assert [photo.path[3] for photo in less.rows] == ["c", "e"]
    once = given_photos.restored(less)
    assert [photo.path[3] for photo in once.rows] == ["a", "c", "e"]
    assert once.chosen == "/p/a.jpg"
    whole = given_photos.restored(once)
    assert whole.rows == before.rows
    assert given_photos.restored(whole) is whole
    other = given_photos.begun(less, "/other", "best", None)
    assert given_photos.restored(other).waiting == ("/p/a.jpg",), "another run has to answer first"


def test_listed_and_waiting_photos_are_not_added_again() -> None:
    now = given_photos.begun(GivenPhotos(), "/runs/1", "best", None)
    now = given_photos.predicted(now, PhotosPredicted("/runs/1", (A, B)))
    again = given_photos.given(now, [A.path, C.path, C.path])
    assert (again.waiting, again.chosen) == ((C.path,), A.path), "the first one is on the list, too"
    assert given_photos.given(again, [C.path]).waiting == (C.path,)
    assert given_photos.given(given_photos.chosen(now, B.path), [C.path]).chosen == B.path


def test_the_first_photo_of_the_list_is_removed_and_restored() -> None:
    now = given_photos.begun(GivenPhotos(), "/runs/1", "best", None)
    now = given_photos.predicted(now, PhotosPredicted("/runs/1", (A, B, C)))
    off = given_photos.without(now, [A.path])
    assert (off.chosen, [photo.path for photo in off.rows]) == (B.path, [B.path, C.path])
    back = given_photos.restored(off)
    assert (back.chosen, [photo.path for photo in back.rows]) == (A.path, [A.path, B.path, C.path])
    readded = given_photos.predicted(off, PhotosPredicted("/runs/1", (A,)))
    assert [photo.path for photo in given_photos.restored(readded).rows] == [B.path, C.path, A.path], (
        "it is there already"
    )


def test_a_photo_that_is_added_again_is_not_restored_twice() -> None:
    now = given_photos.begun(GivenPhotos(), "/runs/1", "best", None)
    for photos in ((A,), (A, B)):
        some = given_photos.predicted(now, PhotosPredicted("/runs/1", photos))
        again = given_photos.predicted(given_photos.without(some, [A.path]), PhotosPredicted("/runs/1", (A,)))
        assert sorted(photo.path for photo in given_photos.restored(again).rows) == [one.path for one in photos]


def test_a_waiting_photo_can_be_removed() -> None:
    now = given_photos.given(GivenPhotos(), [A.path, B.path, C.path])
    assert now.waiting == (A.path, B.path, C.path)
    assert given_photos.without(now, [B.path]).waiting == (A.path, C.path)
    again = given_photos.without(given_photos.GivenPhotos(again=(A.path, B.path)), [A.path])
    assert again.again == (B.path,)


def test_a_stopped_folder_is_continued_without_the_photos_that_have_answers_or_were_removed() -> None:
    bad = GivenPhoto("/nowhere/bad.png", why="damaged")
    now = given_photos.begun(given_photos.given(GivenPhotos(), ["/nowhere", "/one.png"]), "/r", "best", None)
    now = given_photos.predicted(now, PhotosPredicted("/r", (A, B, bad)))
    now = given_photos.given(now, ["/later.png"])
    halted = given_photos.broken_off(given_photos.without(now, [B.path]), "not predicted: stopped")
    assert halted.left == ("/nowhere", "/one.png", "/later.png")
    on = given_photos.continued(halted)
    assert (on.waiting, on.left) == (halted.left, ())
    assert given_photos.known(on) == {A.path, B.path}
    begun = given_photos.begun(on, "/r", "best", None)
    assert not given_photos.known(begun), "only what was left is continued; a folder given again is predicted whole"
    assert given_photos.broken_off(begun, "not predicted").left == halted.left
    ended = given_photos.completed(begun)
    assert given_photos.asked_again(ended).waiting == (A.path, bad.path)
    assert "/nowhere" in given_photos.asked_again(begun).waiting
    assert given_photos.broken_off(ended, "not predicted").left == ()


def test_a_photo_that_could_not_be_read_is_read_again_when_it_is_given_again() -> None:
    bad = GivenPhoto("/nowhere/bad.png", why="damaged")
    now = given_photos.predicted(given_photos.begun(GivenPhotos(), "/r", "best", None), PhotosPredicted("/r", (A, bad)))
    again = given_photos.given(now, [bad.path, A.path])
    assert again.waiting == (bad.path,)
    assert again.chosen == bad.path
    halted = given_photos.broken_off(given_photos.begun(given_photos.given(now, ["/f"]), "/r", "best", None), "stopped")
    assert given_photos.given(halted, ["/f"]).left == ()
