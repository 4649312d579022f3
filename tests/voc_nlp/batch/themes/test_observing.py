"""Files read for the statistics: themes, days, languages; copies of a text are scanned once."""

from datetime import date

import numpy as np

from voc_nlp.batch.themes.observing import observe_comments
from voc_nlp.loading import load_analyzer
from voc_nlp.schema import Comment, Language

from .toys import WordEncoder, toy_themes

COMMENTS = [
    Comment("a", "配送が遅い", created_at="2026-01-31T10:00:00+09:00", channel="chat", nps=2),
    Comment("b", "Late delivery", created_at="2026-02-01", extra={"plan": "points"}),
    Comment("c", "a\0b"),
    Comment("d", "Late delivery", created_at="summer"),
    Comment("e", "特になし"),
]


def test_comments_are_reduced() -> None:
    found = observe_comments(COMMENTS, toy_themes(), WordEncoder(), segments=("channel", "plan"))
    first, second, third, last = found.observations
    assert first.themes == second.themes == third.themes == ("theme-001", "theme-002")
    assert (first.at, first.nps, first.segments) == (date(2026, 1, 31), 2, {"channel": "chat"})
    assert (second.language, second.segments, third.at) == (Language.EN, {"plan": "points"}, None)
    assert (last.themes, last.language) == ((), Language.JA)
    assert (found.without_date, found.unreadable_dates) == (1, 1)
    assert found.refused == {"invalid_text": 1}
    assert all(one.score is None for one in found.observations)
    assert not len(found.vectors)


def test_groups_and_sentiment_where_they_are_wanted() -> None:
    texts = ["配送が遅れて最悪でした", "Late delivery, terrible"]
    comments = [Comment(str(n), text) for n, text in enumerate(texts)]
    found = observe_comments(
        comments, toy_themes(), WordEncoder(), analyzer=load_analyzer(tier="fast"), groups=True
    )
    assert all("group-001" in one.themes for one in found.observations)
    assert all(one.score is not None and one.score < 0 for one in found.observations)


def test_each_text_has_one_vector() -> None:
    found = observe_comments(COMMENTS, toy_themes(), WordEncoder(), with_vectors=True)
    assert [found.observations[place].id for place in found.scanned] == ["a", "b"]
    assert found.vectors.shape == (2, 3)
    assert np.allclose(np.linalg.norm(found.vectors, axis=1), 1)


def test_nothing_is_observed_of_nothing() -> None:
    found = observe_comments([COMMENTS[2]], toy_themes(), WordEncoder(), with_vectors=True)
    assert (found.observations, len(found.vectors)) == ([], 0)
