"""The whole line on the shipped models: spans, sums, order, refusals, and what no analysis may get wrong."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.data.corpus import read_corpus
from voc_nlp import Analysis, Analyzer, Comment, Refusal, analysis
from voc_nlp.errors import UnknownFormatError
from voc_nlp.routing.departments import DepartmentDescription
from voc_nlp.routing.departments_file import read_departments
from voc_nlp.schema import MAX_CHARACTERS, Aspect, Span
from voc_nlp.sentiment.aspects import TermSpan
from voc_nlp.text.dictionary import Dictionary
from voc_nlp.text.prepare import prepare
from voc_nlp.topics import editing
from voc_nlp.topics.assign import assign_comments
from voc_nlp.topics.model import ThemeModel


class Optional(NamedTuple):
    """A part of the shape that may be null."""

    inner: Any


SHAPE: dict[str, Any] = {
    "id": str,
    "language": str,
    "meaningful": bool,
    "sentiment": {
        "label": str,
        "score": float,
        "probabilities": {"positive": float, "neutral": float, "negative": float, "mixed": float},
    },
    "sentences": [{"start": int, "end": int, "label": str, "score": float}],
    "aspects": [
        {
            "term": str,
            "start": int,
            "end": int,
            "category": str,
            "label": str,
            "score": float,
            "opinions": [{"start": int, "end": int}],
        }
    ],
    "intent": {
        "label": str,
        "probabilities": {
            "complaint": float,
            "praise": float,
            "suggestion": float,
            "question": float,
            "other": float,
        },
    },
    "urgency": {
        "level": str,
        "reasons": [{"code": str, "start": int, "end": int}],
        "probabilities": {"low": float, "normal": float, "high": float},
    },
    "churn": {"at_risk": bool, "probability": float, "reasons": [{"start": int, "end": int}]},
    "departments": [{"id": str, "probability": float}],
    "abstained": bool,
    "themes": [{"id": str, "label": str, "similarity": float}],
    "pii": [{"type": str, "start": int, "end": int}],
    "model_version": str,
    "runner_up": Optional({"id": str, "probability": float}),
    "deciding_sentence": Optional({"start": int, "end": int}),
    "masked_complaint": [{"start": int, "end": int}],
    "contradiction": Optional(str),
}

# Text, sentiment (any of), primary department: comments that nobody could read otherwise.
CLEAR = [
    ("荷物が三日遅れて届き、箱もつぶれていました。最悪です。", {"negative"}, "logistics"),
    (
        "My parcel arrived five days late and the box was crushed. Terrible delivery.",
        {"negative"},
        "logistics",
    ),
    ("店内がとても清潔で、スタッフの皆さんも笑顔で最高でした！", {"positive"}, "store_operations"),
    ("The staff in the shop were so friendly and helpful, thank you!", {"positive"}, "store_operations"),
    ("アプリが何度も落ちてログインできません。本当に困っています。", {"negative"}, "it_digital"),
    ("The app crashes every time I try to log in. Useless.", {"negative"}, "it_digital"),
    ("クレジットカードに二重請求されています。返金してください。ひどすぎます。", {"negative"}, "billing"),
    ("I was charged twice on my credit card and still have no refund. Awful.", {"negative"}, "billing"),
    ("コールセンターに何度電話してもつながらず、対応が最悪です。", {"negative"}, "customer_support"),
    (
        "I called customer support four times and nobody ever called me back.",
        {"negative"},
        "customer_support",
    ),
    ("個人情報が漏えいしています。弁護士に相談します。", {"negative"}, "compliance"),
    ("My personal data was leaked to a stranger. I am calling my lawyer.", {"negative"}, "compliance"),
    ("配達員さんがいつも丁寧で感謝しています。", {"positive"}, "logistics"),
    ("The courier is always polite and careful with my parcels. Love it!", {"positive"}, "logistics"),
    ("領収書の宛名はどこで変更できますか？", {"neutral"}, "billing"),
    ("Where can I change the name on my invoice?", {"neutral"}, "billing"),
    ("ダークモードを追加していただけると嬉しいです。", {"neutral", "positive"}, "product_planning"),
]

HAZARDS = [
    ("食事の後に子どもが食中毒で救急搬送されました。保健所に通報します。", {"safety", "legal"}),
    ("My son got food poisoning from your sandwich. My lawyer will call you.", {"safety", "legal"}),
    ("個人情報が漏えいしています。弁護士に相談します。", {"privacy", "legal"}),
    ("My personal data was leaked. I will contact my lawyer.", {"privacy", "legal"}),
]

LEAVERS = [
    ("もう解約しました。他社に乗り換えます。", True),
    ("I have cancelled my subscription and moved to a competitor.", True),
    ("店員さんの説明がとても丁寧で安心しました。", False),
    ("The new app is fast and easy to use, thank you!", False),
]

NOISE = [
    "",
    "   ",
    "\n\t　",
    "😀🎉",
    "🙏🏽🙏🏽",
    "特になし",
    "特になし。",
    "ー",
    "。",
    "n/a",
    "None",
    "no comment",
]

# What is in front of and between the parts of a comment moves every offset.
FILLERS = [
    "",
    "😡👍🏽 ",
    "👨‍👩‍👧‍👦",
    "\u200b\ufeff",
    "\r\n\r\n",
    "ｻﾎﾟｰﾄﾀﾞﾒ。",
    "①㈱ＡＢＣ　",
    "すごーーーい!!!!!",
    "e\u0301 ",
    "が\u3099",
]
QUIET_FILLERS = ["", "😡👍🏽 ", "\u200b\ufeff", "👨‍👩‍👧‍👦 "]
# Text, and what its urgency reasons and personal data must be, cut out of the text as sent.
MARKED = [
    (
        "個人情報が漏えいしています。弁護士に相談します。電話は090-1234-5678です。",
        {"個人情報", "弁護士"},
        {("phone", "090-1234-5678")},
    ),
    (
        "個人情報が漏えいしています。弁護士に相談します。電話は０９０－１２３４－５６７８です。",
        {"個人情報", "弁護士"},
        {("phone", "０９０－１２３４－５６７８")},
    ),
    (
        "My personal data was leaked. I will contact my lawyer. Write to me@example.com now.",
        {"personal data", "lawyer"},
        {("email", "me@example.com")},
    ),
    (
        "My ＰＥＲＳＯＮＡＬ ＤＡＴＡ was leaked. I will contact my ｌａｗｙｅｒ. My mail: me@example.com.",
        {"ＰＥＲＳＯＮＡＬ ＤＡＴＡ", "ｌａｗｙｅｒ"},
        {("email", "me@example.com")},
    ),
]

# Text, and a term that stands in it as sent and must be found.
TERMS = [
    ("配達が遅すぎます。", "配達"),
    ("ｽﾀｯﾌの対応が最悪です。", "ｽﾀｯﾌの対応"),
    ("The delivery was terrible.", "delivery"),
    ("Ｔｈｅ ｄｅｌｉｖｅｒｙ was terrible.", "ｄｅｌｉｖｅｒｙ"),
]

HARD = [
    "ｶﾞｷﾞｸﾞｹﾞｺﾞ、ﾊﾟﾋﾟﾌﾟﾍﾟﾎﾟ｡ｻｰﾋﾞｽ最悪",
    "配送\u200bが\u200b遅\u200bい\u200bです",
    "de\u00adliv\u00adery was\u2060 la\u200dte",
    "m(_ _)m (´；ω；｀) 店員さんが😡😡😡😡",
    "ﷺ ﷺ delivery ﷺ was late",
    "シ\u309aャ㌔㍿㋿配送が遅い",
    "\u202eabc\u202c the app is slow",
    "良い点:料理\r\n悪い点:接客\r\n\r\n・遅い\r\n・高い",
    "w" * 10_000,
    "遅い" * 5_000,
    "a" * MAX_CHARACTERS,
]

REFUSED = [
    (Comment("long", "あ" * (MAX_CHARACTERS + 1)), "text_too_long"),
    (Comment("surrogate", "遅い\ud800"), "invalid_text"),
    (Comment("nul", "slow\0app"), "invalid_text"),
    (
        Comment("french", "Le service est vraiment très mauvais et je ne suis pas content."),
        "unsupported_language",
    ),
    (Comment("hint", "The app is slow.", lang="fr"), "unsupported_language"),
]


def analyse(analyzer: Analyzer, text: str, lang: str = "auto") -> Analysis:
    """Analyse one comment that must not be refused."""
    (answer,) = analyzer.analyze([Comment("c", text, lang=lang)])
    assert isinstance(answer, Analysis), answer
    return answer


def corpus_texts(count: int) -> list[str]:
    """Take comments from all over the corpus, both languages in turn."""
    both = [read_corpus(lang) for lang in ("ja", "en")]
    step = min(map(len, both)) // (count // 2)
    return [rows[number * step].text for number in range(count // 2) for rows in both]


def check(answer: Analysis, text: str) -> None:
    """Check what holds of every analysis of `text`."""
    spans = [*answer.sentences, *answer.aspects, *answer.urgency.reasons, *answer.churn.reasons, *answer.pii]
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    for group in (answer.sentences, answer.aspects, answer.pii):
        assert all(before.end <= after.start for before, after in pairwise(group))
    for aspect in answer.aspects:
        assert text[aspect.start : aspect.end] == aspect.term
        assert aspect.term.strip() == aspect.term
        assert -1 <= aspect.score <= 1
    for probabilities in (answer.sentiment.probabilities, answer.intent.probabilities):
        assert sum(probabilities.values()) == pytest.approx(1, abs=1e-5)
        assert all(0 <= one <= 1 for one in probabilities.values())
    for judged, label in (
        (answer.sentiment.probabilities, answer.sentiment.label),
        (answer.intent.probabilities, answer.intent.label),
    ):
        assert judged[label] == max(judged.values())
    assert all(-1 <= one.score <= 1 for one in (answer.sentiment, *answer.sentences))
    assert 0 <= answer.churn.probability <= 1
    assert len(answer.departments) <= 3
    assert len({one.id for one in answer.departments}) == len(answer.departments)
    assert all(0 <= one.probability <= 1 for one in answer.departments)
    similarities = [theme.similarity for theme in answer.themes]
    assert similarities == sorted(similarities, reverse=True)
    assert all(-1 <= one <= 1.00001 for one in similarities)
    json.dumps(answer.to_dict(), allow_nan=False)


def shape(value: Any, expected: Any, path: str = "") -> list[str]:
    """Name the places where a JSON value is not of the expected shape."""
    if isinstance(expected, Optional):
        return [] if value is None else shape(value, expected.inner, path)
    if isinstance(expected, dict):
        if not isinstance(value, dict) or list(value) != list(expected):
            return [f"{path}: {value!r} has not the keys {list(expected)}"]
        return [fault for key in expected for fault in shape(value[key], expected[key], f"{path}.{key}")]
    if isinstance(expected, list):
        if not isinstance(value, list):
            return [f"{path}: no list"]
        return [fault for item in value for fault in shape(item, expected[0], path + "[]")]
    return [] if type(value) is expected else [f"{path}: {type(value).__name__}, not {expected.__name__}"]


@pytest.mark.parametrize(("text", "labels", "department"), CLEAR)
def test_a_clear_comment(analyzer: Analyzer, text: str, labels: set[str], department: str) -> None:
    answer = analyse(analyzer, text)
    assert answer.language == ("en" if text.isascii() else "ja")
    assert answer.meaningful
    assert answer.sentiment.label in labels
    assert answer.departments[0].id == department
    assert not answer.abstained


@pytest.mark.parametrize(("text", "codes"), HAZARDS)
def test_a_hazard_is_urgent_and_says_why(analyzer: Analyzer, text: str, codes: set[str]) -> None:
    urgency = analyse(analyzer, text).urgency
    assert urgency.level == "high"
    assert codes <= {reason.code for reason in urgency.reasons}


@pytest.mark.parametrize(("text", "leaves"), LEAVERS)
def test_who_leaves(analyzer: Analyzer, text: str, leaves: bool) -> None:
    churn = analyse(analyzer, text).churn
    assert churn.at_risk is leaves
    assert leaves or churn.reasons == ()


@pytest.mark.parametrize(("text", "leaves"), [one for one in LEAVERS if one[1]])
def test_a_leaver_has_a_phrase(analyzer: Analyzer, text: str, leaves: bool) -> None:
    reasons = analyse(analyzer, text).churn.reasons
    assert reasons
    assert (
        "解約" in text[reasons[0].start : reasons[0].end]
        or "cancel" in text[reasons[0].start : reasons[0].end]
    )


@pytest.mark.parametrize("text", NOISE)
def test_noise_says_nothing(analyzer: Analyzer, text: str) -> None:
    answer = analyse(analyzer, text)
    assert not answer.meaningful
    assert answer.sentiment.label == "neutral"
    assert answer.sentiment.score == 0
    assert answer.intent.label == "other"
    assert answer.urgency.level == "low"
    assert not answer.churn.at_risk
    assert not answer.abstained
    assert answer.departments == answer.themes == answer.aspects == answer.urgency.reasons == ()
    assert all(one.label == "neutral" and one.score == 0 for one in answer.sentences)
    check(answer, text)


@pytest.mark.parametrize("filler", FILLERS)
@pytest.mark.parametrize(("text", "reasons", "pii"), MARKED)
def test_spans_cut_the_text_as_sent(
    analyzer: Analyzer, text: str, reasons: set[str], pii: set[tuple[str, str]], filler: str
) -> None:
    sent = f"{filler}{text} {filler}"
    answer = analyse(analyzer, sent, "en" if text.startswith("My") else "ja")
    check(answer, sent)
    cuts = [sent[one.start : one.end] for one in answer.urgency.reasons]
    assert [one for one in reasons if not any(cut.startswith(one) for cut in cuts)] == []
    assert [cut for cut in cuts if cut not in text] == []
    assert {(one.type, sent[one.start : one.end]) for one in answer.pii} == pii


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("My son got food poisoning from your sandwich. I am calling my lawyer.", "food poisoning"),
        ("My data was leaked to a stranger and I was in hospital. I am calling my lawyer.", "hospital"),
        ("My personal data was leaked. I am calling my lawyer.", "personal data"),
    ],
)
def test_a_reason_is_a_whole_phrase(analyzer: Analyzer, text: str, reason: str) -> None:
    assert reason in {text[one.start : one.end] for one in analyse(analyzer, text).urgency.reasons}


@pytest.mark.parametrize("filler", QUIET_FILLERS)
@pytest.mark.parametrize(("text", "term"), TERMS)
def test_terms_cut_the_text_as_sent(analyzer: Analyzer, text: str, term: str, filler: str) -> None:
    sent = f"{filler}{text}{filler}"
    answer = analyse(analyzer, sent, "en" if text.endswith(".") else "ja")
    check(answer, sent)
    assert any(aspect.term in term for aspect in answer.aspects)


@pytest.mark.parametrize("space", ["\n", "\r\n", "\t", "  ", "　"])
def test_a_line_break_is_a_space_to_the_models(analyzer: Analyzer, space: str) -> None:
    broken, plain = analyzer.analyze(
        [f"Awful.{space}The delivery was late.", "Awful. The delivery was late."]
    )
    assert isinstance(broken, Analysis)
    assert isinstance(plain, Analysis)
    assert [aspect.term for aspect in broken.aspects] == [aspect.term for aspect in plain.aspects]
    assert broken.sentiment == plain.sentiment


@pytest.mark.parametrize(
    "text",
    [
        "Bronagh never once asked me where I was going on holiday. Heaven.",
        "The ﷺ delivery ﷺ was terrible and the driver ﷺ rude.",
        "荷物と荷物の箱と箱の荷物がつぶれて届いた。",
        "The delivery was late, the delivery man rude, the delivery box crushed.",
    ],
)
def test_no_two_terms_overlap(analyzer: Analyzer, text: str) -> None:
    aspects = analyse(analyzer, text, "en" if text[-2].isascii() else "ja").aspects
    assert aspects
    assert all(before.end <= after.start for before, after in pairwise(aspects))


@pytest.mark.parametrize(
    ("text", "term", "found", "opinions"),
    [
        # 株式 and 会社 are one letter as sent, and so are 1 and 2
        ("㍿最悪", (0, 2), [(2, 4), (4, 6)], [(1, 3)]),
        ("㍿最悪", (4, 6), [(0, 2), (2, 4)], [(0, 1)]),
        ("a ½ good", (2, 3), [(4, 5), (6, 10)], [(4, 8)]),
        ("good bad, it", (10, 12), [(0, 4), (5, 8)], [(0, 4), (5, 8)]),
    ],
)
def test_no_opinion_overlaps_as_sent(
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    term: tuple[int, int],
    found: list[tuple[int, int]],
    opinions: list[tuple[int, int]],
) -> None:
    """Term and words are cut out of the normalised text, where they are apart."""
    prepared = prepare(text, "en" if "oo" in text else "ja")
    monkeypatch.setattr(analysis, "find_opinions", lambda *_: [Span(*span) for span in found])
    whole = analysis._Unit(0, 0, len(prepared.normalized.text))
    named = analysis._opinions(prepared, whole, TermSpan(*term, 0.9), ())
    assert [(one.start, one.end) for one in named] == opinions


def english_terms(analyzer: Analyzer) -> list[tuple[str, Aspect]]:
    """Find the terms of a part of the corpus, each with its text."""
    texts = [row.text for row in read_corpus("en")[::4]]
    comments = [Comment("c", text, lang="en") for text in texts]  # one is too short of words to be told
    answers = [answer for answer in analyzer.analyze(comments) if isinstance(answer, Analysis)]
    found = [(text, aspect) for text, answer in zip(texts, answers, strict=True) for aspect in answer.aspects]
    assert len(found) > 500
    return found


def test_no_term_is_half_a_word(analyzer: Analyzer) -> None:
    edges = [
        (aspect.term, edge)
        for text, aspect in english_terms(analyzer)
        for edge in (text[aspect.start - 1 : aspect.start + 1], text[aspect.end - 1 : aspect.end + 1])
    ]
    assert [
        (term, edge) for term, edge in edges if len(edge) == 2 and edge.isascii() and edge.isalnum()
    ] == []


def test_no_term_ends_before_an_accent(analyzer: Analyzer) -> None:
    text = "They lost my bag in Potosí. Apologies were few."
    terms = [aspect.term for aspect in analyse(analyzer, text).aspects]
    assert [term for term in terms if term.endswith("Potos")] == []


def test_no_term_is_an_article(analyzer: Analyzer) -> None:
    terms = [aspect.term.lower() for _, aspect in english_terms(analyzer)]
    assert [term for term in terms if term in ("a", "an", "the", "my", "your", "our", "their", "this")] == []


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("配送が遅い。最悪です！\r\n二度と使わない", ["配送が遅い。", "最悪です！", "二度と使わない"]),
        ("Late again. Awful!\r\nNever again", ["Late again.", "Awful!", "Never again"]),
        ("ｻﾎﾟｰﾄがﾀﾞﾒ｡ 直して！", ["ｻﾎﾟｰﾄがﾀﾞﾒ｡", "直して！"]),
    ],
)
def test_sentences_cut_the_text_as_sent(analyzer: Analyzer, text: str, sentences: list[str]) -> None:
    assert [text[one.start : one.end] for one in analyse(analyzer, text).sentences] == sentences


@pytest.mark.parametrize("text", HARD, ids=range(len(HARD)))
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_hard_text(analyzer: Analyzer, text: str, lang: str) -> None:
    answer = analyse(analyzer, text, lang)
    assert answer.language == lang
    check(answer, text)


def test_every_comment_of_a_sample(analyzer: Analyzer) -> None:
    texts = corpus_texts(300)
    for text, answer in zip(texts, analyzer.analyze([Comment("c", text) for text in texts]), strict=True):
        assert isinstance(answer, Analysis), text
        check(answer, text)
        assert shape(answer.to_dict(), SHAPE) == []
        covered = {place for one in answer.sentences for place in range(one.start, one.end)}
        assert all(place in covered for place, letter in enumerate(text) if letter.isalnum())


def test_the_sample_shows_every_part_of_the_shape(analyzer: Analyzer) -> None:
    answers = [answer.to_dict() for answer in analyzer.analyze(corpus_texts(300))]
    for part in (
        "sentences",
        "aspects",
        "departments",
        "themes",
        "pii",
        "runner_up",
        "deciding_sentence",
        "masked_complaint",
    ):
        assert any(answer[part] for answer in answers), part
    assert any(answer["urgency"]["reasons"] for answer in answers)
    assert any(answer["churn"]["reasons"] for answer in answers)
    assert {answer["sentiment"]["label"] for answer in answers} == {
        "positive",
        "neutral",
        "negative",
        "mixed",
    }
    assert {answer["urgency"]["level"] for answer in answers} == {"low", "normal", "high"}


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(max_size=120), max_size=6), st.sampled_from(["auto", "ja", "en"]))
def test_any_text(analyzer: Analyzer, texts: list[str], lang: str) -> None:
    comments = [Comment(str(number), text, lang=lang) for number, text in enumerate(texts)]
    answers = analyzer.analyze(comments)
    assert [answer.id for answer in answers] == [comment.id for comment in comments]
    for comment, answer in zip(comments, answers, strict=True):
        if isinstance(answer, Analysis):
            check(answer, comment.text)
            assert shape(answer.to_dict(), SHAPE) == []
        else:
            assert answer.code in ("invalid_text", "unsupported_language")


@settings(max_examples=60, deadline=None)
@given(
    st.text(alphabet="配送が遅い。！ｻﾎﾟｰﾄﾞﾟ﾿ーwW!?笑、\r\n \u200b\u200d😡👍🏽Ａ１a1.'é\u0301㈱①", max_size=80)
)
def test_any_mixture_of_what_customers_type(analyzer: Analyzer, text: str) -> None:
    check(analyse(analyzer, text, "ja"), text)
    check(analyse(analyzer, text, "en"), text)


def test_alone_or_among_a_hundred(analyzer: Analyzer) -> None:
    texts = corpus_texts(100)
    together = [replace(one, id="c") for one in analyzer.analyze(texts) if isinstance(one, Analysis)]
    assert together == [analyse(analyzer, text) for text in texts]


def test_alone_or_among_a_hundred_to_three_decimals(analyzer: Analyzer) -> None:
    texts = corpus_texts(100)
    for text, one in zip(texts, analyzer.analyze(texts), strict=True):
        alone = analyse(analyzer, text)
        assert isinstance(one, Analysis)
        assert one.sentiment.label is alone.sentiment.label
        assert one.sentiment.score == pytest.approx(alone.sentiment.score, abs=1e-5)
        assert one.churn.probability == pytest.approx(alone.churn.probability, abs=1e-5)
        assert [d.id for d in one.departments] == [d.id for d in alone.departments]
        assert one.aspects == alone.aspects
        assert one.sentences == alone.sentences


def test_order_and_ids_over_several_inner_batches(analyzer: Analyzer) -> None:
    texts = corpus_texts(50) * 6
    answers = analyzer.analyze(texts)
    assert [answer.id for answer in answers] == [str(number) for number in range(1, len(texts) + 1)]
    said = [
        (one.language, one.sentiment.label, [(sentence.start, sentence.end) for sentence in one.sentences])
        for one in answers
        if isinstance(one, Analysis)
    ]
    assert len(said) == len(texts)
    assert said == said[:50] * 6


def test_comments_and_bare_texts_together(analyzer: Analyzer) -> None:
    answers = analyzer.analyze(["遅い。", Comment("mine", "Slow."), "Slow."])
    assert [answer.id for answer in answers] == ["1", "mine", "3"]
    assert analyzer.analyze([]) == []


def test_the_same_id_twice_is_answered_twice(analyzer: Analyzer) -> None:
    answers = analyzer.analyze([Comment("x", "配送が遅い。"), Comment("x", "Great service!")])
    assert [(one.id, one.language) for one in answers] == [("x", "ja"), ("x", "en")]


def test_the_refused_stand_beside_the_good(analyzer: Analyzer) -> None:
    good = [Comment("ja", "配送が遅い。"), Comment("en", "The delivery was late.")]
    mixed = [comment for one, _ in REFUSED for comment in (good[0], one, good[1])]
    answers = analyzer.analyze(mixed)
    assert [answer.id for answer in answers] == [comment.id for comment in mixed]
    alone = analyzer.analyze(good)
    for number, (comment, code) in enumerate(REFUSED):
        before, refused, after = answers[3 * number : 3 * number + 3]
        assert isinstance(refused, Refusal)
        assert refused.code == code
        assert comment.text not in refused.message
        assert [before.to_dict(), after.to_dict()] == [one.to_dict() for one in alone]


@pytest.mark.parametrize(("comment", "code"), REFUSED)
def test_a_refusal_as_json(analyzer: Analyzer, comment: Comment, code: str) -> None:
    (answer,) = analyzer.analyze([comment])
    assert isinstance(answer, Refusal)
    language = {"language": "other"} if code == "unsupported_language" else {}
    assert answer.to_dict() == {
        "id": comment.id,
        **language,
        "error": {"code": code, "message": answer.message},
    }


def test_the_longest_text_is_analysed_whole(analyzer: Analyzer) -> None:
    text = ("配送が遅いです。" * (MAX_CHARACTERS // 8 + 1))[:MAX_CHARACTERS]
    answer = analyse(analyzer, text)
    assert answer.sentences[-1].end == len(text)
    check(answer, text)


def test_the_input_is_left_as_it_was(analyzer: Analyzer) -> None:
    texts: list[str | Comment] = ["配送が遅い。", Comment("c", "Late.", extra={"k": [1]})]
    copy: Sequence[str | Comment] = list(texts)
    analyzer.analyze(texts)
    assert texts == copy


def test_four_threads_get_the_answers_of_one(analyzer: Analyzer) -> None:
    texts = corpus_texts(60)
    expected = [answer.to_dict() for answer in analyzer.analyze(texts)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: [answer.to_dict() for answer in analyzer.analyze(texts)], range(8)))
    assert all(one == expected for one in found)


@pytest.mark.parametrize("text", ["配送が遅い。", "The delivery was late."])
def test_the_version_is_stamped(analyzer: Analyzer, text: str) -> None:
    assert analyse(analyzer, text).model_version == analyzer.model_version != ""


THEMED = [
    Comment("ja", "配送が三日も遅れて届きました。二度と頼みません。", channel="chat"),
    Comment("en", "The delivery was three days late, I will never order again.", channel="chat"),
    Comment("kind", "店員さんがとても親切で感動しました。", channel="store"),
    Comment("noise", "特になし"),
]


def edited_themes(model: ThemeModel) -> ThemeModel:
    """Give themes a rule that asks for the sentiment, corrections and a synonym."""
    learnt = model.themes[0].id
    model, _ = editing.add_rule(model, "sentiment:negative channel:chat", {"ja": "怒り", "en": "anger"})
    model = editing.correct(editing.correct(model, "kind", learnt), "noise", learnt)
    return editing.use_dictionary(model, Dictionary(synonyms={"配送": "返金", "delivery": "refund"}))


def test_themes_are_assigned_as_everywhere(analyzer: Analyzer) -> None:
    plain = analyzer.analyze(THEMED)
    assert [one.themes for one in plain if isinstance(one, Analysis)] == assign_comments(
        analyzer.themes, THEMED, analyzer.embedder
    )


def test_rules_corrections_and_synonyms_reach_the_analysis(analyzer: Analyzer) -> None:
    before = analyzer.themes
    model = edited_themes(before)
    other = analyzer.with_themes(model)
    found = other.analyze(THEMED)
    themes = [one.themes for one in found if isinstance(one, Analysis)]
    assert themes == assign_comments(model, THEMED, analyzer.embedder, analyses=found)
    assert [one[0].label for one in themes[:2]] == ["怒り", "anger"]
    assert [[match.id for match in one] for one in themes[2:]] == [[model.themes[0].id]] * 2
    without = [one.themes for one in analyzer.analyze(THEMED) if isinstance(one, Analysis)]
    assert themes[0][1:] != without[0]
    assert themes[1][1:] != without[1]
    assert analyzer.themes is before
    assert other.themes is model


def test_themes_of_another_encoder_are_refused(analyzer: Analyzer) -> None:
    facts, arrays = analyzer.themes.to_parts()
    foreign = ThemeModel.from_parts({**facts, "probe": [0.5] * len(facts["probe"])}, arrays)
    with pytest.raises(UnknownFormatError, match="the encoder here is another"):
        analyzer.with_themes(foreign)


TAXONOMY = read_departments(Path(__file__).resolve().parents[2] / "config" / "taxonomy.toml")
SPOKEN = [
    "使い捨てのプラスチックをやめて、リサイクルできる容器にしてください。",
    "Please stop using single-use plastic and choose a container that can be recycled.",
]
GREEN = DepartmentDescription(
    "sustainability",
    "サステナビリティ",
    "Sustainability",
    "環境への配慮: プラスチック、過剰包装、リサイクル、脱炭素",
    "Care for the environment: plastic, excess packaging, recycling, carbon footprint",
    tuple(SPOKEN),
    ("プラスチック", "リサイクル", "plastic", "recycled"),
)


def test_a_taxonomy_with_nothing_new_changes_no_byte(analyzer: Analyzer) -> None:
    texts = [*corpus_texts(60), *(text for text, _, _ in CLEAR), *SPOKEN, "", "特になし"]
    known = analyzer.with_departments(TAXONOMY)
    assert [json.dumps(one.to_dict()) for one in known.analyze(texts)] == [
        json.dumps(one.to_dict()) for one in analyzer.analyze(texts)
    ]


@pytest.mark.parametrize("text", SPOKEN)
def test_a_new_department_works_at_once(analyzer: Analyzer, text: str) -> None:
    before = analyse(analyzer, text)
    other = analyzer.with_departments([*TAXONOMY, GREEN])
    found = analyse(other, f"{text} {text}")
    check(found, f"{text} {text}")
    assert found.departments[0].id == "sustainability"
    assert not found.abstained
    assert found.deciding_sentence is not None
    assert analyse(analyzer, text) == before


@pytest.mark.parametrize(("text", "owner"), [(text, owner) for text, _, owner in CLEAR])
def test_a_department_that_was_switched_off_owns_nothing(analyzer: Analyzer, text: str, owner: str) -> None:
    found = analyse(analyzer.with_departments([one for one in TAXONOMY if one.id != owner]), text)
    rivals = () if found.runner_up is None else (found.runner_up.id,)
    assert owner not in (*(one.id for one in found.departments), *rivals)
    assert not found.abstained or found.runner_up is not None


def test_departments_do_not_depend_on_themes_or_order(analyzer: Analyzer) -> None:
    themes = edited_themes(analyzer.themes)
    one = analyzer.with_departments([*TAXONOMY, GREEN]).with_themes(themes)
    other = analyzer.with_themes(themes).with_departments([*TAXONOMY, GREEN])
    assert one.analyze(SPOKEN) == other.analyze(SPOKEN)
    assert other.with_departments(TAXONOMY).analyze(SPOKEN) == analyzer.with_themes(themes).analyze(SPOKEN)


def test_new_departments_of_one_comment_alone_and_among_others(analyzer: Analyzer) -> None:
    other = analyzer.with_departments([*TAXONOMY, GREEN])
    texts = [*SPOKEN, *corpus_texts(40)]
    together = [one.departments for one in other.analyze(texts) if isinstance(one, Analysis)]
    assert together == [analyse(other, text).departments for text in texts]
