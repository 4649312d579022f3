"""What the heads look at: known n-grams alone, each once a text, each text for itself."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.voc_nlp.toys import DIMENSION, toy_embedder, toy_features, toy_ngrams
from training.data.corpus import read_corpus
from voc_nlp.artifacts import open_folder, write_folder
from voc_nlp.embedding import StaticEmbedder
from voc_nlp.errors import UnknownFormatError
from voc_nlp.features import NGRAMS_KIND, Featurizer, NgramVocabulary, hash_ngrams
from voc_nlp.loading import shipped_models
from voc_nlp.text.normalize import normalize

MANY = ["late delivery", "", "kind", "配送が遅い", "nonsense late", "late late late late", "Kind 遅い"] * 9
MASK = (1 << 64) - 1


def hashed(symbols: list[int], salt: int = 0) -> int:
    """Hash one n-gram in plain numbers."""
    value = salt
    for symbol in symbols:
        value = (value ^ (symbol + 1)) * 0x9E3779B97F4A7C15 & MASK
        value ^= value >> 29
    return value


def letter_hashes(text: str) -> list[int]:
    """Hash every run of one to four letters."""
    codes = [ord(letter) for letter in text]
    runs = [codes[i : i + length] for length in (1, 2, 3, 4) for i in range(len(codes) - length + 1)]
    return [hashed(run) for run in runs]


def piece_hashes(text: str) -> list[int]:
    """Hash every piece and every pair of neighbours."""
    ids = toy_embedder().pieces([text]).ids.tolist()
    return [hashed(list(run), 0x5BD1E995) for run in (*((one,) for one in ids), *pairwise(ids))]


def found_hashes(texts: list[str]) -> list[list[int]]:
    """Hash the n-grams of texts with the library, one sorted list a text."""
    hashes, owners = hash_ngrams(toy_embedder().pieces(texts).whole())
    return [sorted(hashes[owners == number].tolist()) for number in range(len(texts))]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        # letters: 4 + 3 + 2 + 1, one piece
        ("late", 11),
        # 13 + 12 + 11 + 10, two pieces, one pair
        ("late delivery", 49),
        # 5 + 4 + 3 + 2, three pieces, two pairs
        ("配送が遅い", 19),
        # shorter than the longest n-gram
        ("遅い", 4),
        # repeated ones are repeated
        ("late late", 33),
        # unknown letters are n-grams too, and one unknown piece
        ("zz", 4),
    ],
)
def test_number_of_ngrams(text: str, count: int) -> None:
    assert len(found_hashes([text])[0]) == count


@pytest.mark.parametrize(
    "text", ["late", "late delivery kind", "delivery late", "配送が遅い", "遅い late", "z?"]
)
def test_the_same_ngrams_have_the_same_hashes_everywhere(text: str) -> None:
    # The hash is part of the model format: shipped keys were made with it.
    assert found_hashes([text]) == [sorted(letter_hashes(text) + piece_hashes(text))]


def test_order_of_words_counts() -> None:
    one, other = set(piece_hashes("late delivery")), set(piece_hashes("delivery late"))
    assert len(one & other) == 2
    assert one <= set(found_hashes(["late delivery"])[0])
    assert not other <= set(found_hashes(["late delivery"])[0])


def test_pieces_with_another_between_are_no_pair() -> None:
    (pair,) = set(piece_hashes("late kind")) - set(piece_hashes("late")) - set(piece_hashes("kind"))
    assert pair in found_hashes(["late kind"])[0]
    assert pair not in found_hashes(["late delivery kind"])[0]


def test_a_letter_is_not_the_piece_of_its_number() -> None:
    letters, pieces = set(letter_hashes("late delivery")), set(piece_hashes("late delivery"))
    assert not letters & pieces
    assert hashed([5]) != hashed([5], 0x5BD1E995)


@pytest.mark.parametrize(
    ("text", "same"), [("LATE Delivery", "late delivery"), ("Kind 遅い", "kind 遅い"), ("Z", "z")]
)
def test_latin_capitals_are_lowered(text: str, same: str) -> None:
    assert found_hashes([text]) == found_hashes([same])


@pytest.mark.parametrize(("one", "other"), [("カタ", "かた"), ("É", "é"), ("[", "{"), ("@", "`")])
def test_other_letters_stay_what_they_are(one: str, other: str) -> None:
    assert found_hashes([one]) != found_hashes([other])


def test_japanese_letters() -> None:
    assert set(letter_hashes("配送が遅い")) <= set(found_hashes(["配送が遅い"])[0])
    assert hashed([ord("遅"), ord("い")]) in found_hashes(["遅い"])[0]
    assert hashed([ord("い"), ord("遅")]) not in found_hashes(["遅い"])[0]


def test_hashes_alone_and_among_others() -> None:
    assert found_hashes(MANY) == [found_hashes([text])[0] for text in MANY]


def test_ngrams_do_not_cross_from_text_to_text() -> None:
    texts = ["l", "a", "t", "e", "遅い", "が"]
    assert found_hashes(texts) == [sorted(letter_hashes(text) + piece_hashes(text)) for text in texts]


def test_hashes_of_nothing() -> None:
    for texts in ([], [""], ["", "  ", ""]):
        hashes, owners = hash_ngrams(toy_embedder().pieces(texts).whole())
        assert hashes.shape == owners.shape == (0,)
        assert hashes.dtype == np.uint64


def test_hashes_of_stretches() -> None:
    pieces = toy_embedder().pieces(["kind", "late Delivery", "遅い"])
    # the second word, nothing, a part without a piece, the whole, a word again
    stretches = pieces.stretches([1, 1, 1, 1, 2, 1], [5, 4, 13, 0, 0, 5], [13, 4, 99, 13, 2, 13])
    hashes, owners = hash_ngrams(stretches)
    texts = ["delivery", "", "", "late delivery", "遅い", "delivery"]
    for number, text in enumerate(texts):
        expected = sorted(letter_hashes(text) + piece_hashes(text))
        assert sorted(hashes[owners == number].tolist()) == expected


def test_looking_up_stretches_is_looking_up_their_hashes() -> None:
    pieces = toy_embedder().pieces(["kind", "late Delivery late", "", "配送が遅い"])
    stretches = pieces.stretches([0, 1, 1, 1, 2, 3, 3], [0, 0, 5, 13, 0, 0, 2], [4, 99, 13, 99, 9, 9, 5])
    known = toy_ngrams()
    for found, expected in zip(known.find_in(stretches), known.find(*hash_ngrams(stretches)), strict=True):
        assert len(found)
        assert found.tolist() == expected.tolist()


def test_features_of_some_texts() -> None:
    texts = ["late delivery", "", "配送が遅い", "nonsense", "kind"]
    every, wanted = toy_features(texts), [4, 0, 1, 4, 2]
    some, alone = every.take(wanted), toy_features([texts[number] for number in wanted])
    assert some.ngrams.tolist() == alone.ngrams.tolist()
    assert some.owners.tolist() == alone.owners.tolist()
    assert some.values.tolist() == alone.values.tolist()
    assert some.vectors.tolist() == alone.vectors.tolist()
    assert len(every.take([])) == 0


def vocabulary(keys: list[int], idf: list[float]) -> NgramVocabulary:
    return NgramVocabulary(np.asarray(keys, dtype=np.uint64), np.asarray(idf, dtype=np.float16))


def find(one: NgramVocabulary, *texts: list[int]) -> list[tuple[list[int], list[float]]]:
    """Look up made-up hashes, one list a text."""
    hashes = np.asarray([value for text in texts for value in text], dtype=np.uint64)
    owners = np.asarray([number for number, text in enumerate(texts) for _ in text], dtype=np.int64)
    rows, values, owner = one.find(hashes, owners)
    assert rows.shape == values.shape == owner.shape
    assert values.dtype == np.float32
    assert np.all(np.diff(owner) >= 0)
    return [(rows[owner == n].tolist(), values[owner == n].tolist()) for n in range(len(texts))]


# Far apart, so that each has a slot of its own; the highest has its top bit set.
A, B, C, UNKNOWN = 3 << 42, 1 << 50, MASK - 5, 7 << 55


@pytest.mark.parametrize(
    ("hashes", "rows", "values"),
    [
        ([], [], []),
        ([UNKNOWN], [], []),
        ([A], [0], [1.0]),
        ([B], [1], [1.0]),
        ([C], [2], [1.0]),
        # rarity 3 and 4 scaled to unit length
        ([A, B], [0, 1], [0.6, 0.8]),
        ([B, A], [0, 1], [0.6, 0.8]),
        # each once, however often
        ([B, A, B, B, A], [0, 1], [0.6, 0.8]),
        # unknown ones are passed over and weigh nothing
        ([A, UNKNOWN, B, UNKNOWN], [0, 1], [0.6, 0.8]),
        # in the slot of a known one, but another n-gram
        ([A + 1, B, B - 1, C + 1, C - 1], [1], [1.0]),
        ([A + 1], [], []),
        ([A, B, C], [0, 1, 2], [3 / 13, 4 / 13, 12 / 13]),
    ],
)
def test_find(hashes: list[int], rows: list[int], values: list[float]) -> None:
    ((found, scaled),) = find(vocabulary([A, B, C], [3, 4, 12]), hashes)
    assert found == rows
    assert scaled == pytest.approx(values, abs=1e-6)


def test_find_keeps_texts_apart() -> None:
    texts = [[A, B], [], [UNKNOWN], [B, B], [C, A, UNKNOWN], [A]]
    known = vocabulary([A, B, C], [3, 4, 12])
    together = find(known, *texts)
    assert together == [find(known, text)[0] for text in texts]
    assert [rows for rows, _ in together] == [[0, 1], [], [], [1], [0, 2], [0]]
    assert [sum(v * v for v in values) for rows, values in together if rows] == pytest.approx([1.0] * 4)


def test_keys_need_no_order() -> None:
    assert [rows for rows, _ in find(vocabulary([C, A, B], [1, 1, 1]), [A], [B], [C])] == [[1], [2], [0]]


def test_two_ngrams_in_one_slot_are_never_confused() -> None:
    same_slot = A + 7
    known = vocabulary([A, same_slot, B], [3, 5, 4])
    assert len(known) == 3
    first, second, other, neither = find(known, [A], [same_slot], [B], [A + 3])
    assert sorted([first, second]) in ([([], []), ([0], [1.0])], [([], []), ([1], [1.0])])
    assert first[0] in ([], [0]), "never the row of the other"
    assert second[0] in ([], [1])
    assert other == ([2], [1.0])
    assert neither == ([], [])


def test_an_empty_vocabulary_knows_nothing() -> None:
    empty = vocabulary([], [])
    assert len(empty) == 0
    assert find(empty, [A, 0], [], [MASK]) == [([], [])] * 3


def test_find_nothing() -> None:
    rows, values, owners = vocabulary([A], [1]).find(np.zeros(0, np.uint64), np.zeros(0, np.int64))
    assert len(rows) == len(values) == len(owners) == 0


def write(folder: Path, kind: str) -> Path:
    arrays = {"keys": np.asarray([A, C], dtype=np.uint64), "idf": np.asarray([3, 4], dtype=np.float16)}
    write_folder(folder, kind=kind, name="n", version="1.0.0", tensors={"ngrams": arrays}, facts={})
    return folder


def test_a_vocabulary_out_of_a_folder(tmp_path: Path) -> None:
    ((rows, values),) = find(NgramVocabulary.load(write(tmp_path, NGRAMS_KIND)), [C, B, A])
    assert rows == [0, 1]
    assert values == pytest.approx([0.6, 0.8])


def test_a_folder_of_another_kind_is_no_vocabulary(tmp_path: Path) -> None:
    with pytest.raises(UnknownFormatError, match="kind"):
        NgramVocabulary.load(write(tmp_path, "linear-heads"))


def test_known_ngrams_are_in_range_and_each_once() -> None:
    features = toy_features(MANY)
    assert features.ngrams.min() >= 0
    assert features.ngrams.max() < len(toy_ngrams())
    assert np.all(np.diff(features.owners) >= 0)
    pairs = set(zip(features.owners.tolist(), features.ngrams.tolist(), strict=True))
    assert len(pairs) == len(features.ngrams) == len(features.values)
    squares = np.bincount(features.owners, weights=features.values**2, minlength=len(MANY))
    assert squares == pytest.approx([1.0 if text else 0.0 for text in MANY], abs=1e-5)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("late", 11),
        ("遅い", 4),
        # beside late: the space and the three runs that end in it; what goes over it to l is unknown
        ("late late late", 11 + 4),
        ("zz", 0),
    ],
)
def test_number_of_known_ngrams(text: str, count: int) -> None:
    assert len(toy_features([text]).ngrams) == count


def test_a_text_has_the_same_features_in_any_batch() -> None:
    together = toy_features(MANY)
    assert len(together) == len(MANY)
    for number, text in enumerate(MANY):
        alone, here = toy_features([text]), together.owners == number
        assert np.array_equal(together.ngrams[here], alone.ngrams)
        assert np.array_equal(together.values[here], alone.values)
        assert np.array_equal(together.vectors[number], alone.vectors[0])


@pytest.mark.parametrize("count", [0, 1, 2, 5, len(MANY)])
def test_rows_from_the_start_are_the_first_texts(count: int) -> None:
    first, expected = toy_features(MANY).rows(0, count), toy_features(MANY[:count])
    assert len(first) == count
    assert np.array_equal(first.ngrams, expected.ngrams)
    assert np.array_equal(first.values, expected.values)
    assert np.array_equal(first.owners, expected.owners)
    assert np.array_equal(first.vectors, expected.vectors)


def test_no_text() -> None:
    features = toy_features([])
    assert len(features) == 0
    assert features.vectors.shape == (0, DIMENSION)
    assert len(features.ngrams) == len(features.values) == len(features.owners) == 0


@pytest.fixture(scope="module")
def embedder() -> StaticEmbedder:
    return StaticEmbedder.load(shipped_models() / "encoder" / "1.0.0")


@pytest.fixture(scope="module")
def shipped() -> NgramVocabulary:
    return NgramVocabulary.load(shipped_models() / "ngrams" / "1.0.0")


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [("遅い。配送が遅い", 3, 8), ("Bad. So late again", 5, 18), ("Good! NOT bad. OK", 6, 14)],
)
def test_a_stretch_has_the_features_of_its_words(
    embedder: StaticEmbedder, shipped: NgramVocabulary, text: str, start: int, end: int
) -> None:
    featurizer = Featurizer(embedder, shipped)
    stretch = featurizer.featurize(embedder.pieces([text]).stretches([0], [start], [end]))
    alone = featurizer.featurize(embedder.pieces([text[start:end]]).whole())
    assert len(alone.ngrams) > 5
    assert stretch.ngrams.tolist() == alone.ngrams.tolist()
    assert stretch.values.tolist() == alone.values.tolist()
    assert np.array_equal(stretch.vectors, alone.vectors)


def shipped_keys() -> NDArray[np.uint64]:
    keys = open_folder(shipped_models() / "ngrams" / "1.0.0", NGRAMS_KIND).tensors("ngrams")["keys"]
    return keys.astype(np.uint64)


def test_shipped_ngrams_find_their_own_rows(shipped: NgramVocabulary) -> None:
    keys = shipped_keys()
    assert len(np.unique(keys)) == len(keys) == len(shipped)
    rows, values, owners = shipped.find(keys, np.arange(len(keys)))
    assert np.array_equal(rows, owners)
    assert np.all(values == 1)
    assert len(rows) > 0.98 * len(keys), "the others share a slot"


def test_shipped_ngrams_of_plain_words_are_known(shipped: NgramVocabulary, embedder: StaticEmbedder) -> None:
    keys = set(shipped_keys().tolist())
    assert {hashed([ord(letter) for letter in run]) for run in ("late", "slow", "遅い", "最悪", "。")} <= keys
    hashes, owners = hash_ngrams(embedder.pieces(["The delivery was late.", "配送が遅い。"]).whole())
    found = np.bincount(shipped.find(hashes, owners)[2])
    assert found.min() > 15


def test_the_shipped_features_of_a_text_are_the_same_in_any_batch(
    embedder: StaticEmbedder, shipped: NgramVocabulary
) -> None:
    featurizer = Featurizer(embedder, shipped)
    texts = [normalize(row.text).text for lang in ("ja", "en") for row in read_corpus(lang)[:60]]
    together = featurizer.featurize(embedder.pieces(texts).whole())
    for number, text in enumerate(texts):
        alone, here = featurizer.featurize(embedder.pieces([text]).whole()), together.owners == number
        assert np.array_equal(together.ngrams[here], alone.ngrams)
        assert np.array_equal(together.values[here], alone.values)
        assert np.array_equal(together.vectors[number], alone.vectors[0])
