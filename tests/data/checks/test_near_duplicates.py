from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from planted_faults import near_copies
from trimming import few

from studio.data.checks import descriptors, duplicates, hash_index, near_duplicates
from studio.data.checks.near_duplicates import Match
from studio.data.images.facts import SIDE, PhotoFacts
from studio.data.images.facts_table import FactsTable

COUNT = 60
BY_DEFAULT = ["resized", "cropped by 10 %", "mirrored", "brightened", "recompressed"]


def texture(seed: int) -> Image.Image:
    coarse = np.random.default_rng(seed).integers(0, 256, (9, 11, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((160, 136), Image.Resampling.BICUBIC)


def small(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BOX).convert("L"))


def searched(pictures: list[np.ndarray]) -> list[Match]:
    steps = near_duplicates.search(np.stack(pictures))
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


@pytest.fixture(scope="module")
def originals() -> list[np.ndarray]:
    return [small(texture(seed)) for seed in range(COUNT)]


@pytest.fixture(params=[False, True], ids=["all pairs", "index"])
def indexed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param:
        monkeypatch.setattr(near_duplicates, "ALL_PAIRS", 1)


@pytest.mark.usefixtures("indexed")
def test_different_pictures_do_not_match(originals: list[np.ndarray]) -> None:
    assert searched(originals) == []


@pytest.mark.usefixtures("indexed")
@pytest.mark.parametrize("name", few(near_copies(), BY_DEFAULT))
def test_changed_copies_match(originals: list[np.ndarray], name: str) -> None:
    change = near_copies()[name]
    copies = [small(Image.open(io.BytesIO(change(texture(seed))))) for seed in range(10)]
    matches = searched([*originals, *copies])
    assert {tuple(sorted((match.first, match.second))) for match in matches} == {
        (seed, COUNT + seed) for seed in range(10)
    }


def test_a_match_states_how_the_copy_is_rotated_and_cropped(originals: list[np.ndarray]) -> None:
    photo = texture(0)
    (flipped,) = searched([*originals, small(photo.transpose(Image.Transpose.FLIP_LEFT_RIGHT))])
    assert descriptors.TURNS[flipped.turn] == "mirrored"
    assert flipped.part >= duplicates.MIN_PART
    (cropped,) = searched([*originals, small(photo.crop((8, 0, 152, 122)))])
    assert cropped.turn == 0
    assert (cropped.first, cropped.second) == (0, COUNT)
    assert cropped.part == pytest.approx(0.9 * 122 / 136, abs=0.03)


@pytest.mark.parametrize("turn", range(8))
def test_the_descriptor_of_a_turned_picture_follows_from_that_of_the_upright_one(turn: int) -> None:
    picture = np.random.default_rng(0).normal(size=(1, SIDE, SIDE)).astype(np.float32)
    whole = descriptors.operator(0, descriptors.CELLS, descriptors.FINE)
    pixels = np.swapaxes(picture, 1, 2) if turn & 4 else picture
    pixels = pixels[:, :, ::-1] if turn & 1 else pixels
    pixels = pixels[:, ::-1] if turn & 2 else pixels
    found = descriptors.turned(descriptors.descriptors(picture, whole, whole), turn)
    np.testing.assert_allclose(found, descriptors.descriptors(pixels, whole, whole), atol=1e-5)


def test_in_a_set_of_similar_pictures_only_the_same_ones_match() -> None:
    common = np.asarray(texture(0), np.int16)
    noise = [np.asarray(texture(seed), np.int16) - 128 for seed in range(1, 41)]
    pictures = [small(Image.fromarray((common * 0.6 + one * 0.22).clip(0, 255).astype(np.uint8))) for one in noise]
    assert searched([*pictures, pictures[3] // 2]) == [
        Match(3, 40, pytest.approx(1, abs=0.01), 0, 1.0)  # type: ignore[arg-type]
    ]


@pytest.mark.parametrize(("each", "uniform"), [(10, False), (11, True)])
def test_a_set_is_uniform_where_photos_agree_with_ten_others(each: int, uniform: bool) -> None:
    groups = np.repeat(np.eye(64, dtype=np.float32)[:5], each, axis=0)
    assert near_duplicates._is_uniform(groups) == uniform


def test_a_hash_bucket_with_too_many_pictures_gives_no_candidates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hash_index, "MAX_BUCKET", 5)
    random = np.random.default_rng(0)
    base = random.normal(size=(200, 64)).astype(np.float32)
    base[:50] = base[0]
    index = hash_index.HashIndex(base)
    assert len(list(index.build())) == hash_index.TABLES
    rows, others = index.candidates(base[[0, 100]])
    assert set(others[rows == 0]) == set()
    assert 100 in others[rows == 1]


@pytest.mark.usefixtures("indexed")
def test_of_many_similar_pictures_the_most_similar_are_compared(
    originals: list[np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(near_duplicates, "MAX_CANDIDATES", 2)
    copies = [np.roll(originals[0], step, axis=1) for step in (1, 2)] + [originals[0] // 2, originals[0] // 3]
    pairs = {(match.first, match.second) for match in searched([*originals, *copies])}
    assert {second for first, second in pairs if first == 0} <= {COUNT + 2, COUNT + 3}


class EveryPair:
    """An index whose candidates are all pairs."""

    def __init__(self, count: int) -> None:
        self.count = count

    def candidates(self, queries: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        places, others = np.indices((len(queries), self.count))
        return places.ravel(), others.ravel()


def test_the_index_gives_the_same_pairs_as_comparing_all() -> None:
    random = np.random.default_rng(3)
    base = random.normal(size=(24, 64)).astype(np.float32)
    base /= np.linalg.norm(base, axis=1, keepdims=True)
    queries = np.stack([base[8:16], base[0:8], np.roll(base[8:16], 1, axis=1)], axis=1)  # the second variant matches
    queries[:4, 2] = 0.9 * base[16:20] + 0.1 * base[8:12]
    queries[4:6, 2] = 0.95 * base[4:6]  # a worse variant of a pair
    queries[6, 2] = base[5]  # a picture that the one before matches, too
    expected = near_duplicates._all_pairs(queries, base, 8)
    pairs = near_duplicates._indexed(queries, base, 8, EveryPair(24))  # type: ignore[arg-type]
    assert sorted(zip(*(part.tolist() for part in pairs), strict=True)) == sorted(
        zip(*(part.tolist() for part in expected), strict=True)
    )
    triples = set(zip(*(part.tolist() for part in expected), strict=True))
    assert triples == {
        *((8 + row, row, 1) for row in range(8)),
        *((8 + row, 16 + row, 2) for row in range(4)),
        (14, 5, 2),
    }


def test_of_large_groups_only_connections_are_listed() -> None:
    small_group = [Match(a, b, 0.95, 0, 1.0) for a in range(4) for b in range(a)]
    large_group = [Match(a, b, 0.95, 0, 1.0) for a in range(100, 130) for b in range(100, a)]
    listed = duplicates._without_cliques([*small_group, *large_group])
    assert [match for match in listed if match.first < 100] == small_group
    assert len([match for match in listed if match.first >= 100]) == 29


def test_the_search_can_be_stopped_between_small_steps(originals: list[np.ndarray]) -> None:
    steps = near_duplicates.search(np.stack(originals))
    assert next(steps) < COUNT
    steps.close()


def test_a_search_without_pictures_has_no_matches() -> None:
    steps = near_duplicates.search(np.empty((0, SIDE, SIDE), np.uint8))
    with pytest.raises(StopIteration) as end:
        next(steps)
    assert end.value.value == []


@pytest.mark.parametrize(("size", "listed"), [(2, 1), (7, 21), (8, 28), (9, 8)])
def test_all_pairs_are_listed_of_up_to_eight_photos(size: int, listed: int) -> None:
    pairs = [Match(a, b, 0.95, 0, 1.0) for a in range(size) for b in range(a)]
    found = duplicates._without_cliques(pairs)
    assert len(found) == listed
    assert found == [pair for pair in pairs if pair in found], "in their order"


def test_large_groups_are_connected_by_the_pairs_that_agree_most() -> None:
    pairs = [Match(a, b, 0.9 + 0.001 * (a == b + 1) + 0.0001 * a, 0, 1.0) for a in range(12) for b in range(a)]
    best = sorted(pairs, key=lambda pair: -pair.agreement)[0]
    assert best in duplicates._without_cliques(pairs)
    weak = [Match(pair.first, pair.second, 1 - pair.agreement, 0, 1.0) for pair in pairs]
    assert len(duplicates._without_cliques(weak)) == 11


@pytest.mark.parametrize(("cosine", "found"), [(0.74, False), (0.75, True), (0.76, True)])
def test_pairs_are_examined_from_an_agreement_of_three_quarters(cosine: float, found: bool) -> None:
    base = np.eye(64, dtype=np.float32)[:2]
    queries = np.zeros((1, 1, 64), np.float32)
    queries[0, 0, 1:3] = cosine, (1 - cosine**2) ** 0.5
    for pairs in (
        near_duplicates._all_pairs(queries, base, 0),
        near_duplicates._indexed(queries, base, 0, EveryPair(2)),  # type: ignore[arg-type]
    ):
        assert [part.tolist() for part in pairs] == ([[0], [1], [0]] if found else [[], [], []])


@pytest.fixture
def decided(monkeypatch: pytest.MonkeyPatch):
    """The matches of two pictures whose agreements, and effective number of frequencies, are given."""

    def decide(scores: float, inner: float, frequencies: float, uniform: bool = False, way: int = 0) -> list[Match]:
        target = np.full((1, 12, 12), (1 / frequencies / 144) ** 0.25, np.float32)
        results = iter([np.array([scores], np.float32), np.array([inner], np.float32)])
        monkeypatch.setattr(near_duplicates, "_target", lambda *_: target)
        monkeypatch.setattr(near_duplicates, "_agreement", lambda *_: next(results))
        monkeypatch.setattr(near_duplicates, "_fitted", lambda *_: next(results))
        pictures = np.zeros((2, SIDE, SIDE), np.uint8)
        return list(near_duplicates._decided(pictures, np.array([0]), np.array([1]), np.array([way]), uniform))

    return decide


@pytest.mark.parametrize(
    ("scores", "inner", "frequencies", "uniform", "found"),
    [
        (0.9, 0.8, 8, False, True), (0.899, 1, 8, False, False), (1, 0.799, 8, False, False),
        (0.984, 1, 6, False, False), (0.985, 1, 6, False, True), (0.95, 1, 7.01, False, True),
        (0.95, 1, 6.99, False, False), (0.984, 1, 8, True, False), (0.985, 0.8, 8, True, True),
    ],
)  # fmt: skip
def test_a_pair_is_a_near_duplicate_from_these_agreements(
    decided, scores: float, inner: float, frequencies: float, uniform: bool, found: bool
) -> None:
    scores = float(np.nextafter(np.float32(scores), np.float32(2)))  # 0.9 as a float of 32 bits is less than 0.9
    assert bool(decided(scores, inner, frequencies, uniform)) is found


def test_the_share_that_a_copy_shows_is_the_area_that_is_not_cut_off(decided) -> None:
    shares = {}
    for way, (turn, part) in enumerate(near_duplicates._VARIANTS):
        (match,) = decided(1, 1, 8, way=way)
        assert (match.first, match.second, match.turn) == (0, 1, turn)
        shares[part] = match.part
    assert shares[0, 0, 0, 0] == 1
    assert shares[8, 8, 8, 8] == pytest.approx(0.8 * 0.8)
    assert shares[0, 8, 0, 0] == shares[0, 0, 8, 0] == pytest.approx(0.9)
    assert shares[4, 0, 4, 8] == pytest.approx(0.9 * 0.9)


def test_flat_pictures_and_those_in_the_same_frame_are_not_duplicates() -> None:
    framed = np.random.default_rng(5).integers(0, 256, (SIDE, SIDE)).astype(np.uint8)
    framed[2:-2, 2:-2] = 180
    darker = framed.copy()
    darker[2:-2, 2:-2] = 179
    flat = [np.full((SIDE, SIDE), level, np.uint8) for level in (100, 200)]
    assert searched([*flat, framed, darker]) == []


@pytest.mark.parametrize(
    ("part", "sizes", "turn", "detail"),
    [
        (1.0, [(6, 4), (6, 4)], 0, "stored differently"),
        (1.0, [(6, 4), (6, 4)], 1, "mirrored"),
        (0.94, [(6, 4), (6, 4)], 0, "stored differently"),
        (0.93, [(6, 4), (3, 2)], 5, "rotated, cropped to 93 %, 6 × 4 and 3 × 2 pixels"),
        (1.0, [(6, 4), (6, 5)], 0, "6 × 4 and 6 × 5 pixels"),
    ],
)
def test_the_detail_says_how_two_photos_differ(
    part: float, sizes: list[tuple[int, int]], turn: int, detail: str
) -> None:
    one, other = (PhotoFacts("PNG", *size, 1, *[False] * 4, 1, "", bytes([at]) * 16, b"", 9, 0.1, 99)
                  for at, size in enumerate(sizes))  # fmt: skip
    facts = FactsTable.of({"x": one, "a": one, "b": other})
    for first, second in ((0, 1), (1, 0)):
        near = duplicates._near(Match(first, second, 0.95, turn, part), np.array([1, 2]), facts)
        assert (near.first, near.second) == (one.digest, other.digest)
        assert near.detail.replace("\u202f", " ").replace("\xa0", " ") == detail
