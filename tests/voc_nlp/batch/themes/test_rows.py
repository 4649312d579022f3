"""Statistics as rows: names in both languages, intervals as columns, the group without a theme."""

from datetime import date

from voc_nlp.batch.themes.rows import emerging_rows, impact_rows, summary_rows, trend_rows
from voc_nlp.schema import Language, SentimentLabel
from voc_nlp.topics.statistics.bursts import find_bursts
from voc_nlp.topics.statistics.emerging import Scan
from voc_nlp.topics.statistics.impact import measure_impact
from voc_nlp.topics.statistics.observation import Observation
from voc_nlp.topics.statistics.trends import count_by_period, summarise_themes

from .toys import toy_themes

SEEN = [
    Observation(
        str(n),
        ("theme-001",) if n % 2 else (),
        date(2026, 1 + n // 20, 1 + n % 20),
        Language.JA if n % 3 else Language.EN,
        -0.5 + n / 100,
        SentimentLabel.NEGATIVE,
        n % 11,
    )
    for n in range(40)
]


def test_trends() -> None:
    table = trend_rows(count_by_period(SEEN, period="month"), toy_themes())
    first, nobody = table[:2]
    assert (first["id"], first["label_ja"], first["label_en"], first["kind"]) == (
        *("theme-001", "遅れ", "delay"),
        "learnt",
    )
    assert (nobody["id"], nobody["label_ja"], nobody["label_en"]) == (None, "テーマなし", "no theme")
    assert (first["start"], first["n"], first["total"], first["share"]) == ("2026-01-01", 10, 20, 0.5)
    assert first["share_low"] < 0.5 < first["share_high"]
    assert first["change"] is None
    assert table[2]["change"] == 0


def test_sums_hold_both_languages() -> None:
    first, nobody = summary_rows(summarise_themes(SEEN), toy_themes())
    assert first["n_ja"] + first["n_en"] == first["n"] == nobody["n"] == 20
    assert first["negative_share"] == 1
    assert first["score_ja_low"] < first["score_ja"] < first["score_ja_high"]


def test_impact_says_what_could_not_be_measured() -> None:
    measured = impact_rows(measure_impact(SEEN), toy_themes())
    assert {row["id"] for row in measured} == {"theme-001", None}
    assert all(row["difference_low"] < row["difference"] < row["difference_high"] for row in measured)
    few = impact_rows(measure_impact(SEEN[:10]), toy_themes())
    assert {row["not_measured"] for row in few} == {"too_few_with"}
    assert few[0].keys() == measured[0].keys()


def test_emerging_names_rising_themes() -> None:
    late = [Observation(f"x{n}", ("theme-003",), date(2026, 2, 20)) for n in range(30)]
    rising = find_bursts([*SEEN, *late], window_days=7)
    (row,) = emerging_rows(rising, Scan((), None, None, 0, 0, 0), [], toy_themes())
    assert (row["finding"], row["label_ja"], row["label_en"]) == ("rising", "親切", "kindness")
    assert (row["n"], row["n_before"], row["first_seen"]) == (30, 0, "2026-02-20")
