"""Assigning whole files: the published shape, refusals, rules that ask for the analysis."""

from voc_nlp.batch.themes.assigning import ThemeAssigner
from voc_nlp.loading import load_analyzer
from voc_nlp.schema import Comment
from voc_nlp.topics import editing

from .toys import WordEncoder, toy_themes


def test_answers_have_the_published_shape() -> None:
    assigner = ThemeAssigner(toy_themes(), WordEncoder())
    comments = [
        Comment("ja", "配送が遅い"),
        Comment("en", "Kind people, and delivery was fine"),
        Comment("nothing", "特になし"),
        Comment("bad", "a\0b"),
        Comment("other", "この椅子は高い"),
    ]
    ja, en, nothing, bad, other = (one.to_dict() for one in assigner.analyze(comments))
    assert ja == {
        "id": "ja",
        "themes": [
            {"id": "theme-001", "label": "遅れ", "similarity": 0.7071},
            {"id": "theme-002", "label": "配送", "similarity": 0.7071},
        ],
    }
    assert [one["label"] for one in en["themes"]] == ["delivery", "kindness"]
    assert nothing == {"id": "nothing", "themes": []}
    assert bad["error"]["code"] == "invalid_text"
    assert other["themes"] == []


def test_as_many_themes_as_asked() -> None:
    assigner = ThemeAssigner(toy_themes(), WordEncoder(), most=1)
    for text in ("配送が遅い", "Late delivery"):
        (answer,) = assigner.analyze([text])
        assert [one["id"] for one in answer.to_dict()["themes"]] == ["theme-001"]


def test_rules_that_ask_for_the_sentiment_need_the_analyzer() -> None:
    label = {"ja": "怒り", "en": "anger"}
    model, rule = editing.add_rule(toy_themes(), "sentiment:negative", label)
    texts = ["配送が三日も遅れて最悪でした。", "The delivery was late, terrible service."]
    without = ThemeAssigner(model, WordEncoder()).analyze(texts)
    assert all(rule.id not in str(one.to_dict()) for one in without)
    found = ThemeAssigner(model, WordEncoder(), analyzer=load_analyzer(tier="fast")).analyze(texts)
    assert [one.to_dict()["themes"][0]["label"] for one in found] == ["怒り", "anger"]
