"""Linear heads against values worked out by hand; the way to a model folder and back."""

from dataclasses import replace

import numpy as np
import pytest

from tests.voc_nlp.toys import toy_features
from training.data.corpus import read_corpus
from voc_nlp.artifacts import open_folder
from voc_nlp.contextual import ContextPart
from voc_nlp.embedding import StaticEmbedder
from voc_nlp.features import Features, Featurizer, NgramVocabulary
from voc_nlp.heads import HeadStack, LinearHead
from voc_nlp.loading import shipped_models
from voc_nlp.text.normalize import normalize

LABELS = ("good", "bad")
SIZE = 30
# What one n-gram weighs in its text, and what two do whose rarities are 3 and 4.
GOOD, BAD, OTHER = (5, 1.0), (7, 1.0), (9, 1.0)
BOTH = [(5, 0.6), (7, 0.8)]


def features(ngrams: list[list[tuple[int, float]]], vectors: list[list[float]]) -> Features:
    """Lay out made-up n-grams and their values, one list a text."""
    return Features(
        np.asarray([ngram for text in ngrams for ngram, _ in text], dtype=np.int64),
        np.asarray([value for text in ngrams for _, value in text], dtype=np.float32),
        np.asarray([row for row, text in enumerate(ngrams) for _ in text], dtype=np.int64),
        np.asarray(vectors, dtype=np.float32),
    )


def head(temperature: float = 1.0, multilabel: bool = False) -> LinearHead:
    """Build a head: n-gram 5 says good, n-gram 7 bad, the vector's first number says good."""
    weights = np.zeros((SIZE, 2), dtype=np.int8)
    weights[5] = (100, 0)
    weights[7] = (0, 50)
    return LinearHead(
        labels=LABELS,
        ngram_weights=weights,
        ngram_scales=np.asarray([0.01, 0.02], dtype=np.float32),
        vector_weights=np.asarray([[2, 0], [0, 0], [0, 0]], dtype=np.float32),
        bias=np.asarray([0.5, -0.5], dtype=np.float32),
        temperature=temperature,
        multilabel=multilabel,
    )


@pytest.mark.parametrize(
    ("ngrams", "vector", "logits"),
    [
        ([], [0, 0, 0], (0.5, -0.5)),
        ([], [1, 0, 0], (2.5, -0.5)),
        ([GOOD], [0, 0, 0], (1.5, -0.5)),
        ([BAD], [0, 0, 0], (0.5, 0.5)),
        (BOTH, [0, 0, 0], (1.1, 0.3)),
        (BOTH, [1, 0, 0], (3.1, 0.3)),
        # an n-gram that speaks for no class
        ([*BOTH, OTHER], [0, 0, 0], (1.1, 0.3)),
        ([OTHER], [0, 0, 0], (0.5, -0.5)),
    ],
)
def test_logits(ngrams: list[tuple[int, float]], vector: list[float], logits: tuple[float, float]) -> None:
    assert head().logits(features([ngrams], [vector]))[0] == pytest.approx(logits, abs=1e-5)


def test_texts_do_not_mix() -> None:
    # the first and the last have no n-gram, nor does one between
    given = features([[], [GOOD], [], BOTH, [BAD], []], [[0, 0, 0], [0, 0, 0], [1, 0, 0], *[[0, 0, 0]] * 3])
    expected = [[0.5, -0.5], [1.5, -0.5], [2.5, -0.5], [1.1, 0.3], [0.5, 0.5], [0.5, -0.5]]
    assert head().logits(given) == pytest.approx(np.asarray(expected), abs=1e-5)


@pytest.mark.parametrize(("temperature", "odds"), [(1.0, 1.0), (2.0, 0.5), (0.5, 2.0)])
def test_probabilities_and_temperature(temperature: float, odds: float) -> None:
    (found,) = head(temperature).predict(features([[]], [[0, 0, 0]]))
    good = 1 / (1 + np.exp(-odds))
    assert found == pytest.approx((good, 1 - good), abs=1e-6)


def test_multilabel_probabilities_stand_for_themselves() -> None:
    (found,) = head(multilabel=True).predict(features([[GOOD]], [[1, 0, 0]]))
    assert found == pytest.approx((1 / (1 + np.exp(-3.5)), 1 / (1 + np.exp(0.5))), abs=1e-6)


@pytest.mark.parametrize("multilabel", [False, True])
def test_far_logits_stay_probabilities(multilabel: bool) -> None:
    strong = replace(head(multilabel=multilabel), bias=np.asarray([80, -80], dtype=np.float32))
    assert strong.predict(features([[GOOD]], [[1, 0, 0]]))[0] == pytest.approx((1, 0), abs=1e-6)


def test_no_text() -> None:
    assert head().predict(toy_features([])).shape == (0, 2)


def test_the_input_is_left_as_it_was() -> None:
    given = features([BOTH], [[1, 0, 0]])
    before = given.vectors.copy(), given.ngrams.copy(), given.values.copy()
    head().predict(given)
    assert np.array_equal(given.vectors, before[0])
    assert np.array_equal(given.ngrams, before[1])
    assert np.array_equal(given.values, before[2])


def test_to_arrays_and_back() -> None:
    one = head(1.5)
    facts = {"labels": list(LABELS), "temperature": 1.5, "multilabel": False}
    other = LinearHead.from_arrays(one.to_arrays(), facts)
    given = features([[GOOD], BOTH], [[0.3, 0, 0], [0, 1, 0]])
    assert other.labels == LABELS
    assert np.array_equal(one.predict(given), other.predict(given))


@pytest.fixture(scope="module")
def shipped() -> tuple[StaticEmbedder, NgramVocabulary]:
    models = shipped_models()
    return (
        StaticEmbedder.load(models / "encoder" / "1.0.0"),
        NgramVocabulary.load(models / "ngrams" / "1.0.0"),
    )


@pytest.mark.parametrize(
    ("name", "task"),
    [
        ("sentiment", "sentiment"),
        *[("routing", task) for task in ("owner", "departments", "intent", "urgency", "churn")],
    ],
)
def test_shipped_heads_say_the_same_alone_and_in_a_batch(
    shipped: tuple[StaticEmbedder, NgramVocabulary], name: str, task: str
) -> None:
    folder = open_folder(shipped_models() / name / "1.0.0", name)
    one = LinearHead.from_arrays(folder.tensors(task), folder.config["heads"][task])
    embedder, ngrams = shipped
    assert one.ngram_weights.shape == (len(ngrams), len(one.labels)), "trained with these n-grams"
    featurizer = Featurizer(embedder, ngrams)
    texts = ["", *(normalize(row.text).text for lang in ("en", "ja") for row in read_corpus(lang)[:100]), "z"]
    together = one.logits(featurizer.featurize(embedder.pieces(texts).whole()))
    alone = [one.logits(featurizer.featurize(embedder.pieces([text]).whole()))[0] for text in texts]
    assert np.array_equal(together, np.stack(alone))


def contextual_features(rows: list[list[float]] | None) -> Features:
    """Give two texts n-grams, a vector and, where there is a context, its pooled vectors."""
    given = features([[GOOD], [BAD]], [[1, 0, 0], [0, 0, 0]])
    return replace(given, contextual=None if rows is None else np.asarray(rows, dtype=np.float32))


PART = ContextPart(
    weights=np.asarray([[1, 0], [0, 3]], dtype=np.float32),
    bias=np.asarray([0.25, -1], dtype=np.float32),
    linear_share=0.5,
)


def test_without_context_a_head_stays_what_it_is() -> None:
    one = head(2.0)
    assert one.with_context(None) is one


@pytest.mark.parametrize(
    ("contextual", "logits"),
    [
        # half of (3.5, -0.5) and (0.5, 0.5), and the bias of the context
        ([[0, 0], [0, 0]], [[2.0, -1.25], [0.5, -0.75]]),
        ([[2, 0], [-1, 1]], [[4.0, -1.25], [-0.5, 2.25]]),
        (None, [[2.0, -1.25], [0.5, -0.75]]),
    ],
)
def test_with_context(contextual: list[list[float]] | None, logits: list[list[float]]) -> None:
    given = contextual_features(contextual)
    found = head(2.0).with_context(PART)
    assert found.logits(given) == pytest.approx(np.asarray(logits), abs=1e-5)
    # what the context adds is calibrated already
    powers = np.exp(np.asarray(logits))
    assert found.predict(given) == pytest.approx(powers / powers.sum(axis=1, keepdims=True), abs=1e-5)


def test_context_alone() -> None:
    found = head().with_context(replace(PART, linear_share=0.0))
    given = contextual_features([[2, 0], [-1, 1]])
    assert found.logits(given) == pytest.approx(np.asarray([[2.25, -1], [-0.75, 2]]), abs=1e-5)


def test_with_context_leaves_the_head_as_it_was() -> None:
    one = head(2.0)
    given = contextual_features([[2, 0], [-1, 1]])
    before = one.predict(given)
    other = one.with_context(PART)
    assert np.array_equal(one.predict(given), before)
    assert one.temperature == 2
    assert (other.labels, other.multilabel) == (one.labels, one.multilabel)


def test_context_does_not_mix_texts() -> None:
    generator = np.random.default_rng(3)
    wide = replace(PART, weights=generator.normal(size=(768, 2)).astype(np.float32))
    given = replace(
        features([[GOOD], BOTH] * 20, [[1, 0, 0], [0, 1, 0]] * 20),
        contextual=generator.normal(size=(40, 768)).astype(np.float32),
    )
    found = head().with_context(wide)
    assert np.array_equal(found.logits(given)[:7], found.logits(given.rows(0, 7)))
    assert np.array_equal(found.logits(given)[:1], found.logits(given.rows(0, 1)))


def test_heads_side_by_side_say_what_each_says_alone() -> None:
    given = contextual_features([[1, 2], [3, 4]])
    heads = {"one": head(2.0), "two": head(multilabel=True), "joined": head().with_context(PART)}
    for some in (heads, {"one": heads["one"], "two": heads["two"]}):
        found = HeadStack(some).predict(given)
        assert list(found) == list(some)
        for name, one in some.items():
            assert found[name] == pytest.approx(one.predict(given), abs=1e-6)
