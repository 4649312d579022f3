"""Explanations: an effect is what removing the word really does; rules say what they found."""

import random
from collections.abc import Sequence

import pytest

from training.data.corpus import read_corpus
from voc_nlp import load_analyzer
from voc_nlp.analysis import Analyzer, Examined
from voc_nlp.errors import RecordError
from voc_nlp.explanation import Explanation, LabelExplanation, _rules, explain
from voc_nlp.schema import (
    Analysis,
    Aspect,
    Churn,
    Comment,
    Intent,
    IntentLabel,
    Language,
    Polarity,
    Refusal,
    Sentence,
    Sentiment,
    SentimentLabel,
    Urgency,
    UrgencyLevel,
)


def explained(analyzer: Analyzer, text: str, lang: str = "auto") -> Explanation:
    answer = explain(analyzer, Comment("c", text, lang=lang))
    assert isinstance(answer, Explanation)
    return answer


def of(answer: Explanation, task: str) -> LabelExplanation:
    return next(label for label in answer.labels if label.task == task)


def sample(lang: str, count: int) -> list[str]:
    texts = [row.text for row in read_corpus(lang) if 10 < len(row.text) < 120]
    return random.Random(7).sample(texts, count)


@pytest.mark.parametrize("task", ["sentiment", "department"])
@pytest.mark.parametrize("text", [*sample("ja", 8), *sample("en", 8)])
def test_removing_a_word_changes_the_score_by_its_effect(analyzer: Analyzer, text: str, task: str) -> None:
    answer = explained(analyzer, text)
    for label in answer.labels:
        if label.task != task:
            continue
        for word in label.words:
            assert text[word.start : word.end].strip()
            rest = text[: word.start] + text[word.end :]
            (without,) = analyzer.examine([Comment("c", rest, lang=answer.analysis.language.value)])
            assert isinstance(without, Examined)
            left = {
                "sentiment": without.analysis.sentiment.probabilities[answer.analysis.sentiment.label],
                "department": without.owners.get(label.label, 0.0),
            }[task]
            assert label.probability - left == pytest.approx(word.effect, abs=1e-6)
        assert [abs(word.effect) for word in label.words] == sorted(
            (abs(word.effect) for word in label.words), reverse=True
        )


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_owners_are_those_of_the_answer(analyzer: Analyzer, lang: str) -> None:
    for one in analyzer.examine(sample(lang, 40)):
        assert isinstance(one, Examined)
        assert not one.analysis.meaningful or sum(one.owners.values()) == pytest.approx(1, abs=1e-5)
        named = (*one.analysis.departments[:1], *filter(None, [one.analysis.runner_up]))
        assert all(one.owners[department.id] == department.probability for department in named)


@pytest.mark.parametrize(("text", "lang"), [("特になし", "ja"), ("n/a", "en")])
def test_nobody_owns_noise(analyzer: Analyzer, text: str, lang: str) -> None:
    (one,) = analyzer.examine([Comment("c", text, lang=lang)])
    assert isinstance(one, Examined)
    assert one.owners == {}


class Refuses(Analyzer):
    """Refuses every text but one."""

    def __init__(self, inner: Analyzer, text: str) -> None:
        self.inner = inner
        self.text = text
        self.part_weights = {}

    def examine(self, comments: Sequence[Comment | str]) -> list[Examined | Refusal]:
        return [
            answer
            if isinstance(comment, Comment) and comment.text == self.text
            else Refusal("1", "odd", "met")
            for comment, answer in zip(comments, self.inner.examine(comments), strict=True)
        ]


@pytest.mark.parametrize("text", ["配送が遅い。", "The delivery was late."])
def test_a_refused_rest_is_said(analyzer: Analyzer, text: str) -> None:
    with pytest.raises(RecordError, match="without one of its words") as raised:
        explain(Refuses(analyzer, text), text)
    assert text not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "word", "task"),
    [
        ("スタッフの対応が最悪でした。", "最悪", "sentiment"),
        ("The staff were terrible.", "terrible", "sentiment"),
        ("配送が三日も遅れました。", "配送", "department"),
        ("The courier was late again.", "courier", "department"),
    ],
)
def test_the_word_that_anybody_would_name_is_named(
    analyzer: Analyzer, text: str, word: str, task: str
) -> None:
    words = of(explained(analyzer, text), task).words
    assert any(word in text[one.start : one.end] and one.effect > 0 for one in words)


@pytest.mark.parametrize(
    ("text", "task", "name", "phrase"),
    [
        ("弁護士に相談して訴えます。", "urgency", "urgency:legal", "弁護士"),
        ("I will see my lawyer and sue you.", "urgency", "urgency:legal", "lawyer"),
        ("もう二度と利用しません。解約します。", "churn", "churn_phrase", "二度と"),
        ("Never again, I have cancelled my plan.", "churn", "churn_phrase", "Never again"),
        ("特になし", "sentiment", "noise", "特になし"),
        ("n/a", "sentiment", "noise", "n/a"),
    ],
)
def test_rules_are_named_with_what_they_found(
    analyzer: Analyzer, text: str, task: str, name: str, phrase: str
) -> None:
    rules = of(explained(analyzer, text), task).rules
    assert any(rule.name == name and phrase in text[rule.start : rule.end] for rule in rules)


def mixed(aspects: Sequence[float], sentences: Sequence[float]) -> Analysis:
    """Make a mixed comment of ten letters a part, sentences and then aspects."""
    return Analysis(
        id="c",
        language=Language.JA,
        meaningful=True,
        sentiment=Sentiment(SentimentLabel.MIXED, 0.0, {}),
        sentences=tuple(
            Sentence(10 * n, 10 * n + 10, SentimentLabel.MIXED, score) for n, score in enumerate(sentences)
        ),
        aspects=tuple(
            Aspect("x", 10 * n + 1, 10 * n + 2, "other", Polarity.NEUTRAL, score)
            for n, score in enumerate(aspects)
        ),
        intent=Intent(IntentLabel.OTHER, {}),
        urgency=Urgency(UrgencyLevel.LOW),
        churn=Churn(False, 0.0),
        departments=(),
        abstained=False,
        themes=(),
        pii=(),
        model_version="toy",
    )


BOTH = {"mixed_by_aspects": 0.6, "mixed_by_sentences": 0.5}


@pytest.mark.parametrize(
    ("aspects", "sentences", "weights", "spans"),
    [
        ([0.9, 0.1, -0.9], [0.9, -0.9], BOTH, [(0, 10), (1, 2), (10, 20), (21, 22)]),
        ([0.9, 0.1, -0.9], [0.9, -0.9], {"mixed_by_aspects": 0.6}, [(1, 2), (21, 22)]),
        ([0.9, 0.1, -0.9], [0.9, -0.3], BOTH, [(1, 2), (21, 22)]),
        ([0.9, -0.2], [0.9, 0.5, -0.5], BOTH, [(0, 10), (10, 20), (20, 30)]),
        # both sides, but the tier does not weigh them
        ([0.9, -0.9], [0.9, -0.9], {}, []),
        ([0.9, -0.9], [0.9, -0.9], {"mixed_by_aspects": 0.0}, []),
        # labelled positive and negative, yet too weakly for the rule
        ([0.2, -0.2], [0.9, -0.2], BOTH, []),
        ([], [], BOTH, []),
    ],
)
def test_two_sided_is_said_where_the_rule_spoke(
    aspects: list[float], sentences: list[float], weights: dict[str, float], spans: list[tuple[int, int]]
) -> None:
    rules = list(_rules("sentiment", mixed(aspects, sentences), weights))
    assert [(rule.start, rule.end) for rule in rules] == spans
    assert {rule.name for rule in rules} <= {"two_sided"}


@pytest.mark.parametrize("text", ["料理は最高でした。接客は最悪でした。", "Lovely food. Terrible service."])
def test_the_fast_tier_has_no_such_rule(text: str) -> None:
    rules = [rule for label in explained(load_analyzer(tier="fast"), text).labels for rule in label.rules]
    assert [rule for rule in rules if rule.name == "two_sided"] == []


@pytest.mark.parametrize(
    "text", ["荷物が届きません。電話もつながりません。" * 40, "My parcel is late. " * 120]
)
def test_a_long_comment_names_words_all_the_same(analyzer: Analyzer, text: str) -> None:
    answer = explained(analyzer, text)
    for label in answer.labels:
        assert len(label.words) <= 5
        assert all(0 <= word.start < word.end <= len(text) for word in label.words)


def test_what_cannot_be_analysed_is_refused(analyzer: Analyzer) -> None:
    answer = explain(analyzer, Comment("c", "x" * 20_001))
    assert isinstance(answer, Refusal)
    assert answer.code == "text_too_long"


def test_at_least_one_word_must_be_asked_for(analyzer: Analyzer) -> None:
    with pytest.raises(ValueError, match="expected at least 1"):
        explain(analyzer, "遅い", most_words=0)


def test_json_shape(analyzer: Analyzer) -> None:
    plain = explained(analyzer, "対応が遅い。").to_dict()
    assert set(plain) == {"id", "model_version", "labels"}
    assert [set(label) for label in plain["labels"]] == [
        {"task", "label", "probability", "words", "rules"}
    ] * len(plain["labels"])
