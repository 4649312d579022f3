"""Typical words by hand and against scipy; words that stand together, in both languages."""

import math

import pytest
from scipy import stats

from voc_nlp.errors import InputError
from voc_nlp.text.prepare import prepare
from voc_nlp.topics.naming.describe import comment_terms
from voc_nlp.topics.naming.term import Term, TermKind
from voc_nlp.topics.statistics.words import find_network, find_typical_terms

LATE = ["配送が遅い", "荷物の配送が遅れた", "配送が遅くて困る", "配送が分からない", "配送はまだですか"]
FOOD = ["料理がおいしい", "料理が冷めている", "味が薄い", "朝食が少ない", "料理と配送"]


def terms_of(texts: list[str]) -> list[tuple[Term, ...]]:
    return comment_terms([prepare(text) for text in texts])


def test_a_typical_word_by_hand() -> None:
    found = find_typical_terms(terms_of([*LATE, *FOOD]), [True] * 5 + [False] * 5)
    assert found[0].term == "配送"
    assert (found[0].n, found[0].n_others) == (5, 1)
    assert (found[0].share.value, found[0].share_others.value) == (1.0, 0.2)
    table = [[5, 1], [0, 4]]
    expected = stats.chi2_contingency(table, correction=False, lambda_="log-likelihood").pvalue
    assert found[0].p_adjusted == pytest.approx(expected, rel=1e-6)  # no other word is in five comments
    assert "料理" not in [one.term for one in found]


def test_nothing_is_typical_of_all_comments() -> None:
    assert find_typical_terms(terms_of(LATE), [True] * 5) == ()
    assert find_typical_terms([], []) == ()


def test_as_many_marks_as_comments() -> None:
    with pytest.raises(InputError, match="2 marks came with 1 comments"):
        find_typical_terms(terms_of(["late"]), [True, False])


@pytest.mark.parametrize(
    ("texts", "pair"),
    [
        (
            [
                "財布とカードを失くした",
                "カードと財布",
                "財布、カード、鍵",
                "カードが使えない",
                "財布が届いた",
            ],
            {"財布", "カード"},
        ),
        (
            ["kettle and water", "water in the kettle", "kettle boils water", "a kettle", "water"],
            {"kettle", "water"},
        ),
    ],
)
def test_words_that_stand_together(texts: list[str], pair: set[str]) -> None:
    network = find_network(terms_of(texts), least_count=3)
    (link,) = network.links
    assert {link.a, link.b} == pair
    assert (link.n, network.comments) == (3, 5)
    assert math.isclose(link.jaccard, 3 / 5)
    assert {name for name, _ in network.counts} == pair
    assert find_network(terms_of(texts), least_count=3, leave_out=[link.a]).links == ()


def test_a_compound_is_not_linked_with_its_own_parts() -> None:
    card = Term("カード", "カード", TermKind.NOUN, ("カード",))
    points = Term("ポイントカード", "ポイントカード", TermKind.COMPOUND, ("ポイント", "カード"))
    wallet = Term("財布", "財布", TermKind.NOUN, ("財布",))
    network = find_network([(card, points, wallet)] * 6)
    assert {frozenset((link.a, link.b)) for link in network.links} == {
        frozenset(("カード", "財布")),
        frozenset(("ポイントカード", "財布")),
    }
