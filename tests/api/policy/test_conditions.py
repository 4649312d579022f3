"""Conditions on every field in both languages; groups, queries, dates, exclusions; what is refused."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from api.policy.conditions import Case
from api.policy.levels import Level
from api.policy.rule_reading import RuleError, read_rules
from api.policy.rules import Policy
from api.policy.taxonomy import TRIAGE
from api.tickets.opening import decide
from tests.api.doubles import WordAnalyzer
from tests.api.policy.test_rules import POLICY, TAXONOMY
from voc_nlp.schema import Analysis, Comment, Contradiction

FRIDAY = datetime(2026, 1, 9, 10, 0, tzinfo=ZoneInfo("Asia/Tokyo"))


def case(text: str = "配送が遅い", at: datetime = FRIDAY, **fields: Any) -> Case:
    comment = replace(Comment("c", text), **fields)
    [analysis] = WordAnalyzer().analyze([comment])
    assert isinstance(analysis, Analysis)
    return Case(comment, analysis, at)


def policy(*rules: Mapping[str, Any], match: str = "first") -> Policy:
    return POLICY.with_rules("draft", read_rules({"match": match, "rules": list(rules)}, "policy"))


def rule(when: Mapping[str, Any], rule_id: str = "r", **more: Any) -> dict[str, Any]:
    return {"id": rule_id, "level": "frontline", "when": dict(when), **more}


def acting(found: Policy, put: Case) -> list[str]:
    return [one.id for one in found.acting(put)]


@pytest.mark.parametrize(
    ("when", "holding", "failing"),
    [
        ({"sentiment": ["negative"]}, case("遅い"), case("最高")),
        ({"sentiment": ["mixed", "positive"]}, case("great but late"), case("late")),
        ({"score_at_most": 0}, case(), None),
        ({"score_at_least": 0.1}, None, case()),
        ({"intent": ["complaint"]}, case("late"), case("great")),
        ({"urgency": ["high"]}, case("解約します"), case("late")),
        ({"urgency_reasons": ["legal"]}, case("my lawyer"), case("解約します")),
        ({"churn_at_risk": False}, case("late"), case("I cancel")),
        ({"churn_at_least": 0.5}, case("退会します"), case("late")),
        ({"churn_at_least": 0.05, "churn_at_most": 0.2}, case("late"), case("I cancel")),
        ({"nps_at_least": 3, "nps_at_most": 6}, case(nps=3), case(nps=7)),
        ({"nps_at_most": 6}, case(nps=6), case()),
        ({"csat_at_least": 2}, case(csat=2.5), case(csat=1.5)),
        ({"ces_at_most": 3}, case(ces=3), case(ces=3.5)),
        ({"themes": ["t1"]}, case("late"), case("great")),
        ({"themes": ["配送が遅い"]}, case("late"), case("great")),
        ({"departments": ["billing"]}, case("請求が変"), case("配送が遅い")),
        ({"categories": ["logistics"]}, case("delivery"), case("請求")),
        ({"channels": ["ＥＭＡＩＬ"]}, case(channel="email"), case(channel="chat")),
        ({"industries": ["小売"]}, case(industry="小売"), case()),
        ({"touchpoints": ["store"]}, case(touchpoint="Store"), case(touchpoint="web")),
        ({"languages": ["ja"]}, case("遅い"), case("late")),
        ({"weekdays": ["fri"]}, case(), case(at=datetime(2026, 1, 10, 10, tzinfo=FRIDAY.tzinfo))),
        ({"abstained": True}, case("who knows"), case("late")),
        (
            {"extra": {"会員ランク": ["gold"]}},
            case(extra={"会員ランク": "Ｇｏｌｄ"}),
            case(extra={"会員ランク": "x"}),
        ),
        ({"extra": {"tier": ["gold", 3]}}, case(extra={"Tier": 3.0}), case(extra={})),
        ({"extra": {"vip": [True]}}, case(extra={"vip": True}), case(extra={"vip": 1})),
        ({"extra": {"tags": ["b"]}}, case(extra={"tags": ["a", "b"]}), case(extra={"tags": ["a"]})),
        (
            {"extra": {"購入額": {"at_least": 100}}},
            case(extra={"購入額": "１００"}),
            case(extra={"購入額": 99}),
        ),
        ({"extra": {"x": {"at_most": 1}}}, case(extra={"x": 1}), case(extra={"x": True})),
        ({"query": "配送 AND (遅い OR 届かない)"}, case("配送が遅かった"), case("請求が遅い")),
        ({"query": "nps<=6 lang:en"}, case("late", nps=1), case("遅い", nps=1)),
        ({"any_of": [{"nps_at_most": 2}, {"languages": ["en"]}]}, case("late"), case("遅い", nps=5)),
        ({"none_of": [{"channels": ["qa"]}]}, case(), case(channel="qa")),
        (
            {"nps_at_most": 6, "none_of": [{"any_of": [{"languages": ["en"]}, {"nps_at_least": 5}]}]},
            case("遅い", nps=4),
            case("遅い", nps=5),
        ),
    ],
)
def test_each_condition_holds_and_fails(
    when: dict[str, Any], holding: Case | None, failing: Case | None
) -> None:
    found = policy(rule(when))
    if holding is not None:
        assert acting(found, holding) == ["r"]
    if failing is not None:
        assert acting(found, failing) == []


def test_a_contradiction_and_theme_names_given_from_outside() -> None:
    put = case("late")
    put.analysis = replace(put.analysis, contradiction=Contradiction.HIGH_SCORE_COMPLAINT)
    assert acting(policy(rule({"contradictions": ["high_score_complaint"]})), put) == ["r"]
    assert acting(policy(rule({"contradictions": ["low_score_praise"]})), put) == []
    named = Case(put.comment, put.analysis, FRIDAY, themes=["group-1", "配達"])
    assert acting(policy(rule({"themes": ["配達"]})), named) == ["r"]
    assert acting(policy(rule({"themes": ["t1"]})), named) == []


@pytest.mark.parametrize(
    ("dates", "at", "in_force"),
    [
        ({"from": "2026-01-09"}, FRIDAY, True),
        ({"from": date(2026, 1, 10)}, FRIDAY, False),
        ({"until": "2026-01-09"}, FRIDAY, True),
        ({"until": "2026-01-08"}, FRIDAY, False),
        ({"from": "2026-01-01", "until": "2026-01-31"}, FRIDAY, True),
    ],
)
def test_effective_dates_include_both_days_by_the_calendars_clock(
    dates: dict[str, Any], at: datetime, in_force: bool
) -> None:
    assert acting(policy(rule({"nps_at_most": 6}, **dates)), case(at=at, nps=0)) == ["r"] * in_force


def test_first_and_all_and_stop_and_exclusion() -> None:
    bad, low = {"sentiment": ["negative"]}, {"nps_at_most": 6}
    rules = [rule(low, "low"), rule(bad, "bad", stop=True), rule(low, "rest")]
    put = case(nps=0)
    assert acting(policy(*rules), put) == ["low"]
    assert acting(policy(*rules, match="all"), put) == ["low", "bad"]
    excluded = [rule(low, "low"), {"id": "none", "open": False, "when": bad}, rule(low, "rest")]
    assert acting(policy(*excluded, match="all"), put) == ["low"]
    assert acting(policy(*excluded[1:]), put) == []
    assert acting(policy(*excluded[1:]), case("great", nps=0)) == ["rest"]


def test_all_gives_one_ticket_a_department_at_the_highest_level_and_the_earliest_due_time() -> None:
    low = {"nps_at_most": 6}
    found = policy(
        rule(low, "low"),
        rule(low, "legal", department="compliance"),
        rule(low, "grave", level="executive"),
        rule(low, "legal-2", department="compliance", level="department"),
        match="all",
    )
    assert "compliance" in TAXONOMY.departments
    now = FRIDAY.astimezone(UTC)
    own, legal = decide(case("配送が遅い", nps=0), policy=found, taxonomy=TAXONOMY, now=now)
    assert (own.department, own.level, own.rule_id) == ("logistics", Level.EXECUTIVE, "grave")
    assert own.rules == ("low", "grave")
    for goal, hours in zip(
        own.clock.goals, (POLICY.first_answer_hours, POLICY.resolution_hours), strict=True
    ):
        assert goal.due_at == POLICY.calendar.due_after(now, hours[Level.EXECUTIVE, own.urgency])
    assert (legal.department, legal.level, legal.rule_id) == (
        "compliance",
        Level.DEPARTMENT,
        "legal-2",
    )
    [one] = decide(case("遅い", nps=0), policy=policy(rule(low)), taxonomy=TAXONOMY, now=now)
    assert one.department == TRIAGE


@pytest.mark.parametrize(
    ("table", "place", "en", "ja"),
    [
        ({"rules": []}, "policy: rules", "at least one", "1 件以上"),
        ({"match": "some", "rules": [rule({"nps_at_most": 1})]}, "policy: match", "first, all", "first, all"),
        ({"rules": [7]}, "policy: rules[0]", "table", "テーブル"),
        ({"rules": [rule({"nps_at_most": 1}, "A!")]}, "policy: rules[0].id", "a-z", "a-z"),
        (
            {"rules": [{"id": "r", "when": {"nps_at_most": 1}}]},
            "policy: rules[0] (r).level",
            "executive",
            "executive",
        ),
        ({"rules": [rule({})]}, "policy: rules[0] (r).when", "no condition", "条件がありません"),
        ({"rules": [rule({"mood": ["bad"]})]}, "policy: rules[0] (r).when", "'mood'", "'mood'"),
        (
            {"rules": [rule({"any_of": [{"intent": ["rant"]}]})]},
            "policy: rules[0] (r).when.any_of[0].intent",
            "complaint",
            "complaint",
        ),
        (
            {"rules": [rule({"nps_at_most": True})]},
            "policy: rules[0] (r).when.nps_at_most",
            "a number",
            "数値",
        ),
        (
            {"rules": [rule({"nps_at_least": 7, "nps_at_most": 6})]},
            "policy: rules[0] (r).when.nps_at_most",
            "nothing is between",
            "下回って",
        ),
        ({"rules": [rule({"extra": {"x": [None]}})]}, "policy: rules[0] (r).when.extra.x", "texts", "文字列"),
        (
            {"rules": [rule({"extra": {"x": [float("nan")]}})]},
            "policy: rules[0] (r).when.extra.x",
            "texts",
            "文字列",
        ),
        ({"rules": [rule({"query": "遅い and"})]}, "policy: rules[0] (r).when.query", "column", "検索式"),
        (
            {"rules": [rule({"nps_at_most": 1}, **{"from": "4/1"})]},
            "policy: rules[0] (r).from",
            "2026-04-01",
            "日付",
        ),
        (
            {"rules": [rule({"nps_at_most": 1}, **{"from": "2026-04-02", "until": "2026-04-01"})]},
            "policy: rules[0] (r).until",
            "before",
            "より前",
        ),
        (
            {"rules": [rule({"nps_at_most": 1}, open="no")]},
            "policy: rules[0] (r).open",
            "true or false",
            "true",
        ),
        (
            {"rules": [rule({"nps_at_most": 1}, department="Böse")]},
            "policy: rules[0] (r).department",
            "id",
            "ID",
        ),
        (
            {
                "rules": [
                    rule(
                        {
                            "none_of": [
                                {"none_of": [{"none_of": [{"none_of": [{"none_of": [{"none_of": [{}]}]}]}]}]}
                            ]
                        }
                    )
                ]
            },
            "policy: rules[0] (r).when" + ".none_of[0]" * 6,
            "deeper",
            "入れ子",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place_in_both_languages(
    table: dict[str, Any], place: str, en: str, ja: str
) -> None:
    with pytest.raises(RuleError) as caught:
        read_rules(table, "policy")
    assert str(caught.value.place) == place
    assert en in caught.value.detail.en
    assert ja in caught.value.detail.ja
    assert str(caught.value) == f"{place}: {caught.value.detail.en}"


def test_the_content_of_rules_reads_as_the_same_rules() -> None:
    read = read_rules(
        {"rules": [rule({"query": "遅い", "extra": {"額": {"at_least": 1}}}, until=date(2026, 4, 1))]}, "p"
    )
    again = read_rules(read.content, "p")
    assert again == read
    assert again.content == read.content
    assert read.content["rules"][0]["until"] == "2026-04-01"
