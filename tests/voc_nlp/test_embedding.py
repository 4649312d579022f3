"""The static encoder: pieces that cut the text, unit vectors, the same ones whatever stands beside."""

import sys
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import huggingface_hub.constants
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.voc_nlp.toys import DIMENSION, ROWS, toy_embedder
from voc_nlp.cutter import WORD_START
from voc_nlp.embedding import SentenceTransformerEmbedder, StaticEmbedder, _local_folder
from voc_nlp.errors import MissingArtifactError
from voc_nlp.loading import load_embedder
from voc_nlp.text.normalize import normalize

TEXTS = [
    "配送が遅い",
    "The delivery was late.",
    "",
    "UIがlaggyでlog inできない",
    "😡👍🏽 最悪!!",
    "価格は1,000円だった。",
    "a",
    "  spaces   everywhere ",
    "line\nbreaks\r\nhere",
    "全角　スペース",
]


@pytest.fixture(scope="module")
def shipped() -> StaticEmbedder:
    """Load the shipped encoder."""
    embedder = load_embedder()
    assert isinstance(embedder, StaticEmbedder)
    return embedder


def cosine(embedder: StaticEmbedder, one: str, other: str) -> float:
    vectors = embedder.embed([one, other])
    return float(vectors[0] @ vectors[1])


@pytest.mark.parametrize(
    ("text", "vector"),
    [
        ("late", (1, 0, 0)),
        ("LATE", (1, 0, 0)),
        ("遅い", (1, 0, 0)),
        ("late late late", (1, 0, 0)),
        ("late delivery", (0.5**0.5, 0.5**0.5, 0)),
        ("late nonsense", (1, 0, 0)),
        ("nonsense", (0, 0, 0)),
        ("", (0, 0, 0)),
        (" ", (0, 0, 0)),
    ],
)
def test_a_vector_is_the_unit_mean_of_its_rows(text: str, vector: tuple[float, ...]) -> None:
    assert toy_embedder().embed([text])[0] == pytest.approx(vector, abs=1e-6)


def test_shape_and_type() -> None:
    embedder = toy_embedder()
    assert embedder.dimension == DIMENSION
    for count in (0, 1, 3):
        vectors = embedder.embed(["late"] * count)
        assert vectors.shape == (count, DIMENSION)
        assert vectors.dtype == np.float32


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("late delivery", ["late", "delivery"]),
        ("  late   delivery ", ["late", "delivery"]),
        ("配送が遅い", ["配送", "が", "遅い"]),
        ("", []),
        ("   ", []),
    ],
)
def test_pieces_cut_the_text(text: str, pieces: list[str]) -> None:
    found = toy_embedder().pieces([text])
    assert [text[s:e] for s, e in zip(found.starts, found.ends, strict=True)] == pieces
    assert found.count == 1


def test_pieces_of_many_texts_lie_end_to_end() -> None:
    found = toy_embedder().pieces(["late delivery", "", "遅い"])
    assert found.owners.tolist() == [0, 0, 2]
    assert found.starts.tolist() == [0, 5, 0]
    assert found.ends.tolist() == [4, 13, 2]
    assert found.count == 3


@pytest.mark.parametrize(
    ("start", "end", "vector"),
    [
        (0, 4, (1, 0, 0)),
        (5, 13, (0, 1, 0)),
        (4, 13, (0, 1, 0)),
        (0, 13, (0.5**0.5, 0.5**0.5, 0)),
        (0, 0, (0, 0, 0)),
        (13, 99, (0, 0, 0)),
    ],
)
def test_a_stretch_is_a_text_of_its_own(start: int, end: int, vector: tuple[float, ...]) -> None:
    embedder = toy_embedder()
    stretches = embedder.pieces(["kind", "late delivery", "kind"]).stretches([1], [start], [end])
    assert embedder.embed_stretches(stretches)[0] == pytest.approx(vector, abs=1e-6)


def test_stretches_may_overlap_and_repeat() -> None:
    embedder = toy_embedder()
    pieces = embedder.pieces(["late delivery", "遅い"])
    stretches = pieces.stretches([0, 1, 0, 0], [0, 0, 5, 0], [13, 2, 13, 4])
    assert len(stretches) == 4
    assert stretches.first.tolist() == [0, 2, 1, 0]
    assert stretches.last.tolist() == [2, 3, 2, 1]
    assert embedder.embed_stretches(pieces.whole()) == pytest.approx(
        embedder.embed(["late delivery", "遅い"])
    )


def letters_of(texts: list[str], *stretches: tuple[int, int, int]) -> list[str]:
    """Lay out the letters of stretches (text, start, end), of the whole texts where none is given."""
    pieces = toy_embedder().pieces(texts)
    owners, starts, ends = zip(*stretches, strict=True) if stretches else ((), (), ())
    runs = pieces.stretches(owners, starts, ends) if stretches else pieces.whole()
    starts_at, ends_at = runs.letter_bounds()
    assert starts_at.shape == ends_at.shape == (len(runs),)
    return [
        "".join(map(chr, pieces.letters[start:end])) for start, end in zip(starts_at, ends_at, strict=True)
    ]


@pytest.mark.parametrize(
    ("texts", "letters"),
    [
        ([], []),
        ([""], [""]),
        (["", "  ", ""], ["", "", ""]),
        (["late"], ["late"]),
        (["LATE Delivery"], ["late delivery"]),
        # from the first piece to the end of the last; white space between stays
        (["  late   delivery "], ["late   delivery"]),
        (["", "kind", "", "遅い", ""], ["", "kind", "", "遅い", ""]),
        (["配送が遅い", "late"], ["配送が遅い", "late"]),
        # letters of unknown pieces are letters all the same; only A to Z are lowered
        (["ZÉカ", "😡 kind"], ["zÉカ", "😡 kind"]),
    ],
)
def test_letters_of_whole_texts(texts: list[str], letters: list[str]) -> None:
    assert letters_of(texts) == letters


@pytest.mark.parametrize(
    ("stretch", "letters"),
    [
        ((1, 0, 13), "late delivery"),
        ((1, 0, 4), "late"),
        ((1, 4, 13), "delivery"),
        ((1, 5, 13), "delivery"),
        # only pieces that begin inside, each to its end
        ((1, 1, 13), "delivery"),
        ((1, 0, 6), "late delivery"),
        ((1, 6, 13), ""),
        ((1, 3, 3), ""),
        ((1, 13, 99), ""),
        ((2, 0, 9), ""),
        ((3, 2, 3), "が"),
        ((3, 2, 5), "が遅い"),
    ],
)
def test_letters_of_a_stretch(stretch: tuple[int, int, int], letters: str) -> None:
    texts = ["kind", "late Delivery", "", "配送が遅い"]
    assert letters_of(texts, stretch) == [letters]
    # the same among others, before and after
    assert letters_of(texts, (0, 0, 4), stretch, (2, 0, 1), stretch, (3, 0, 2)) == [
        "kind",
        letters,
        "",
        letters,
        "配送",
    ]


def test_the_letters_of_a_text_begin_where_it_says() -> None:
    pieces = toy_embedder().pieces(["Late ", "", "遅い"])
    assert pieces.letter_starts.tolist() == [0, 5, 5, 7]
    assert "".join(map(chr, pieces.letters)) == "late 遅い"
    assert pieces.count == 3
    assert toy_embedder().pieces([]).letter_starts.tolist() == [0]


def test_runs_of_the_same_pieces_are_one() -> None:
    pieces = toy_embedder().pieces(["late delivery", "", "", "late"])
    # whole texts, then a sentence that is its whole text, the second word twice, a stretch without pieces
    runs = pieces.stretches([0, 1, 2, 3, 0, 0, 0, 1], [0, 0, 0, 0, 0, 5, 4, 0], [13, 0, 0, 4, 99, 13, 13, 9])
    distinct, places = runs.distinct()
    assert places == [0, 1, 2, 3, 0, 4, 4, 5]
    assert distinct.first[[0, 3, 4]].tolist() == [0, 2, 1]
    assert distinct.last[[0, 3, 4]].tolist() == [2, 3, 2]
    assert (distinct.first == distinct.last).tolist() == [False, True, True, False, False, True]


def test_rows_weighed_together_are_rows_weighed_one_by_one(shipped: StaticEmbedder) -> None:
    weights = np.random.default_rng(0).normal(size=(shipped.dimension, 3)).astype(np.float32)
    assert shipped.weigh_rows(weights) == pytest.approx(shipped.table() @ weights, abs=1e-3)


def test_white_space_is_a_space_among_the_letters() -> None:
    for space in "\t\n\v\f\r\u3000":
        assert letters_of([f"late{space}kind"]) == ["late kind"]


def test_table_and_rows() -> None:
    embedder = toy_embedder()
    table = embedder.table()
    assert embedder.row_count == len(table) == 5
    assert table.dtype == np.float32
    assert table[0].tolist() == [0, 0, 0]
    names = [name for name, _ in embedder.piece_rows()]
    assert names == ["[UNK]", "▁", *ROWS]
    for name, row in embedder.piece_rows()[2:]:
        assert table[row] == pytest.approx(np.asarray(ROWS[name]) / 127)
    # forms of one word share a row
    rows = dict(embedder.piece_rows())
    assert rows["▁late"] == rows["遅い"] != rows["▁kind"]


def test_the_table_is_what_pieces_are_looked_up_in(shipped: StaticEmbedder) -> None:
    pieces = shipped.pieces(TEXTS)
    assert np.array_equal(shipped.table()[shipped.rows_of(pieces)], shipped.piece_vectors(pieces))
    rows = shipped.piece_rows()
    assert [row for _, row in rows][int(pieces.ids[0])] == shipped.rows_of(pieces)[0]
    assert max(row for _, row in rows) < shipped.row_count
    assert any(name.startswith(WORD_START) for name, _ in rows)


def test_shipped_vectors_have_unit_length_or_none(shipped: StaticEmbedder) -> None:
    lengths = np.linalg.norm(shipped.embed(TEXTS), axis=1)
    assert lengths == pytest.approx([0.0 if not text else 1.0 for text in TEXTS], abs=1e-5)


@pytest.mark.parametrize(
    ("japanese", "near", "far"),
    [
        ("配送が遅い", "The delivery is slow", "The room was clean"),
        ("返金してください", "Please give me a refund", "The staff were kind"),
        ("アプリにログインできない", "I cannot log in to the app", "The soup was cold"),
        ("部屋が清潔だった", "The room was clean", "The delivery is slow"),
    ],
)
def test_two_languages_meet(shipped: StaticEmbedder, japanese: str, near: str, far: str) -> None:
    assert cosine(shipped, japanese, near) > cosine(shipped, japanese, far) + 0.2


def test_the_same_vector_alone_and_in_any_batch(shipped: StaticEmbedder) -> None:
    together = shipped.embed(TEXTS * 20)
    for number, text in enumerate(TEXTS):
        alone = shipped.embed([text])[0]
        assert np.array_equal(alone, together[number])
        assert np.array_equal(alone, together[-len(TEXTS) + number])


@pytest.mark.parametrize("text", TEXTS)
def test_shipped_pieces_stand_where_they_say(shipped: StaticEmbedder, text: str) -> None:
    found = shipped.pieces([text])
    assert np.all(found.starts < found.ends)
    assert np.all(found.ends <= len(text))
    assert np.all(np.diff(found.starts) >= 0)
    assert not any(text[start].isspace() for start in found.starts)
    covered = {place for s, e in zip(found.starts, found.ends, strict=True) for place in range(s, e)}
    assert all(place in covered for place, letter in enumerate(text) if not letter.isspace())


def starts_and_names(shipped: StaticEmbedder, text: str) -> list[str]:
    found = shipped.pieces([text])
    return [text[s:e] for s, e in zip(found.starts, found.ends, strict=True)]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("late delivery", ["late", "delivery"]),
        ("配送が遅い", ["配送", "が", "遅い"]),
        ("late.", ["late", "."]),
        ("slow\ndelivery", ["slow", "delivery"]),
    ],
)
def test_shipped_pieces_of_plain_words(shipped: StaticEmbedder, text: str, pieces: list[str]) -> None:
    assert starts_and_names(shipped, text) == pieces


@settings(max_examples=80, deadline=None)
@given(st.lists(st.text(max_size=60), max_size=4))
def test_any_text_has_a_finite_vector(shipped: StaticEmbedder, texts: list[str]) -> None:
    clean = [normalize(text).text for text in texts]
    vectors = shipped.embed(clean)
    assert vectors.shape == (len(texts), shipped.dimension)
    assert np.isfinite(vectors).all()
    found = shipped.pieces(clean)
    assert np.all(found.starts < found.ends)
    assert all(end <= len(clean[owner]) for owner, end in zip(found.owners, found.ends, strict=True))


class FakeModel:
    """What SentenceTransformerEmbedder asks of the real class."""

    asked: ClassVar[list[dict[str, Any]]] = []

    def __init__(self, name: str, **options: Any) -> None:
        self.asked.append({"name": name, **options})
        if name == "missing":
            raise OSError("no such model")

    def get_sentence_embedding_dimension(self) -> int:
        return 2

    def encode(self, texts: list[str], **options: Any) -> list[list[float]]:
        assert options["normalize_embeddings"]
        assert len(set(texts)) == len(texts)
        return [[1.0, 0.0] if text.isascii() else [0.0, 1.0] for text in texts]


@pytest.fixture
def fake_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a small stand-in where sentence_transformers is imported from."""
    module = ModuleType("sentence_transformers")
    module.SentenceTransformer = FakeModel  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sentence_transformers", module)

    def cached(name: str, file: str) -> str | None:
        return {("some/model", "modules.json"): "/cache/some/modules.json"}.get((name, file))

    monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", cached)


@pytest.mark.usefixtures("fake_library")
def test_another_encoder_gives_the_same_kind_of_answer() -> None:
    embedder = SentenceTransformerEmbedder("some/model")
    assert embedder.dimension == 2
    assert embedder.embed([]).shape == (0, 2)
    vectors = embedder.embed(["遅い", "late"])
    assert vectors.tolist() == [[0, 1], [1, 0]]
    assert vectors.dtype == np.float32


@pytest.mark.usefixtures("fake_library")
def test_another_encoder_reads_a_text_once_and_a_blank_one_never() -> None:
    vectors = SentenceTransformerEmbedder("some/model").embed(["遅い", "", "late", "遅い", " \n", "late"])
    assert vectors.tolist() == [[0, 1], [0, 0], [1, 0], [0, 1], [0, 0], [1, 0]]


@pytest.mark.usefixtures("fake_library")
def test_a_dimension_that_the_model_does_not_know_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeModel, "get_sentence_embedding_dimension", lambda self: None)
    assert SentenceTransformerEmbedder("some/model").dimension == 2


@pytest.mark.usefixtures("fake_library")
@pytest.mark.parametrize("may_fetch", [False, True])
def test_nothing_is_fetched_unasked_and_nothing_pickled_is_read(may_fetch: bool) -> None:
    SentenceTransformerEmbedder("some/model", may_fetch=may_fetch)
    assert FakeModel.asked[-1] == {
        "name": "some/model" if may_fetch else "/cache/some",
        "device": "cpu",
        "local_files_only": not may_fetch,
        "model_kwargs": {"use_safetensors": True},
    }
    SentenceTransformerEmbedder("some/model")
    assert FakeModel.asked[-1]["local_files_only"]


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(MissingArtifactError, match="pip install"):
        SentenceTransformerEmbedder("some/model")


@pytest.mark.usefixtures("fake_library")
def test_a_missing_encoder_is_named() -> None:
    with pytest.raises(MissingArtifactError, match="'missing'"):
        SentenceTransformerEmbedder("missing")
    with pytest.raises(MissingArtifactError, match=r"'missing'.*a hub knows"):
        SentenceTransformerEmbedder("missing", may_fetch=True)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("owner/toy", "models--owner--toy/snapshots/1/modules.json"),
        ("owner/plain", "models--owner--plain/snapshots/1/config.json"),
        ("toy", "models--sentence-transformers--toy/snapshots/1/modules.json"),
    ],
)
def test_a_name_is_looked_up_in_the_cache_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, file: str
) -> None:
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text("{}", "utf-8")
    ref = tmp_path / Path(file).parts[0] / "refs" / "main"
    ref.parent.mkdir()
    ref.write_text("1", "utf-8")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    assert _local_folder(name) == str((tmp_path / file).parent)
    assert _local_folder(str(tmp_path)) == str(tmp_path)
    for other in ("owner/other", "other"):
        with pytest.raises(FileNotFoundError, match=other):
            _local_folder(other)
