"""Explanations: an effect is what removing the word really does; rules say what they found."""

import random

import pytest

from training.data.corpus import read_corpus
from voc_nlp.analysis import Analyzer
from voc_nlp.explanation import Explanation, LabelExplanation, explain
from voc_nlp.schema import Analysis, Comment, Refusal


def explained(analyzer: Analyzer, text: str, lang: str = "auto") -> Explanation:
    answer = explain(analyzer, Comment("c", text, lang=lang))
    assert isinstance(answer, Explanation)
    return answer


def of(answer: Explanation, task: str) -> LabelExplanation:
    return next(label for label in answer.labels if label.task == task)


def sample(lang: str, count: int) -> list[str]:
    texts = [row.text for row in read_corpus(lang) if 10 < len(row.text) < 120]
    return random.Random(7).sample(texts, count)


@pytest.mark.parametrize("text", [*sample("ja", 8), *sample("en", 8)])
def test_removing_a_word_changes_the_score_by_its_effect(analyzer: Analyzer, text: str) -> None:
    answer = explained(analyzer, text)
    mood = of(answer, "sentiment")
    for word in mood.words:
        assert text[word.start : word.end].strip()
        rest = text[: word.start] + text[word.end :]
        (without,) = analyzer.analyze([Comment("c", rest, lang=answer.analysis.language.value)])
        assert isinstance(without, Analysis)
        left = without.sentiment.probabilities[answer.analysis.sentiment.label]
        assert mood.probability - left == pytest.approx(word.effect, abs=1e-6)
    assert [abs(word.effect) for word in mood.words] == sorted(
        (abs(word.effect) for word in mood.words), reverse=True
    )


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
