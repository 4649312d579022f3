"""Comments as the statistics see them: days, answers, segments; what is unreadable is only counted."""

from dataclasses import fields
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from voc_nlp import Analyzer
from voc_nlp.errors import InputError
from voc_nlp.schema import Analysis, Comment, Language, Refusal, ThemeMatch
from voc_nlp.topics.statistics.observation import Observation, observe

JST = timezone(timedelta(hours=9))


def comment(created_at: Any = None, **columns: Any) -> Comment:
    return Comment(
        id=columns.pop("id", "c-1"), text=columns.pop("text", "配送が遅い"), created_at=created_at, **columns
    )


@pytest.mark.parametrize(
    ("created_at", "at"),
    [
        ("2026-04-01", date(2026, 4, 1)),
        ("2026-04-01T23:30:00+09:00", date(2026, 4, 1)),
        ("2026-04-01T23:30:00Z", date(2026, 4, 1)),
        (" 20260401T080000 ", date(2026, 4, 1)),
        (datetime(2026, 4, 1, 8, tzinfo=UTC), date(2026, 4, 1)),
        (date(2026, 4, 1), date(2026, 4, 1)),
    ],
)
def test_day_as_written(created_at: Any, at: date) -> None:
    found = observe([comment(created_at)], [()])
    assert found.observations[0].at == at
    assert (found.without_date, found.unreadable_dates) == (0, 0)


@pytest.mark.parametrize(
    ("created_at", "at"),
    [
        ("2026-03-31T15:00:00Z", date(2026, 4, 1)),
        ("2026-03-31T14:59:59Z", date(2026, 3, 31)),
        ("2026-03-31T15:00:00", date(2026, 3, 31)),  # no offset: as written
        ("2026-03-31", date(2026, 3, 31)),
    ],
)
def test_day_in_a_zone(created_at: str, at: date) -> None:
    assert observe([comment(created_at)], [()], zone=JST).observations[0].at == at


@pytest.mark.parametrize(
    ("created_at", "counts"),
    [
        (None, (1, 0)),
        ("", (1, 0)),
        (float("nan"), (1, 0)),
        ("yesterday", (0, 1)),
        ("2026年4月1日", (0, 1)),
        ("2026-02-30", (0, 1)),
        (float("inf"), (0, 1)),
        (20260401.5, (0, 1)),
        ("9999-12-31T23:00:00-09:00", (0, 1)),  # beyond the calendar in Tokyo
    ],
)
def test_bad_days_are_counted(created_at: Any, counts: tuple[int, int]) -> None:
    found = observe([comment(created_at)], [()], zone=JST)
    assert found.observations[0].at is None
    assert (found.without_date, found.unreadable_dates) == counts


@pytest.mark.parametrize(
    ("nps", "expected"),
    [
        (0, 0),
        (10, 10),
        (9.0, 9),
        (11, None),
        (-1, None),
        (7.5, None),
        (float("nan"), None),
        (True, None),
        ("9", None),
    ],
)
def test_answers(nps: Any, expected: int | None) -> None:
    assert observe([comment(nps=nps)], [()]).observations[0].nps == expected


def test_themes_and_segments() -> None:
    one = comment(
        channel="email", touchpoint=" ", extra={"region": "Kanto", "plan": "free", "shop": float("nan")}
    )
    matches = (ThemeMatch("t2", "配送", 0.9), ThemeMatch("t1", "返品", 0.88), ThemeMatch("t2", "配送", 0.8))
    found = observe(
        [one], [matches], segments=("channel", "touchpoint", "region", "shop", "nowhere")
    ).observations[0]
    assert found.themes == ("t2", "t1")
    assert found.segments == {"channel": "email", "region": "Kanto"}
    assert found.segment("region") == "Kanto"
    assert found.segment("language") is found.segment("plan") is None


def test_sentiment_and_language(analyzer: Analyzer) -> None:
    comments = [
        comment(id="ja", text="配送がとても遅くて最悪でした。", lang="auto"),
        comment(id="en", text="Delivery was terribly late, very disappointed.", lang="auto"),
    ]
    answers = analyzer.analyze(comments)
    found = observe(comments, [(), ()], answers).observations
    for one, answer in zip(found, answers, strict=True):
        assert isinstance(answer, Analysis)
        assert one.score == answer.sentiment.score
        assert one.label is answer.sentiment.label
    assert [one.segment("language") for one in found] == ["ja", "en"]


def test_without_analysis() -> None:
    comments = [comment(id="a", lang="ja"), comment(id="b", lang="auto"), comment(id="c", lang="en")]
    refusal = Refusal("b", "text_too_long", "too long")
    for analyses in (None, [None, refusal, None]):
        found = observe(comments, [(), (), ()], analyses).observations
        assert [one.language for one in found] == [Language.JA, None, Language.EN]
        assert all(one.score is None and one.label is None for one in found)


def test_text_is_never_kept() -> None:
    found = observe([comment(text="秘密の文", customer_id="C-1")], [()])
    assert "秘密" not in repr(found)
    assert "text" not in {field.name for field in fields(Observation)}


@pytest.mark.parametrize(
    ("matches", "analyses"),
    [([], None), ([(), ()], None), ([()], []), ([()], [Refusal("other", "invalid_text", "no")])],
)
def test_unequal_lists(matches: Any, analyses: Any) -> None:
    with pytest.raises(InputError, match="expected"):
        observe([comment()], matches, analyses)
