"""Key words of themes: told by class-based TF-IDF, near the theme, each word once."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from voc_nlp.loading import load_embedder
from voc_nlp.schema import Language
from voc_nlp.text.prepare import prepare
from voc_nlp.topics.naming.keywords import KEYWORDS, choose_keywords, class_tfidf, without_parts
from voc_nlp.topics.naming.term_table import TermTable
from voc_nlp.topics.naming.terms import find_terms

TEXTS = {
    Language.JA: [
        "配送が遅い",
        "配送の箱が壊れた",
        "荷物の配送",
        "料理がおいしい",
        "料理の味が薄い",
        "朝食の料理",
    ],
    Language.EN: [
        "Late delivery",
        "delivery box broken",
        "parcel delivery",
        "tasty food",
        "bland food",
        "food again",
    ],
}
FIRST = {Language.JA: ("配送", "料理"), Language.EN: ("delivery", "food")}
CLUSTERS = [0, 0, 0, 1, 1, 1]


def table(texts: list[str], language: Language) -> TermTable:
    prepared = [prepare(text, language.value) for text in texts]
    return TermTable.build(find_terms(one.tokens, language) for one in prepared)


def keywords(language: Language, clusters: list[int], themes: int = 2) -> list[tuple[str, ...]]:
    embedder = load_embedder()
    centroids = embedder.embed(["配送 delivery", "料理 food", "電話 phone"][:themes])
    return choose_keywords(table(TEXTS[language], language), clusters, centroids, embedder, language)


@pytest.mark.parametrize("language", list(TEXTS))
def test_the_most_telling_word_stands_first(language: Language) -> None:
    found = keywords(language, CLUSTERS)
    assert tuple(words[0] for words in found) == FIRST[language]
    assert all(len(words) <= KEYWORDS for words in found)


@pytest.mark.parametrize("language", list(TEXTS))
def test_a_theme_without_a_comment_gets_the_nearest_words(language: Language) -> None:
    found = keywords(language, [1 if theme else -1 for theme in CLUSTERS])
    assert FIRST[language][0] in found[0]


def test_without_any_word() -> None:
    assert choose_keywords(
        table([], Language.JA), [], np.eye(2, dtype=np.float32), load_embedder(), Language.JA
    ) == [(), ()]


def test_weights_are_sparse_and_survive_a_single_term() -> None:
    weights = class_tfidf(csr_matrix(np.array([[5.0, 1.0, 0.0], [0.0, 1.0, 0.0]])))
    assert weights.shape == (2, 3)
    assert weights[0, 0] > weights[0, 1] > 0
    assert weights[0, 2] == 0
    assert class_tfidf(csr_matrix(np.array([[3.0], [0.0]]))).toarray().tolist() == [[3.0], [0.0]]


@pytest.mark.parametrize(
    ("language", "ranked", "left"),
    [
        (Language.JA, ["配送", "配送料", "箱", "送"], ["配送", "箱"]),
        (Language.EN, ["gift card", "cards", "team", "tea"], ["gift card", "team", "tea"]),
    ],
)
def test_no_key_word_is_part_of_another(language: Language, ranked: list[str], left: list[str]) -> None:
    assert without_parts(ranked, language) == left


def test_the_table_counts_spellings_as_one_and_shows_the_most_frequent() -> None:
    found = table(["サーバーが重い", "サーバーが落ちた", "サーバが遅い"], Language.JA)
    place = found.surfaces.index("サーバー")
    assert found.counts[place] == 3
    assert "サーバ" not in found.surfaces
