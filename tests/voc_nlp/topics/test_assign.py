"""The one way from comments to their themes: learnt, by rules, as a person said; what cannot be read."""

import numpy as np
import pytest
from numpy.typing import NDArray

from voc_nlp.errors import InputError
from voc_nlp.schema import Comment, Refusal, ThemeMatch
from voc_nlp.text.dictionary import Dictionary
from voc_nlp.text.prepare import prepare
from voc_nlp.topics.assign import assign_comments, assign_texts, embed_texts, needs_analysis, with_ancestors
from voc_nlp.topics.editing import add_group, add_rule, archive, correct, move, use_dictionary
from voc_nlp.topics.model import ThemeModel
from voc_nlp.topics.theme import Theme

WORDS = {"配送": 0, "delivery": 0, "料理": 1, "food": 1}


class WordEncoder:
    """Embeds a text as the sum of the axes of its known words; counts what it was asked."""

    dimension = 4

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: list[str]) -> NDArray[np.float32]:
        """Embed texts; one without a known word gets the zero vector."""
        self.asked += texts
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for word, axis in WORDS.items():
                vectors[row, axis] += word in text.lower()
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9).astype(np.float32)


def model() -> ThemeModel:
    """Build a theme of delivery and one of food."""
    axes = np.eye(4, dtype=np.float32)
    themes = [
        Theme("theme-001", {"ja": "配送", "en": "delivery"}, 5, {"ja": (), "en": ()}),
        Theme("theme-002", {"ja": "料理", "en": "food"}, 5, {"ja": (), "en": ()}),
    ]
    centers = np.zeros((2, axes.shape[1]), dtype=np.float32)
    return ThemeModel(themes, axes[:2], centers, threshold=0.5, encoder="e/1", seed=0)


def comments(*texts: str) -> list[Comment]:
    return [Comment(f"c{number}", text) for number, text in enumerate(texts)]


def labels(themes: ThemeModel, *texts: str) -> list[list[str]]:
    found = assign_comments(themes, comments(*texts), WordEncoder())
    return [[match.label for match in one] for one in found if not isinstance(one, Refusal)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("配送がとても遅いです", ["配送"]),
        ("The delivery was very late", ["delivery"]),
        ("配送も料理もよかったです", ["配送", "料理"]),
        ("The delivery and the food were fine", ["delivery", "food"]),
        ("店の壁の色が気に入りました", []),
        ("The colour of the wall pleases me", []),
        ("特になし", []),
        ("", []),
    ],
)
def test_learnt_themes_named_in_the_comments_language(text: str, expected: list[str]) -> None:
    assert labels(model(), text) == [expected]


def test_what_cannot_be_read_keeps_its_place() -> None:
    found = assign_comments(model(), comments("配送が遅い", "a\0", "delivery was late"), WordEncoder())
    assert isinstance(found[1], Refusal)
    assert (found[1].id, found[1].code) == ("c1", "invalid_text")
    assert found[0] == (ThemeMatch("theme-001", "配送", 1.0),)
    assert found[2] == (ThemeMatch("theme-001", "delivery", 1.0),)
    assert assign_comments(model(), [], WordEncoder()) == []


def test_rules_come_first_and_noise_follows_none() -> None:
    ruled, rule = add_rule(model(), "遅い OR late", {"ja": "遅れ", "en": "delay"})
    assert labels(ruled, "配送が遅い", "The food came late", "料理がおいしいです", "特になし") == [
        ["遅れ", "配送"],
        ["delay", "food"],
        ["料理"],
        [],
    ]
    assert labels(archive(ruled, rule.id), "配送が遅い") == [["配送"]]


def test_rules_that_ask_for_an_analysis() -> None:
    ruled, rule = add_rule(model(), "sentiment:negative", {"en": "complaints"})
    assert needs_analysis(ruled)
    assert not needs_analysis(model())
    assert not needs_analysis(archive(ruled, rule.id))
    assert labels(ruled, "配送が遅い") == [["配送"]]


def test_what_a_person_said() -> None:
    told = correct(correct(correct(model(), "c0", "theme-002"), "c1", None), "c3", "theme-001")
    texts = ("配送が遅い", "delivery was late", "配送が遅い", "特になし")
    assert labels(told, *texts) == [["料理"], [], ["配送"], ["配送"]]
    ruled, _ = add_rule(told, "遅い OR late", {"ja": "遅れ", "en": "delay"})
    assert labels(ruled, *texts) == [["料理", "遅れ"], ["delay"], ["遅れ", "配送"], ["配送"]]


def test_known_vectors_are_not_made_again_unless_a_synonym_changes_the_text() -> None:
    given = comments("宅配が遅いです", "料理がよかったです")
    texts = [prepare(comment.text) for comment in given]
    vectors = WordEncoder().embed([text.normalized.text for text in texts])
    before = vectors.copy()
    for dictionary, asked, expected in (
        (Dictionary.empty(), [], [[], ["theme-002"]]),
        (Dictionary(synonyms={"宅配": "配送"}), ["配送が遅いです"], [["theme-001"], ["theme-002"]]),
    ):
        encoder = WordEncoder()
        found = assign_texts(use_dictionary(model(), dictionary), given, texts, encoder, vectors=vectors)
        assert [[match.id for match in one] for one in found] == expected
        assert encoder.asked == asked
        assert np.array_equal(vectors, before)
        assert np.array_equal(
            embed_texts(texts, WordEncoder(), dictionary),
            embed_texts(texts, WordEncoder(), dictionary, vectors),
        )


def test_an_encoder_that_gives_nan() -> None:
    class Broken(WordEncoder):
        def embed(self, texts: list[str]) -> NDArray[np.float32]:
            return np.full((len(texts), 4), np.nan, dtype=np.float32)

    with pytest.raises(InputError, match="1 of 1 vectors hold NaN or infinity"):
        assign_comments(model(), comments("配送が遅い"), Broken())


def test_what_stands_above_is_added_once() -> None:
    grouped, group = add_group(model(), {"ja": "店", "en": "shop"})
    grouped = move(move(grouped, "theme-001", group.id), "theme-002", group.id)
    found = assign_comments(grouped, comments("配送も料理もよかったです", "food was good"), WordEncoder())
    above = with_ancestors(grouped, [one for one in found if not isinstance(one, Refusal)])
    assert [[match.label for match in one] for one in above] == [["配送", "料理", "店"], ["food", "shop"]]
    assert above[1][1].similarity == above[1][0].similarity
    assert with_ancestors(grouped, [()]) == [()]
