"""The tables of demands: what is refused, when a check is met, what is written down as known."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from training.__main__ import main
from training.evaluate.demand_checks import CHECKS, Seen, see
from training.evaluate.demands import (
    TABLES,
    Case,
    Demand,
    Miss,
    answer_demands,
    known_failures,
    read_demands,
    read_known_failures,
    write_known_failures,
)
from training.evaluate.report_demands import demand_sections
from voc_nlp.schema import (
    Analysis,
    Aspect,
    Churn,
    Department,
    Intent,
    IntentLabel,
    Language,
    PiiSpan,
    Polarity,
    Refusal,
    Sentence,
    Sentiment,
    SentimentLabel,
    Urgency,
    UrgencyLevel,
)

TEXT = "ｻﾎﾟｰﾄの田中さんが遅い。解約しました。"
ANSWER = Analysis(
    id="1",
    language=Language.JA,
    meaningful=True,
    sentiment=Sentiment(SentimentLabel.NEGATIVE, -0.9, {}),
    sentences=(
        Sentence(0, 14, SentimentLabel.NEGATIVE, -0.8),
        Sentence(14, 21, SentimentLabel.NEUTRAL, 0.0),
    ),
    aspects=(Aspect("ｻﾎﾟｰﾄ", 0, 5, "support", Polarity.NEGATIVE, -0.8),),
    intent=Intent(IntentLabel.COMPLAINT, {}),
    urgency=Urgency(UrgencyLevel.HIGH),
    churn=Churn(at_risk=True, probability=0.9),
    departments=(Department("customer_support", 0.9), Department("sales", 0.6)),
    abstained=False,
    themes=(),
    pii=(PiiSpan("person", 6, 8),),
    model_version="1",
)

# Check, an expectation that is met, one that is not, what is shown as answered.
JUDGED: list[tuple[str, Any, Any, str]] = [
    ("label", ["mixed", "negative"], "positive", "negative"),
    ("label_not", "positive", ["negative", "mixed"], "negative"),
    (
        "sentence_labels",
        {"解約しました。": "neutral"},
        {"解約しました。": ["negative", "mixed"]},
        "ｻﾎﾟｰﾄの田中さんが遅い。: negative, 解約しました。: neutral",
    ),
    ("aspects", {"ｻﾎﾟ": "negative"}, {"田中": "negative"}, "ｻﾎﾟｰﾄ: negative"),
    ("intent", "complaint", "praise", "complaint"),
    ("intent_not", "praise", "complaint", "complaint"),
    ("urgency", ["high"], ["low", "normal"], "high"),
    ("churn", True, False, "true"),
    ("departments", ["sales"], [], "customer_support, sales"),
    ("language", "ja", "en", "ja"),
    ("meaningful", True, False, "true"),
    (
        "normalized",
        "サポートの田中さんが遅い。解約しました。",
        TEXT,
        "サポートの田中さんが遅い。解約しました。",
    ),
    ("original", {"サポート": "ｻﾎﾟｰﾄ"}, {"サポ": "ｻﾎﾟｰﾄ"}, "サポート: ｻﾎﾟｰﾄ"),
    (
        "tokens",
        ["サポート"],
        ["サポ"],
        "サポート, の, 田中, さん, が, 遅い, 。, 解約, し, まし, た, 。",
    ),
    ("forms", ["遅い"], ["早い"], "サポート, の, 田中, さん, が, 遅い, 。, 解約, する, ます, た, 。"),
    (
        "sentences",
        ["ｻﾎﾟｰﾄの田中さんが遅い。", "解約しました。"],
        [TEXT],
        "ｻﾎﾟｰﾄの田中さんが遅い。, 解約しました。",
    ),
    ("sentence_count", 2, 1, "2"),
    ("pii", [["person", "田中"]], [], "person: 田中"),
    ("masked", "ｻﾎﾟｰﾄの[氏名1]さんが遅い。解約しました。", TEXT, "ｻﾎﾟｰﾄの[氏名1]さんが遅い。解約しました。"),
    ("reasons", ["leaving"], ["legal"], "leaving"),
    ("leaving", ["解約"], [], "解約しまし"),
]


class Double:
    """Answers every text with the same analysis, refuses the empty one."""

    def analyze(self, texts: list[str]) -> list[Analysis | Refusal]:
        return [ANSWER if text else Refusal("1", "empty_text", "met nothing") for text in texts]


@pytest.mark.parametrize(("name", "right", "wrong", "shown"), JUDGED)
def test_checks(name: str, right: Any, wrong: Any, shown: str) -> None:
    seen = see(TEXT, ANSWER)
    assert CHECKS[name].fault(right, TEXT) == ""
    met, answered = CHECKS[name].judge(right, seen)
    assert met
    if name != "original":
        assert answered == shown
    assert not CHECKS[name].judge(wrong, seen)[0]


def test_every_check_is_tried() -> None:
    assert {name for name, *_ in JUDGED} | {"refused"} == set(CHECKS)


def test_a_refused_comment_meets_the_check_for_it_alone() -> None:
    seen = Seen("x", None, Refusal("1", "unsupported_language", "met another language"))
    assert CHECKS["refused"].judge("unsupported_language", seen) == (True, "refused: unsupported_language")
    assert not CHECKS["refused"].judge("text_too_long", seen)[0]
    assert not CHECKS["label"].judge("neutral", seen)[0]
    assert not CHECKS["refused"].judge("unsupported_language", see(TEXT, ANSWER))[0]


def demands() -> list[Demand]:
    cases = (
        Case("J1.1", TEXT, {"label": "negative", "language": "ja"}),
        Case("J1.2", f"{TEXT}!", {"label": ["positive", "mixed"], "intent_not": "complaint", "churn": True}),
        Case("J1.3", f"{TEXT}?", {"language": "en"}),
    )
    return [Demand("J1", "width", cases), Demand("J4", "dictionary", not_built="Not there.")]


def test_answers_and_known_failures(tmp_path: Path) -> None:
    outcomes = answer_demands(Double(), demands())  # type: ignore[arg-type]
    assert outcomes == {
        "J1.1": (),
        "J1.2": (
            Miss("label", "positive or mixed", "negative", by_rule=False),
            Miss("intent_not", "not complaint", "complaint", by_rule=False),
        ),
        "J1.3": (Miss("language", "en", "ja", by_rule=True),),
    }
    assert known_failures(outcomes) == {"J1.2": ["label", "intent_not"]}
    assert json.loads(write_known_failures(outcomes, tmp_path).read_text("utf-8")) == known_failures(outcomes)
    assert read_known_failures(tmp_path) == known_failures(outcomes)
    assert write_known_failures({"J1.1": ()}, tmp_path).read_text("utf-8") == "{}\n"


def test_the_page() -> None:
    outcomes = answer_demands(Double(), demands())  # type: ignore[arg-type]
    page = "\n".join(demand_sections(demands(), {"default": outcomes, "fast": {**outcomes, "J1.2": ()}}))
    assert "Met: 1 by tier default, 2 by tier fast." in page
    assert "| J1 | width | 3 | 1 | 2 |" in page
    assert "| J4 | dictionary (not built) |" in page
    assert "- J4: Not there." in page
    assert "| J1.2 | label | positive or mixed | negative | met |" in page
    assert "| J1.1 | label" not in page


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ('{ text = "遅い", lable = "negative" }', "no check 'lable'"),
        ('{ text = "遅い", label = "bad" }', "met 'bad', expected one of positive"),
        ('{ text = "遅い", aspects = { "店員" = "negative" } }', "'店員' is not in the text"),
        ('{ text = "遅い", aspects = { "遅い" = "mixed" } }', "met 'mixed'"),
        ('{ text = "遅い", pii = [["person", "山田"]] }', "'山田' is not in the text"),
        ('{ text = "遅い", churn = "yes" }', "expected bool"),
        ('{ text = "遅い", sentences = 3 }', "not of the kind"),
        ('{ text = "遅い" }', "at least one check"),
        ('{ label = "negative" }', "expected a text"),
        ('{ text = "a", churn = true }, { text = "a", churn = true }', "text 'a' stands there twice"),
    ],
)
def test_tables_that_are_refused(tmp_path: Path, case: str, message: str) -> None:
    written = f'[[demands]]\nid = "J1"\ntitle = "t"\ncases = [{case}]\n'
    (tmp_path / TABLES[0]).write_text(written, encoding="utf-8")
    (tmp_path / TABLES[1]).write_text("demands = []\n", encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        read_demands(tmp_path)


def test_a_demand_must_have_something(tmp_path: Path) -> None:
    (tmp_path / TABLES[0]).write_text('[[demands]]\nid = "J1"\ntitle = "t"\n', encoding="utf-8")
    with pytest.raises(ValueError, match="expected id, title, and cases"):
        read_demands(tmp_path)


def test_known_failures_are_those_of_one_tier() -> None:
    result = CliRunner().invoke(main, ["demands", "--tier", "fast", "--write-known-failures"])
    assert result.exit_code == 2
    assert "those of tier default" in result.output
