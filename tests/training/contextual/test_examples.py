"""What the contextual encoder learns from: rows, labelled stretches and marks of toy texts."""

from typing import TYPE_CHECKING, Any

import pytest

from tests.voc_nlp.toys import toy_embedder
from training.data.labelled import Labelled

if TYPE_CHECKING:
    from training.contextual.examples import Example

# training.contextual is imported inside: it needs torch, which takes seconds.

REVIEWS = "quasi_japanese_reviews"
WEIGHTS = {"corpus": 1.0, REVIEWS: 0.5}
LATE, DELIVERY, GA, KIND = 1, 2, 3, 4


def row(text: str, source: str = "corpus", group: str = "a", **labels: Any) -> Labelled:
    return Labelled(text=text, lang="en", source=source, group=group, **labels)


def build(*rows: Labelled, longest: int = 254) -> "list[Example]":
    from training.contextual.examples import build_examples

    return build_examples(rows, WEIGHTS, toy_embedder(), longest=longest)


def test_everything_that_is_known() -> None:
    (found,) = build(
        row(
            "late delivery",
            sentiment="negative",
            departments=("logistics", "billing"),
            intent="complaint",
            urgency="high",
            churn_risk=True,
            aspects=(("delivery", "negative"),),
        )
    )
    assert found.rows == (LATE, DELIVERY)
    assert found.stretches == ((0, 2, 2),)
    assert found.classes == {"owner": 2, "intent": 0, "urgency": 2, "churn": 1}
    assert found.departments == (2, 6)
    assert found.tags == (0, 1)
    assert found.polarities == (-1, 2)
    assert found.weight == 1.0


def test_a_silent_source() -> None:
    (found,) = build(row("late delivery"))
    assert found.stretches == ()
    assert found.classes == {}
    assert found.departments is None
    assert found.tags is None
    assert found.polarities == (-1, -1)


def test_nobody_and_no_targets_are_known_too() -> None:
    (found,) = build(row("kind", departments=(), churn_risk=False, aspects=()))
    assert found.classes == {"owner": 10, "churn": 0}
    assert found.departments == ()
    assert found.tags == (0,)


@pytest.mark.parametrize(
    ("text", "aspects", "tags", "polarities"),
    [
        ("late delivery kind", (("delivery kind", "positive"),), (0, 1, 2), (-1, 0, 0)),
        ("配送が遅い", (("配送", "neutral"),), (1, 0, 0), (1, -1, -1)),
        ("late ｄｅｌｉｖｅｒｙ", (("ｄｅｌｉｖｅｒｙ", "negative"),), (0, 1), (-1, 2)),
        ("late delivery", (("late", "negative"), ("delivery", "positive")), (1, 1), (2, 0)),
        # a polarity that the network does not tell apart: a target all the same
        ("late delivery", (("delivery", "conflict"),), (0, 1), (-1, -1)),
        ("late delivery", (("parcel", "negative"),), (0, 0), (-1, -1)),
    ],
)
def test_marks(
    text: str, aspects: tuple[tuple[str, str], ...], tags: tuple[int, ...], polarities: tuple[int, ...]
) -> None:
    (found,) = build(row(text, aspects=aspects))
    assert found.tags == tags
    assert found.polarities == polarities


def test_what_is_too_long_is_cut_everywhere() -> None:
    long = row("delivery late kind", sentiment="mixed", aspects=(("delivery late", "negative"),))
    (found,) = build(long, longest=1)
    assert found.rows == (DELIVERY,)
    assert found.stretches == ((0, 1, 3),)
    assert found.tags == (1,)
    assert found.polarities == (2,)


def test_texts_without_pieces_are_left_out() -> None:
    assert [one.rows for one in build(row(""), row("late"), row("   "))] == [(LATE,)]
    assert build() == []


def test_sentences_of_a_review_stand_together() -> None:
    said = ["positive", "negative", None, "neutral", "positive", "negative", "positive"]
    words = ["late", "late delivery", "kind", "", "配送が遅い", "kind", "late"]
    other = row("delivery", source=REVIEWS, group="b", sentiment="neutral")
    rows = [row(word, source=REVIEWS, sentiment=mood) for word, mood in zip(words, said, strict=True)]
    first, second, third = build(*rows[:3], other, *rows[3:])
    assert first.rows == (LATE, LATE, DELIVERY, KIND, DELIVERY, GA, LATE)
    # the third is silent, the fourth has no piece
    assert first.stretches == ((0, 1, 0), (1, 3, 2), (4, 7, 0))
    assert second.rows == (KIND, LATE)
    assert second.stretches == ((0, 1, 2), (1, 2, 0))
    assert third.rows == (DELIVERY,)
    assert {first.weight, second.weight, third.weight} == {0.5}
    assert first.classes == second.classes == {}
    assert first.departments is None


def test_a_review_that_is_too_long_loses_its_last_sentences() -> None:
    rows = [row(word, source=REVIEWS, sentiment="positive") for word in ("late", "late kind", "kind")]
    (found,) = build(*rows, longest=2)
    assert found.rows == (LATE, LATE)
    assert found.stretches == ((0, 1, 0), (1, 2, 0))


def test_other_sources_stay_one_text_each() -> None:
    assert [one.rows for one in build(row("late"), row("kind"))] == [(LATE,), (KIND,)]
