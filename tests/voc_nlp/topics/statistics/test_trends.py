"""Themes by period and in sum, against counting by hand; gaps, undated comments, segments, both languages."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.voc_nlp.topics.journal import read_journal
from voc_nlp.errors import InputError
from voc_nlp.schema import Language, SentimentLabel
from voc_nlp.topics.statistics.intervals import estimate_change, estimate_mean, estimate_share
from voc_nlp.topics.statistics.observation import Observation
from voc_nlp.topics.statistics.periods import Period, period_of
from voc_nlp.topics.statistics.trends import count_by_period, summarise_themes

THEMES = ("配送", "price", "返品")


def seen(at: date | None, *themes: str, score: float | None = None, **segments: str) -> Observation:
    return Observation("c", themes, at=at, score=score, segments=segments)


def observations(dated: bool = True) -> st.SearchStrategy[list[Observation]]:
    days = st.dates(date(2025, 11, 1), date(2026, 5, 31))
    one = st.builds(
        Observation,
        id=st.just("c"),
        themes=st.lists(st.sampled_from(THEMES), unique=True, max_size=3).map(tuple),
        at=days if dated else st.none() | days,
        language=st.sampled_from([Language.JA, Language.EN, None]),
        score=st.none() | st.sampled_from([-0.9, -0.25, 0.0, 0.5]),
        label=st.none() | st.sampled_from(SentimentLabel),
        segments=st.sampled_from([{}, {"channel": "email"}, {"channel": "sns"}]),
    )
    return st.lists(one, max_size=30)


@given(observations(dated=False), st.sampled_from(Period), st.sampled_from([None, "channel", "language"]))
def test_against_counting_by_hand(some: list[Observation], period: Period, by: str | None) -> None:
    trend = count_by_period(some, period=period, by=by)
    dated = [one for one in some if one.at is not None]
    assert trend.undated == len(some) - len(dated)
    assert trend.outside == 0
    before: dict[tuple[str | None, str | None], tuple[int, int]] = {}
    for row in trend.rows:
        members = [
            one
            for one in dated
            if one.at is not None
            and row.start <= one.at <= row.end
            and (by is None or one.segment(by) == row.segment)
        ]
        mine = [one for one in members if (row.theme in one.themes if row.theme else not one.themes)]
        scores = [one.score for one in mine if one.score is not None]
        assert (row.n, row.total, row.n_scored) == (len(mine), len(members), len(scores))
        assert row.share == estimate_share(row.n, row.total)
        assert row.score == estimate_mean(scores, least=-1, most=1)
        past = before.get((row.segment, row.theme), (0, 0))
        assert row.change == estimate_change(row.n, row.total, *past)
        before[row.segment, row.theme] = row.n, row.total
    if dated:
        keys = {(row.start, row.segment, row.theme) for row in trend.rows}
        assert len(keys) == len(trend.rows)
        for one in dated:
            assert one.at is not None
            start = period_of(one.at, period).start
            segment = None if by is None else one.segment(by)
            assert {(start, segment, theme) for theme in one.themes or (None,)} <= keys


def test_empty_periods_are_rows() -> None:
    some = [seen(date(2026, 1, 5), "配送"), seen(date(2026, 4, 5), "配送", "price")]
    rows = [row for row in count_by_period(some, period="month").rows if row.theme == "配送"]
    assert [(row.start.month, row.n, row.total) for row in rows] == [
        (1, 1, 1),
        (2, 0, 0),
        (3, 0, 0),
        (4, 1, 1),
    ]
    assert [row.share is None for row in rows] == [False, True, True, False]
    assert all(row.change is None for row in rows)


def test_ends_that_are_not_complete() -> None:
    some = [seen(date(2026, 1, 5), "配送"), seen(date(2026, 3, 30), "price")]
    complete = [row.complete for row in count_by_period(some, period="month").rows if row.theme is None]
    assert complete == [False, True, False]
    named = count_by_period(some, period="month", start=date(2026, 1, 1), end=date(2026, 3, 31))
    assert all(row.complete for row in named.rows)


def test_start_end_and_within() -> None:
    some = [
        seen(date(2026, 1, 5), "配送", channel="email"),
        seen(date(2026, 2, 5), "配送", channel="sns"),
        seen(date(2026, 3, 5), "price", channel="email"),
        seen(None, "price", channel="email"),
    ]
    trend = count_by_period(
        some, period="month", start=date(2026, 2, 1), end=date(2026, 4, 30), within={"channel": "email"}
    )
    assert (trend.undated, trend.outside) == (1, 1)
    assert [(row.start.month, row.theme, row.n, row.total) for row in trend.rows if row.theme] == [
        (2, "price", 0, 0),
        (3, "price", 1, 1),
        (4, "price", 0, 0),
    ]


def test_fiscal_year() -> None:
    some = [seen(date(2026, 3, 31), "配送"), seen(date(2026, 4, 1), "配送")]
    rows = [row for row in count_by_period(some, period=Period.FISCAL_YEAR).rows if row.theme]
    assert [(row.start, row.n) for row in rows] == [(date(2025, 4, 1), 1), (date(2026, 4, 1), 1)]


def test_nothing_dated() -> None:
    assert count_by_period([], period="day").rows == ()
    trend = count_by_period([seen(None, "配送")] * 3, period="day")
    assert (trend.rows, trend.undated) == ((), 3)
    empty = count_by_period([], period="month", start=date(2026, 1, 1), end=date(2026, 2, 28))
    assert [(row.theme, row.n, row.total, row.complete) for row in empty.rows] == [(None, 0, 0, True)] * 2


@pytest.mark.parametrize("bound", [{"start": date(2027, 1, 1)}, {"end": date(2024, 1, 1)}])
def test_all_comments_lie_outside(bound: dict[str, date]) -> None:
    trend = count_by_period([seen(date(2026, 1, 1), "配送")], period="month", **bound)
    assert trend.outside == 1
    assert [(row.theme, row.n, row.total) for row in trend.rows] == [(None, 0, 0)]


@pytest.mark.parametrize("period", ["fortnight", "", "MONTH"])
def test_no_period(period: str) -> None:
    with pytest.raises(InputError, match="fiscal_year"):
        count_by_period([], period=period)


def test_end_before_start() -> None:
    with pytest.raises(InputError, match="before the start"):
        count_by_period([], period="day", start=date(2026, 2, 1), end=date(2026, 1, 1))


def test_one_wrong_date_does_not_fill_the_memory() -> None:
    with pytest.raises(InputError, match="Name a start"):
        count_by_period([seen(date(1900, 1, 1)), seen(date(2026, 1, 1))], period="day")


def test_unknown_score_leaves_the_count() -> None:
    some = [seen(date(2026, 1, 1), "配送", score=score) for score in (-1.0, None, 0.0)]
    row = next(row for row in count_by_period(some, period="year").rows if row.theme)
    assert (row.n, row.n_scored) == (3, 2)
    assert row.score is not None
    assert row.score.value == -0.5


@given(observations(dated=False), st.sampled_from([None, "channel"]))
def test_summary_against_counting_by_hand(some: list[Observation], by: str | None) -> None:
    summaries = summarise_themes(some, by=by)
    counted = set()
    for summary in summaries:
        members = [one for one in some if by is None or one.segment(by) == summary.segment]
        mine = [one for one in members if (summary.theme in one.themes if summary.theme else not one.themes)]
        labels = [one.label for one in mine if one.label is not None]
        assert (summary.n, summary.total) == (len(mine), len(members))
        assert {label: share.value for label, share in summary.labels.items()} == (
            {label: labels.count(label) / len(labels) for label in SentimentLabel} if labels else {}
        )
        for language, part in summary.languages.items():
            own = [one for one in mine if one.language is language]
            assert part.n == len(own)
            assert part.total == sum(one.language is language for one in members)
            assert part.n_scored == sum(one.score is not None for one in own)
        counted.add((summary.segment, summary.theme))
    assert counted == {
        (None if by is None else one.segment(by), theme) for one in some for theme in one.themes or (None,)
    }


def test_a_table_that_is_too_large_is_refused_before_it_is_counted() -> None:
    day = date(2026, 1, 5)
    some = [seen(day, theme, order=f"{theme}-{n}") for n in range(10) for theme in ("配送", "price")]
    assert len(count_by_period(some, period="day", by="order", most_rows=60).rows) == 60
    with pytest.raises(
        InputError, match=r"60 rows \(1 periods, 20 segments, 3 themes\); expected at most 59"
    ):
        count_by_period(some, period="day", by="order", most_rows=59)


def test_journal_by_month_and_language() -> None:
    journal = read_journal()
    some = [
        Observation(record["id"], (record["topic"],), at=day, language=Language(record["lang"]))
        for record, day in zip(journal.records, journal.days, strict=True)
    ]
    trend = count_by_period(some, period="month", by="language")
    assert len(trend.rows) == 19 * 2 * (len(set(journal.topics)) + 1)
    assert sum(row.n for row in trend.rows) == len(some)
    rises = [row for row in trend.rows if row.theme == "late_delivery" and row.start == date(2025, 12, 1)]
    for row in rises:
        assert row.change is not None
        assert row.change.low is not None
        assert row.change.low > 0
    assert all(timedelta(27) <= row.end - row.start <= timedelta(30) for row in trend.rows)
