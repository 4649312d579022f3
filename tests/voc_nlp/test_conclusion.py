"""What is put together last: contradiction, deciding sentence, polite complaints, offsets as sent, noise."""

import pytest

from voc_nlp import Analysis, Analyzer, Comment
from voc_nlp.conclusion import Findings, SentenceFinding, conclude
from voc_nlp.routing.model import RoutingPrediction
from voc_nlp.routing.rules import Phrases
from voc_nlp.schema import (
    Department,
    Intent,
    IntentLabel,
    Sentiment,
    SentimentLabel,
    Span,
    UrgencyCode,
    UrgencyLevel,
    UrgencyReason,
)
from voc_nlp.text.prepare import prepare


def mood(label: str, score: float) -> Sentiment:
    return Sentiment(SentimentLabel(label), score, {one: float(one == label) for one in SentimentLabel})


def route(*, at_risk: bool = True, level: str = "high", owned: bool = True) -> RoutingPrediction:
    owner = Department("logistics", 0.8)
    return RoutingPrediction(
        departments=(owner,) if owned else (),
        abstained=False,
        intent=Intent(IntentLabel.COMPLAINT, {}),
        urgency=UrgencyLevel(level),
        urgency_probabilities={one: float(one == level) for one in UrgencyLevel},
        churn=0.45,
        at_risk=at_risk,
        owners={"logistics": 0.8},
        runner_up=Department("billing", 0.1),
    )


def put_together(
    text: str, lang: str, sentences: list[tuple[int, int, float]], phrase: Span, found: RoutingPrediction
) -> Analysis:
    """Conclude of made-up findings; each sentence is start, end and how clearly it speaks."""
    negative = mood("negative", -0.9)
    return conclude(
        Comment("c", text, lang=lang),
        prepare(text, lang),
        Findings(
            mood=negative,
            sentences=[SentenceFinding(start, end, negative, speaks) for start, end, speaks in sentences],
            aspects=(),
            route=found,
            phrases=Phrases([UrgencyReason(UrgencyCode.LEAVING, phrase.start, phrase.end)], [phrase]),
            themes=(),
        ),
        weights={},
        model_version="toy",
    )


# Text as sent, language, its sentences in the normalised text, and where 解約 or cancel stands there.
TWO = [
    ("ｻﾎﾟｰﾄﾀﾞﾒ。解約します。", "ja", (0, 7), (7, 13), Span(7, 9)),
    ("Ｓｌｏｗ… I cancel.", "en", (0, 7), (8, 17), Span(10, 16)),
]


@pytest.mark.parametrize("speaks", [(0.9, 0.2), (0.2, 0.9)])
@pytest.mark.parametrize(("text", "lang", "first", "second", "phrase"), TWO)
def test_the_sentence_that_speaks_clearest_decides_and_stands_as_sent(
    text: str,
    lang: str,
    first: tuple[int, int],
    second: tuple[int, int],
    phrase: Span,
    speaks: tuple[float, float],
) -> None:
    sentences = [(*first, speaks[0]), (*second, speaks[1])]
    answer = put_together(text, lang, sentences, phrase, route())
    cuts = [text[one.start : one.end] for one in answer.sentences]
    assert cuts == (["ｻﾎﾟｰﾄﾀﾞﾒ。", "解約します。"] if lang == "ja" else ["Ｓｌｏｗ…", "I cancel."])
    decides = answer.deciding_sentence
    assert decides is not None
    assert text[decides.start : decides.end] == cuts[speaks.index(0.9)]
    (leaves,), (urgent,) = answer.churn.reasons, answer.urgency.reasons
    word = "解約" if lang == "ja" else "cancel"
    assert text[leaves.start : leaves.end] == text[urgent.start : urgent.end] == word


@pytest.mark.parametrize(("text", "lang", "first", "second", "phrase"), TWO)
def test_what_the_models_do_not_say_is_not_said(
    text: str, lang: str, first: tuple[int, int], second: tuple[int, int], phrase: Span
) -> None:
    """Nobody owns it, it is not urgent, nobody leaves, whatever phrases it holds."""
    unsaid = route(at_risk=False, level="low", owned=False)
    answer = put_together(text, lang, [(*first, 0.0), (*second, 0.0)], phrase, unsaid)
    assert answer.deciding_sentence is None
    assert answer.urgency.reasons == answer.churn.reasons == ()
    assert (answer.churn.at_risk, answer.churn.probability) == (False, 0.45)


def test_at_risk_is_what_routing_says() -> None:
    text, lang, first, second, phrase = TWO[0]
    sentences = [(*first, 0.0), (*second, 0.0)]
    assert put_together(text, lang, sentences, phrase, route(at_risk=True)).churn.at_risk


@pytest.mark.parametrize(("text", "lang"), [("特になし。", "ja"), ("😀", "ja"), ("n/a", "en"), ("...", "en")])
def test_noise_has_none_of_it(analyzer: Analyzer, text: str, lang: str) -> None:
    (answer,) = analyzer.analyze([Comment("c", text, lang=lang, nps=10)])
    assert isinstance(answer, Analysis)
    assert not answer.meaningful
    assert answer.runner_up is answer.deciding_sentence is answer.contradiction is None
    assert answer.masked_complaint == ()


@pytest.mark.parametrize(
    ("text", "nps", "contradiction"),
    [
        ("最悪です。解約します。", 10, "high_score_complaint"),
        ("最悪です。解約します。", 0, None),
        ("最悪です。解約します。", None, None),
        ("Terrible. I am cancelling.", 10, "high_score_complaint"),
        ("Terrible. I am cancelling.", 0, None),
        ("スタッフの皆さんが親切で、最高でした！", 0, "low_score_praise"),
        ("スタッフの皆さんが親切で、最高でした！", 10, None),
        ("The staff were so friendly and helpful, thank you!", 0, "low_score_praise"),
    ],
)
def test_the_nps_answer_comes_through(
    analyzer: Analyzer, text: str, nps: int | None, contradiction: str | None
) -> None:
    (answer,) = analyzer.analyze([Comment("c", text, nps=nps)])
    assert isinstance(answer, Analysis)
    assert answer.contradiction == contradiction


@pytest.mark.parametrize(
    ("text", "decides"),
    [
        ("こんにちは。荷物が三日遅れて届き、箱もつぶれていました。", "荷物"),
        ("荷物が三日遅れて届き、箱もつぶれていました。こんにちは。", "荷物"),
        ("ｺﾝﾆﾁﾊ｡ 荷物が三日遅れて届き、箱もつぶれていました。", "荷物"),
        ("Hello there. My parcel arrived five days late and the box was crushed.", "My parcel"),
        ("My parcel arrived five days late and the box was crushed. Goodbye.", "My parcel"),
    ],
)
def test_the_right_sentence_decides(analyzer: Analyzer, text: str, decides: str) -> None:
    (answer,) = analyzer.analyze([text])
    assert isinstance(answer, Analysis)
    assert answer.departments[0].id == "logistics"
    assert answer.deciding_sentence is not None
    assert text[answer.deciding_sentence.start :].startswith(decides)


@pytest.mark.parametrize(
    ("text", "lang", "phrase"),
    [
        ("ｻｰﾋﾞｽが遅く、少々残念に思いました。", "ja", "少々残念"),
        ("Ｔｈｅ room was dirty and I’m afraid the lift was broken.", "en", "I’m afraid"),
    ],
)
def test_polite_phrases_stand_as_sent(analyzer: Analyzer, text: str, lang: str, phrase: str) -> None:
    (answer,) = analyzer.analyze([Comment("c", text, lang=lang)])
    assert isinstance(answer, Analysis)
    assert answer.sentiment.label in ("negative", "mixed")
    assert [text[one.start : one.end] for one in answer.masked_complaint] == [phrase]
