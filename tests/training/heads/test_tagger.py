"""Training the aspect tagger on toy data: pieces are marked right, and what was learnt is found again."""

import numpy as np
import pytest

from tests.voc_nlp.toys import DIMENSION, toy_embedder
from training.data.labelled import Labelled
from training.heads.tagger import tag_pieces, train_tagger, window_vectors
from voc_nlp.sentiment.aspects import AspectTagger


def row(text: str, *terms: str) -> Labelled:
    aspects = tuple((term, "negative") for term in terms)
    return Labelled(text=text, lang="en", source="corpus", group="a", aspects=aspects)


@pytest.mark.parametrize(
    ("labelled", "tags"),
    [
        (row("late delivery", "delivery"), [0, 1]),
        (row("配送が遅い", "配送"), [1, 0, 0]),
        (row("late delivery kind", "delivery kind"), [0, 1, 2]),
        (row("delivery late delivery", "delivery"), [1, 0, 0]),
        (row("late delivery", "late", "delivery"), [1, 1]),
        (row("late delivery", "parcel"), [0, 0]),
        (row("late delivery"), [0, 0]),
        (row("LATE ＤＥＬＩＶＥＲＹ".lower(), "delivery"), [0, 1]),
        (row("late ｄｅｌｉｖｅｒｙ", "ｄｅｌｉｖｅｒｙ"), [0, 1]),
    ],
)
def test_tags(labelled: Labelled, tags: list[int]) -> None:
    from voc_nlp.text.normalize import normalize

    texts = [normalize(labelled.text).text]
    assert tag_pieces(toy_embedder().pieces(texts), texts, [labelled]).tolist() == tags


def test_each_text_has_its_own_tags() -> None:
    labelled = [row("late"), row("delivery", "delivery"), row(""), row("delivery")]
    texts = [one.text for one in labelled]
    assert tag_pieces(toy_embedder().pieces(texts), texts, labelled).tolist() == [0, 1, 0]


def test_rows_of_a_piece_and_its_neighbours() -> None:
    embedder = toy_embedder()
    pieces = embedder.pieces(["late delivery kind", "late"])
    late, delivery, kind, alone = embedder.piece_vectors(pieces)
    zero = np.zeros(DIMENSION)
    expected = [(zero, late, delivery), (late, delivery, kind), (delivery, kind, zero), (zero, alone, zero)]
    assert window_vectors(pieces, embedder) == pytest.approx(
        np.asarray([np.concatenate(one) for one in expected])
    )


def test_what_was_learnt_is_found_again() -> None:
    embedder = toy_embedder()
    rows = [row("late delivery", "delivery"), row("配送が遅い", "配送"), row("kind"), row("late")] * 10
    silent = Labelled(text="delivery", lang="en", source="corpus", group="a")
    one, other = (
        train_tagger(embedder, [*rows, silent], {"corpus": 1.0}, epochs=60, seed=4) for _ in range(2)
    )
    assert all(np.array_equal(one[name], other[name]) for name in one)
    texts = ["late delivery", "kind", "配送が遅い"]
    found = AspectTagger(embedder, one, least_probability=0.5).find(texts, embedder.pieces(texts))
    cut = [[text[span.start : span.end] for span in spans] for text, spans in zip(texts, found, strict=True)]
    assert cut == [["delivery"], [], ["配送"]]
