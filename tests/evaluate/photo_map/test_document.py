from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from studio.evaluate.photo_map import document
from studio.evaluate.photo_map.tsne import ITERATIONS
from studio.events import Dataset, Photo, PhotoChoice, PhotosMapped
from studio.events.photos.choices import AppliedChoices
from studio.events.photos.photo_map import LabelSuspect
from studio.spec import BackboneSpec
from studio.spec.structs import replace

PHOTOS = (Photo("a,b/1.jpg", 0, "train", 0.1), Photo("c/2.jpg", 1, "val", 12.0))
DATA = Dataset("/photos", ("a,b", "c"), PHOTOS)
NUMBERS = replace(DATA, classes=("age",), target="age")
MAP = PhotosMapped(
    "/photos",
    BackboneSpec("resnet18"),
    ("a,b/1.jpg", "c/2.jpg", "gone.jpg"),
    512,
    np.array([[0.5, -1], [2, 3], [9, 9]], np.float32),
    "tsne",
    250,
    suspects=(LabelSuspect("c/2.jpg", "c", "a,b", 8, 10),),
)


def test_the_document_has_the_photos_of_the_data_set_and_the_suspects():
    result = document.document(MAP, DATA)
    assert [photo["path"] for photo in result["photos"]] == ["a,b/1.jpg", "c/2.jpg"]
    assert result["photos"][1] == {
        "path": "c/2.jpg", "class": "c", "split": "val", "x": 2.0, "y": 3.0, "suggested": "a,b"
    }  # fmt: skip
    assert result["photos"][0]["suggested"] is None
    assert result["label_errors"] == [
        {"path": "c/2.jpg", "label": "c", "suggested": "a,b", "neighbors": 8, "of": 10}
    ]  # fmt: skip
    assert (result["method"], result["iterations"], result["complete"]) == ("tsne", 250, False)


def test_a_settled_label_is_no_longer_an_error():
    settled = replace(DATA, choices=AppliedChoices((PhotoChoice("c/2.jpg", "0" * 32, 1, label="a,b"),)))
    assert document.document(MAP, settled)["label_errors"] == []


def test_the_table_is_read_back_by_a_csv_reader():
    rows = list(csv.reader(io.StringIO(document.table(MAP, DATA))))
    assert rows[0] == ["path", "class", "split", "x", "y", "suggested"]
    assert rows[1:] == [["a,b/1.jpg", "a,b", "train", "0.5", "-1", ""], ["c/2.jpg", "c", "val", "2", "3", "a,b"]]


def test_numbers_stand_in_place_of_classes_in_full():
    assert document.document(MAP, NUMBERS)["photos"][1]["number"] == 12.0
    header, first, *_ = list(csv.reader(io.StringIO(document.table(MAP, NUMBERS))))
    assert header[1] == "age"
    assert float(first[1]) == 0.1


def test_a_name_with_a_carriage_return_is_quoted():
    odd = replace(DATA, photos=(replace(PHOTOS[0], path="a\r.jpg"),))
    text = document.table(replace(MAP, paths=("a\r.jpg", "x", "y")), odd)
    assert list(csv.reader(io.StringIO(text, newline="")))[1][0] == "a\r.jpg"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"method": "pca", "explained": 0.416}, "two principal components of 512 features, 42 % of the variance"),
        ({}, f"t-SNE of 512 features, iteration 250 of {ITERATIONS}"),
        ({"complete": True}, "t-SNE of 512 features"),
    ],
)
def test_the_method_in_words(changes, words):
    assert document.method_words(replace(MAP, **changes)) == words
