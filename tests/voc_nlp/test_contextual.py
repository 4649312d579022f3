"""The contextual encoder with a stand-in for its network, and what each model makes of the vectors."""

from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from tests.voc_nlp.toys import DIMENSION, ROWS, toy_embedder, toy_ngrams
from voc_nlp.analysis import Analyzer
from voc_nlp.artifacts import open_folder
from voc_nlp.contextual import ContextPart, ContextualEncoder, pool
from voc_nlp.embedding import StaticEmbedder
from voc_nlp.errors import UnknownFormatError
from voc_nlp.features import Featurizer, NgramVocabulary
from voc_nlp.loading import shipped_models
from voc_nlp.routing.model import NOBODY, RoutingModel
from voc_nlp.schema import Analysis
from voc_nlp.sentiment.aspects import TAGS, WINDOW_BUCKETS, AspectTagger
from voc_nlp.sentiment.model import SENTIMENT_KIND, SentimentModel
from voc_nlp.topics.model import ThemeModel

WINDOW = 254
CLS, SEP, FIRST_PIECE_ROW = 1, 2, 3
WIDTH = 3
# Static rows of the toy encoder.
LATE, DELIVERY, GA, KIND = 1, 2, 3, 4


class Network:
    """Answers each place of a window with its row, its place and the length of the window."""

    def __init__(self) -> None:
        self.lengths: list[int] = []

    def get_outputs(self) -> list[SimpleNamespace]:
        return [SimpleNamespace(shape=["texts", "length", WIDTH])]

    def run(self, names: None, inputs: dict[str, NDArray[Any]]) -> list[NDArray[np.float32]]:
        narrow = inputs["narrow"]
        length = narrow.shape[1]
        assert narrow.shape == (1, length, 1)
        assert narrow.dtype == np.float32
        rows = np.round(narrow[0, :, 0])
        assert (rows[0], rows[-1]) == (CLS, SEP)
        assert np.all(rows[1:-1] >= FIRST_PIECE_ROW)
        self.lengths.append(length - 2)
        return [np.stack([rows, np.arange(length), np.full(length, length)], axis=1)[None].astype(np.float32)]


def encoder(network: Network, embedder: StaticEmbedder | None = None) -> ContextualEncoder:
    """Build an encoder whose narrow rows are their own numbers."""
    known = FIRST_PIECE_ROW + len(ROWS)
    return ContextualEncoder(
        embedder or toy_embedder(),
        2 * np.arange(known, dtype=np.int8)[:, None],
        np.full(known, 0.5, dtype=np.float32),
        network,
        parts={},
        thresholds={},
    )


def run(texts: list[str], network: Network | None = None) -> NDArray[np.float32]:
    return encoder(network or Network()).run(toy_embedder().pieces(texts))


def part(weights: list[list[float]], bias: list[float], share: float = 0.0) -> ContextPart:
    return ContextPart(np.asarray(weights, dtype=np.float32), np.asarray(bias, dtype=np.float32), share)


def test_width_is_that_of_the_network() -> None:
    assert encoder(Network()).width == WIDTH


@pytest.mark.parametrize(
    "inputs", [["narrow", "mask"], ["mask"], [], ["pieces"]], ids=["older kind", "mask", "none", "another"]
)
def test_a_network_with_other_inputs_is_refused_when_it_is_loaded(
    monkeypatch: pytest.MonkeyPatch, inputs: list[str]
) -> None:
    folder = shipped_models() / "contextual" / "1.0.0"

    class Older(Network):
        def get_inputs(self) -> list[SimpleNamespace]:
            return [SimpleNamespace(name=name) for name in inputs]

    monkeypatch.setattr(onnxruntime, "InferenceSession", lambda *_, **__: Older())
    with pytest.raises(UnknownFormatError, match=f"takes the inputs {', '.join(inputs)}; expected narrow"):
        ContextualEncoder.load(folder, toy_embedder())


def test_every_piece_in_order_each_text_for_itself() -> None:
    found = run(["late delivery", "", "配送が遅い", "nonsense"])
    rows = [LATE, DELIVERY, DELIVERY, GA, LATE, 0]
    assert found[:, 0].tolist() == [row + FIRST_PIECE_ROW for row in rows]
    assert found[:, 1].tolist() == [1, 2, 1, 2, 3, 1]
    assert found[:, 2].tolist() == [4, 4, 5, 5, 5, 3]
    assert found.dtype == np.float32


@pytest.mark.parametrize("texts", [[], [""], ["", " ", ""]])
def test_no_pieces(texts: list[str]) -> None:
    network = Network()
    assert run(texts, network).shape == (0, WIDTH)
    assert network.lengths == []


@pytest.mark.parametrize(
    ("pieces", "lengths"),
    [
        (1, [1]),
        (WINDOW, [WINDOW]),
        (WINDOW + 1, [127, 128]),
        (2 * WINDOW, [WINDOW, WINDOW]),
        (2 * WINDOW + 1, [169, 170, 170]),
        (600, [200, 200, 200]),
    ],
)
def test_long_texts_are_cut_into_windows_of_equal_length(pieces: int, lengths: list[int]) -> None:
    network = Network()
    words = ["late", "delivery", "kind", "late", "late"] * 120
    found = run(["kind", " ".join(words[:pieces]), "", "late"], network)
    assert network.lengths == [1, *lengths, 1]
    rows = [{"late": LATE, "delivery": DELIVERY, "kind": KIND}[word] for word in words[:pieces]]
    assert found[:, 0].tolist() == [row + FIRST_PIECE_ROW for row in (KIND, *rows, LATE)]
    places = [place for length in lengths for place in range(1, length + 1)]
    assert found[1:-1, 1].tolist() == places


def test_alone_or_among_others() -> None:
    texts = ["late delivery", "kind " * 300, "", "配送が遅い", "late"]
    assert np.array_equal(run(texts), np.concatenate([run([text]) for text in texts]))


def test_pool() -> None:
    hidden = np.asarray([[1, -2], [3, 0], [5, 4], [-7, -1]], dtype=np.float32)
    pieces = toy_embedder().pieces(["late delivery kind", "", "late"])
    # the whole of the first, its first two words, no word, the empty text, the last
    stretches = pieces.stretches([0, 0, 0, 1, 2], [0, 0, 4, 0, 0], [18, 13, 5, 0, 4])
    assert pool(hidden, stretches) == pytest.approx(
        np.asarray([[3, 2 / 3, 5, 4], [2, -1, 3, 0], [0] * 4, [0] * 4, [-7, -1, -7, -1]])
    )


def test_pool_of_nothing() -> None:
    stretches = toy_embedder().pieces([]).whole()
    assert pool(np.zeros((0, 2), dtype=np.float32), stretches).shape == (0, 4)


def test_features_hold_the_pooled_vectors() -> None:
    embedder = toy_embedder()
    pieces = embedder.pieces(["late delivery", "", "kind"])
    hidden = encoder(Network()).run(pieces)
    features = Featurizer(embedder, toy_ngrams()).featurize(pieces.whole(), hidden)
    late, delivery, kind = (row + FIRST_PIECE_ROW for row in (LATE, DELIVERY, KIND))
    expected = [[(late + delivery) / 2, 1.5, 4, delivery, 2, 4], [0] * 6, [kind, 1, 3, kind, 1, 3]]
    assert features.contextual == pytest.approx(np.asarray(expected))
    assert features.rows(0, 1).contextual == pytest.approx(np.asarray(expected[:1]))
    assert Featurizer(embedder, toy_ngrams()).featurize(pieces.whole()).contextual is None


TAG_PART = part([[0, 0, 0], [0, 9, -9], [0, -9, 9]], [5, 0, 0])
"""Second number of a piece's vector: begins a term; third: goes on with one."""

POLARITY_PART = part([[4, 0, -4], [0, 0, 0], [0, 0, 0]], [0, 0, 0])
"""First number of a piece's vector, times eight: log odds of positive against negative."""


def tagger(context: dict[str, ContextPart] | None) -> AspectTagger:
    """Build a tagger whose linear part takes ``late`` for a term."""
    vector_weights = np.zeros((3 * DIMENSION, len(TAGS)), dtype=np.float32)
    vector_weights[DIMENSION, 1] = 20
    arrays: dict[str, NDArray[Any]] = {
        "window_weights": np.zeros((WINDOW_BUCKETS, len(TAGS)), dtype=np.int8),
        "window_scales": np.ones(len(TAGS), dtype=np.float32),
        "vector_weights": vector_weights,
        "bias": np.asarray([10, 0, 0], dtype=np.float32),
    }
    return AspectTagger(toy_embedder(), arrays, context, least_probability=0.5)


@pytest.mark.parametrize(
    ("context", "hidden", "spans"),
    [
        # without context: the linear part, and no polarity
        (None, [[0, 0, 0], [1, 1, 0], [1, 0, 1]], [(0, 4, None)]),
        ({"tags": TAG_PART, "polarity": POLARITY_PART}, None, [(0, 4, None)]),
        ({"tags": TAG_PART}, [[0, 0, 0], [1, 1, 0], [1, 0, 1]], [(0, 4, None)]),
        # with context and no share for the linear part
        ({"tags": TAG_PART, "polarity": POLARITY_PART}, [[0, 0, 0]] * 3, []),
        (
            {"tags": TAG_PART, "polarity": POLARITY_PART},
            [[0, 0, 0], [1, 1, 0], [1, 0, 1]],
            [(5, 18, (1 - np.exp(-8)) / (1 + np.exp(-4) + np.exp(-8)))],
        ),
        (
            {"tags": TAG_PART, "polarity": POLARITY_PART},
            [[-1, 1, 0], [0, 1, 0], [0, 0, 0]],
            [(0, 4, (np.exp(-8) - 1) / (1 + np.exp(-4) + np.exp(-8))), (5, 13, 0)],
        ),
        # both together: the linear part finds late, the context kind
        (
            {"tags": part([[0, 0, 0], [0, 20, 0], [0, 0, 0]], [0, 0, 0], 1.0), "polarity": POLARITY_PART},
            [[0, 0, 0], [0, 0, 0], [0, 1, 0]],
            [(0, 4, 0), (14, 18, 0)],
        ),
    ],
)
def test_terms_and_their_polarity(
    context: dict[str, ContextPart] | None,
    hidden: list[list[float]] | None,
    spans: list[tuple[int, int, float | None]],
) -> None:
    text = "late delivery kind"
    vectors = None if hidden is None else np.asarray(hidden, dtype=np.float32)
    (found,) = tagger(context).find([text], toy_embedder().pieces([text]), vectors)
    assert [(span.start, span.end) for span in found] == [(start, end) for start, end, _ in spans]
    for span, (_, _, score) in zip(found, spans, strict=True):
        assert span.score == (None if score is None else pytest.approx(score, abs=1e-6))


def test_the_surest_piece_gives_the_polarity_of_a_term() -> None:
    hidden = np.asarray([[0, 0, 0], [-1, 0.6, 0], [1, 0, 2]], dtype=np.float32)
    text = "late delivery kind"
    context = {"tags": TAG_PART, "polarity": POLARITY_PART}
    ((span,),) = tagger(context).find([text], toy_embedder().pieces([text]), hidden)
    assert (span.start, span.end) == (5, 18)
    assert span.score == pytest.approx((1 - np.exp(-8)) / (1 + np.exp(-4) + np.exp(-8)))


@pytest.fixture(scope="module")
def shipped() -> StaticEmbedder:
    return StaticEmbedder.load(shipped_models() / "encoder" / "1.0.0")


@pytest.fixture(scope="module")
def ngrams() -> NgramVocabulary:
    return NgramVocabulary.load(shipped_models() / "ngrams" / "1.0.0")


def always(classes: int, column: int) -> ContextPart:
    """Say one class, whatever the text."""
    return part([[0.0] * classes] * (2 * WIDTH), [20.0 * (number == column) for number in range(classes)])


TEXTS = ["Awful, rude staff and a dirty room.", "とても親切でした。"]


def test_sentiment_by_the_context(shipped: StaticEmbedder, ngrams: NgramVocabulary) -> None:
    folder = shipped_models() / "sentiment" / "1.0.0"
    pieces = shipped.pieces(TEXTS)
    hidden = np.zeros((len(pieces.ids), WIDTH), dtype=np.float32)
    plain = Featurizer(shipped, ngrams).featurize(pieces.whole())
    features = Featurizer(shipped, ngrams).featurize(pieces.whole(), hidden)
    before = SentimentModel.load(folder).predict(plain)
    assert SentimentModel.load(folder, {}).predict(features) == before
    assert SentimentModel.load(folder, {"owner": always(11, 0)}).predict(features) == before
    found = SentimentModel.load(folder, {"sentiment": always(4, 1)}).predict(features)
    assert [one.label for one in found] == ["neutral", "neutral"]
    assert [one.label for one in before] == ["negative", "positive"]


def test_routing_by_the_context(shipped: StaticEmbedder, ngrams: NgramVocabulary) -> None:
    folder = shipped_models() / "routing" / "1.0.0"
    pieces = shipped.pieces(TEXTS)
    hidden = np.zeros((len(pieces.ids), WIDTH), dtype=np.float32)
    features = Featurizer(shipped, ngrams).featurize(pieces.whole(), hidden)
    before = RoutingModel.load(folder).predict(features)
    found = RoutingModel.load(folder, {"intent": always(5, 3), "owner": always(11, 10)}).predict(features)
    assert [one.intent.label for one in found] == ["question", "question"]
    assert [one.departments for one in found] == [(), ()]
    assert [one.urgency for one in found] == [one.urgency for one in before]
    assert NOBODY not in {department.id for one in before for department in one.departments}


@pytest.mark.parametrize(("least", "abstained"), [(1.1, True), (0.0, False)])
def test_thresholds_of_the_context_replace_those_of_routing(
    shipped: StaticEmbedder, ngrams: NgramVocabulary, least: float, abstained: bool
) -> None:
    folder = shipped_models() / "routing" / "1.0.0"
    features = Featurizer(shipped, ngrams).featurize(shipped.pieces(TEXTS).whole())
    found = RoutingModel.load(folder, {}, {"abstain_below": least, "aspect": 0.5}).predict(features)
    assert [one.abstained for one in found] == [abstained, abstained]


def test_an_analyzer_with_context(shipped: StaticEmbedder, ngrams: NgramVocabulary) -> None:
    """Every piece begins a positive term, every text and sentence is mixed: only context can say so."""
    context = {
        "sentiment": always(4, 3),
        "tags": part([[0.0] * 3] * WIDTH, [0, 9, 0]),
        "polarity": part([[0.0] * 3] * WIDTH, [9, 0, 0]),
    }
    models = shipped_models()
    size = FIRST_PIECE_ROW + int(shipped.rows_of(shipped.pieces(TEXTS)).max()) + 1
    rows = np.full((size, 1), FIRST_PIECE_ROW, dtype=np.int8)
    rows[[CLS, SEP], 0] = CLS, SEP
    network = Network()
    linear = open_folder(models / "sentiment" / "1.0.0", SENTIMENT_KIND).tensors("aspects")
    analyzer = Analyzer(
        embedder=shipped,
        ngrams=ngrams,
        sentiment=SentimentModel.load(models / "sentiment" / "1.0.0", context),
        aspects=AspectTagger(shipped, linear, context, least_probability=0.5),
        routing=RoutingModel.load(models / "routing" / "1.0.0", context),
        themes=ThemeModel.load(models / "themes" / "1.0.0"),
        model_version="toy",
        contextual=ContextualEncoder(
            shipped, rows, np.ones(size, dtype=np.float32), network, context, thresholds={}
        ),
    )
    for text, answer in zip(TEXTS, analyzer.analyze(TEXTS), strict=True):
        assert isinstance(answer, Analysis)
        assert answer.sentiment.label == "mixed"
        assert [sentence.label for sentence in answer.sentences] == ["mixed"]
        assert answer.aspects
        assert {aspect.label for aspect in answer.aspects} == {"positive"}
        assert all(text[aspect.start : aspect.end] == aspect.term for aspect in answer.aspects)
        assert all(before.end <= after.start for before, after in pairwise(answer.aspects))
    assert len(network.lengths) == len(TEXTS)
