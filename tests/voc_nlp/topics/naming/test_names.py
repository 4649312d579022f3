"""Names of themes: readable, short, distinct, in both languages, and obedient to the tenant's dictionary."""

import re
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from training.data.corpus import read_corpus
from voc_nlp.loading import load_embedder
from voc_nlp.schema import Language
from voc_nlp.text.prepare import PreparedText, prepare
from voc_nlp.text.tokenize import JapaneseTokenizer, Token, tokenizer_for
from voc_nlp.topics.naming.describe import TenantWords, ThemeDescription, describe_themes
from voc_nlp.topics.naming.names import LONGEST_NAME

LATE = [
    "配送が遅い",
    "配送がとても遅かった",
    "荷物の配送が遅い",
    "Late delivery",
    "The delivery was late",
    "delivery was so late",
]
KIND = [
    "スタッフが親切",
    "親切なスタッフさん",
    "とても親切なスタッフでした",
    "Friendly staff",
    "The staff were friendly",
    "friendly staff",
]
RUDE = [
    "スタッフの対応が悪い",
    "対応が悪い",
    "スタッフの対応が悪かった",
    "Rude staff",
    "The staff were rude",
    "rude staff again",
]


class Dictionary:
    """A tenant's words."""

    def __init__(
        self,
        stop_words: Sequence[str] = (),
        synonyms: Sequence[tuple[str, str]] = (),
        compounds: Sequence[str] = (),
    ) -> None:
        self.stop_words = frozenset(stop_words)
        self._synonyms = synonyms
        self._japanese = JapaneseTokenizer(compounds)

    def cut(self, text: str, language: Language) -> list[Token]:
        return (self._japanese if language is Language.JA else tokenizer_for(language)).tokenize(text)

    def apply_synonyms(self, text: str) -> str:
        for word, preferred in self._synonyms:
            text = text.replace(word, preferred)
        return text


def describe(
    groups: Sequence[Sequence[str]], dictionary: TenantWords | None = None, centroids: Sequence[str] = ()
) -> list[ThemeDescription]:
    texts = [prepare(text) for group in groups for text in group]
    clusters = [theme for theme, group in enumerate(groups) for _ in group]
    vectors = load_embedder().embed([text.normalized.text for text in texts])
    sums = [
        load_embedder().embed([*group, *centroids[theme : theme + 1]]).sum(axis=0)
        for theme, group in enumerate(groups)
    ]
    unit = np.stack([one / np.linalg.norm(one) for one in sums]).astype(np.float32)
    return describe_themes(texts, vectors, clusters, unit, load_embedder(), dictionary=dictionary)


def test_names_in_both_languages() -> None:
    late, kind, rude = describe([LATE, KIND, RUDE])
    assert late.label == {"ja": "配送が遅い", "en": "late delivery"}
    assert kind.label == {"ja": "スタッフが親切", "en": "friendly staff"}
    assert rude.label["ja"] in ("対応が悪い", "スタッフの対応が悪い")
    assert rude.label["en"] == "rude staff"
    assert late.keywords["ja"][0] == "配送"
    assert "delivery" in late.keywords["en"]


def test_a_theme_of_one_language_is_named_in_both() -> None:
    japanese, english, _ = describe([LATE[:3], KIND[3:], LATE[3:] + KIND[:3]])
    for theme in (japanese, english):
        assert theme.label["en"].isascii()
        assert not theme.label["ja"].isascii()
        assert theme.keywords["ja"]
        assert theme.keywords["en"]


def test_where_nobody_writes_a_language_the_other_names_the_theme() -> None:
    late, kind = describe([LATE[:3], KIND[:3]])
    assert (late.label["en"], kind.label["en"]) == (late.label["ja"], kind.label["ja"])


def test_identical_comments_still_get_distinct_names() -> None:
    found = describe([LATE[:1] * 4, LATE[:1] * 4, LATE[:1] * 4])
    assert len({theme.label["ja"] for theme in found}) == 3
    assert len({theme.label["en"] for theme in found}) == 3


def test_an_empty_theme_is_named_by_what_is_near() -> None:
    late, empty = describe([[*LATE, *KIND], []], centroids=["", "スタッフ staff"])
    assert empty.label["ja"]
    assert empty.label["en"]
    assert empty.label != late.label


def test_no_term_at_all() -> None:
    found = describe([["です。"], ["です。"]])
    assert [theme.label for theme in found] == [
        {"ja": "その他", "en": "その他"},
        {"ja": "その他 (2)", "en": "その他 (2)"},
    ]
    assert (
        describe_themes([], np.zeros((0, 4), np.float32), [], np.zeros((0, 4), np.float32), load_embedder())
        == []
    )


@pytest.mark.parametrize(
    ("dictionary", "japanese", "english"),
    [
        (Dictionary(stop_words=("遅い", "late")), "遅い", "late"),
        (Dictionary(synonyms=(("配送", "お届け便"), ("delivery", "shipment"))), "配送", "delivery"),
    ],
)
def test_the_dictionary_acts_at_once(dictionary: Dictionary, japanese: str, english: str) -> None:
    late, _ = describe([LATE, KIND], dictionary)
    assert all(japanese not in words for words in (late.label["ja"], *late.keywords["ja"]))
    assert all(english not in words.split() for words in (late.label["en"], *late.keywords["en"]))


def test_protected_compounds_stay_whole() -> None:
    texts = ["ひだまり便の箱", "ひだまり便が遅い", "ひだまり便の箱が大きい"]
    (found,) = describe([texts], Dictionary(compounds=("ひだまり便",)))
    assert "ひだまり便" in found.keywords["ja"]


@pytest.fixture(scope="module")
def sample() -> tuple[list[PreparedText], NDArray[np.float32], list[int], NDArray[np.float32]]:
    """Assign some of the corpus to twenty comments of it."""
    rows = [row for lang in ("ja", "en") for row in read_corpus(lang)[:400]]
    texts = [prepare(row.text, row.lang) for row in rows]
    vectors = load_embedder().embed([text.normalized.text for text in texts])
    centroids = vectors[::40]
    return texts, vectors, (vectors @ centroids.T).argmax(axis=1).tolist(), centroids


def test_names_of_many_themes(
    sample: tuple[list[PreparedText], NDArray[np.float32], list[int], NDArray[np.float32]],
) -> None:
    found = describe_themes(*sample, load_embedder())
    for lang in ("ja", "en"):
        names = [theme.label[lang] for theme in found]
        assert len(set(names)) == len(names)
        assert all(names)
    assert all(len(theme.label["ja"]) <= LONGEST_NAME[Language.JA] for theme in found)
    assert all(len(theme.label["en"].split()) <= LONGEST_NAME[Language.EN] for theme in found)
    words = [word for theme in found for word in (theme.label["ja"], *theme.keywords["ja"])]
    empty = re.compile(
        "思[うえい]|(^|[がをにはも])(する|ある|なる)$|(^|の)(こと|もの|よう)$|ください|さん$|の$"
    )
    assert not [word for word in words if empty.search(word)]
    again = describe_themes(*sample, load_embedder())
    assert again == found


def test_arguments_that_do_not_fit() -> None:
    text = prepare(LATE[0])
    vectors = load_embedder().embed(LATE[:1])
    with pytest.raises(ValueError, match="1 texts, 1 vectors and 2 clusters"):
        describe_themes([text], vectors, [0, 0], vectors, load_embedder())
    with pytest.raises(ValueError, match="clusters from 3 to 3; expected -1 to 0"):
        describe_themes([text], vectors, [3], vectors, load_embedder())
