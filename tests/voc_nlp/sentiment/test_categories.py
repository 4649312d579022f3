"""Categories of aspects: the nearest example word names it, in both languages."""

import pytest

from voc_nlp.loading import load_embedder
from voc_nlp.sentiment.categories import AspectCategories

TERMS = [
    ("配送", "delivery"),
    ("parcel", "delivery"),
    ("店員さん", "staff"),
    ("the waitress", "staff"),
    ("料理", "food"),
    ("breakfast", "food"),
    ("アプリ", "usability"),
    ("app", "usability"),
    ("料金", "price"),
    ("price", "price"),
    ("返金", "billing"),
    ("refund", "billing"),
    ("梱包", "packaging"),
    ("packaging", "packaging"),
    ("", "other"),
    ("☂", "other"),
]


@pytest.fixture(scope="module")
def categories() -> AspectCategories:
    """Build the categories on the shipped encoder."""
    return AspectCategories(load_embedder())


@pytest.mark.parametrize(("term", "category"), TERMS)
def test_category(categories: AspectCategories, term: str, category: str) -> None:
    assert categories.name([term]) == [category]


def test_order_is_kept(categories: AspectCategories) -> None:
    assert categories.name([term for term, _ in TERMS]) == [category for _, category in TERMS]
    assert categories.name([]) == []
