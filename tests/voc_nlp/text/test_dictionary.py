"""A tenant's dictionary: applied at once, versioned by content, imported with its conflicts named."""

import contextlib
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voc_nlp.errors import DictionaryError, UnreadableFileError
from voc_nlp.schema import Language
from voc_nlp.text.conflicts import find_conflicts
from voc_nlp.text.dictionary import MAX_WORDS, Dictionary
from voc_nlp.text.dictionary_csv import read_dictionary_csv, write_dictionary_csv
from voc_nlp.text.normalize import normalize
from voc_nlp.text.spelling import usual_spelling

JA, EN = Language.JA, Language.EN

WORDS = Dictionary(
    frozenset({"弊社", "Acme"}),
    {
        "クレカ": "クレジットカード",
        "クレジット": "クレジットカード",
        "見積": "お見積もり",
        "PP": "PayPay",
        "問合わせ": "窓口連絡",
        "parcel": "delivery box",
        "ポイカ": "会員カード",
    },
    frozenset({"ﾎﾟｲﾝﾄｶｰﾄﾞ", "ひかりでんわ", "points card", "都営"}),
)

REPLACED = [
    ("クレカが使えない", "クレジットカードが使えない"),
    ("クレジットカードが使えない", "クレジットカードが使えない"),
    ("マイクレカが使えない", "マイクレカが使えない"),
    ("見積が高い", "お見積もりが高い"),
    ("お見積もりが高い", "お見積もりが高い"),
    ("ppで払う。PPAPは別", "PayPayで払う。PPAPは別"),
    ("問合せの返事", "窓口連絡の返事"),
    ("問い合わせの返事", "窓口連絡の返事"),
    ("ポイカとポイントカード", "会員カードとポイントカード"),
    ("My Parcel, my parcels", "My delivery box, my parcels"),
    ("no such word", "no such word"),
]

SPELLINGS = [
    ("サーバが落ちた", "サーバーが落ちた"),
    ("サーバルームとエンドユーザ様", "サーバルームとエンドユーザー様"),
    ("問合せと問い合せと問合わせ", "問い合わせと問い合わせと問い合わせ"),
    ("引越しした。引越した。", "引っ越しした。引っ越した。"),
    ("見積書と見積と見積もった", "見積書と見積もりと見積もった"),
    ("支払う支払った支払が", "支払う支払った支払いが"),
    ("取消したい。取消を", "取り消したい。取り消しを"),
    ("受け付けてくれない受付番号", "受け付けてくれない受付番号"),
    ("インターフェイスとスマホゲーム", "インターフェースとスマホゲーム"),
    ("Colour, colours, colourful", "Color, colors, colourful"),
    ("E-mail about wifi", "Email about Wi-Fi"),
]

WHOLE = [
    (JA, "ポイントカードを忘れた", ["ポイントカード"]),
    (JA, "ひかりでんわが切れる", ["ひかりでんわ"]),
    (JA, "京都営業所", []),
    (EN, "My points card, two Points  Cards.", ["points card", "Points  Cards"]),
    (EN, "The points cardigan", []),
]

CONFLICTS = [
    ({"stop_words": ["サーバ"], "synonyms": {"鯖缶": "サーバー"}}, ["stop_and_synonym"]),
    ({"stop_words": ["pp"], "synonyms": {"PP": "PayPay"}}, ["stop_and_synonym"]),
    ({"synonyms": {"一番": "二番", "二番": "三番"}}, ["synonym_chain"]),
    ({"synonyms": {"cell": "mobile", "mobile": "phone", "phone": "cell"}}, ["synonym_cycle"]),
    ({"synonyms": {"問合せ": "窓口", "問い合わせ": "連絡先"}}, ["two_heads"]),
    ({"synonyms": {"サーバ": "サーバー"}}, ["same_word"]),
    ({"compounds": ["サーバ会議", "サーバー会議"]}, ["same_word"]),
    ({"stop_words": ["引越し", "引っ越し"]}, ["same_word"]),
    ({"compounds": ["Points Card", "points card"]}, ["same_word"]),
    ({"compounds": ["弊社カード"], "stop_words": ["弊社"]}, ["compound_has_stop_word"]),
    ({"compounds": ["scar cream"], "stop_words": ["car"]}, []),
    ({"compounds": ["points card"], "synonyms": {"Points Card": "loyalty card"}}, ["compound_is_variant"]),
    ({"stop_words": ["弊社"], "synonyms": {"クレカ": "カード"}, "compounds": ["ひかり電話"]}, []),
]

CSV = (
    "kind,word,stands_for\r\n"
    "stop,弊社,\r\n"
    "\r\n"
    'synonym,ｸﾚｶ,"クレジットカード"\r\n'
    "compound,ポイントカード\r\n"
    "Compound,points card,,,\r\n"
)

BROKEN = [
    ("kind,word\nstop,a\n", "line 1: the columns are kind, word"),
    ("", "the columns are missing"),
    ("kind,word,stands_for\nstopp,弊社,\n", "line 2: the kind is 'stopp'"),
    ("kind,word,stands_for\n\nsynonym,弊社,\n", "line 3: a synonym without stands_for"),
    ("kind,word,stands_for\nstop,a,b\n", "line 2: stands_for beside the kind stop"),
    ("kind,word,stands_for\nstop,!!,\n", "line 2: The word '!!' holds no letter"),
    ("kind,word,stands_for\nstop,,\n", "line 2: The word '' holds no letter"),
    (f"kind,word,stands_for\nstop,{'長' * 61},\n", "line 2: A word has 61 characters"),
    ("kind,word,stands_for\nsynonym,a,b,c\nstop,x\nstop,\x00,", "line 2: 4 cells.*line 4: "),
    ('kind,word,stands_for\nstop,"open,\nstop,b,\n', "line 2: a quote is not closed"),
]


@pytest.mark.parametrize(("text", "expected"), REPLACED)
def test_synonyms_are_replaced_whole(text: str, expected: str) -> None:
    assert WORDS.apply_synonyms(text) == expected


@pytest.mark.parametrize(("text", "expected"), SPELLINGS)
def test_spelling_variants_are_rewritten_without_breaking_words(text: str, expected: str) -> None:
    assert usual_spelling(text) == expected
    assert usual_spelling(expected) == expected


@pytest.mark.parametrize(("language", "text", "expected"), WHOLE)
def test_compounds_stay_whole(language: Language, text: str, expected: list[str]) -> None:
    tokens = WORDS.cut(text, language)
    surfaces = [token.surface for token in tokens]
    assert [token for token in surfaces if token in expected] == expected
    assert all(text[token.start : token.end] == token.surface for token in tokens)
    assert "".join(surfaces).replace(" ", "") == text.replace(" ", "")


def test_a_compound_has_one_lemma() -> None:
    (token,) = WORDS.cut("Points  Cards", EN)
    assert (token.lemma, token.pos) == ("points card", "noun")


def test_a_compound_that_ends_inside_a_token_is_cut_out() -> None:
    words = Dictionary(compounds=frozenset({"配送料金ゼロ円デ"}))
    text = "配送料金ゼロ円デです"
    tokens = words.cut(text, JA)
    assert tokens[0].surface == "配送料金ゼロ円デ"
    assert "".join(token.surface for token in tokens) == text


def test_words_work_at_once() -> None:
    assert Dictionary.empty().apply_synonyms("ポイカ") == "ポイカ"
    assert [token.surface for token in Dictionary.empty().cut("わくわく便り隊", JA)] != ["わくわく便り隊"]
    grown = Dictionary(synonyms={"ポイカ": "会員カード"}, compounds=frozenset({"わくわく便り隊"}))
    assert grown.apply_synonyms("ポイカ") == "会員カード"
    assert [token.surface for token in grown.cut("わくわく便り隊", JA)] == ["わくわく便り隊"]


def test_chains_are_followed_and_cycles_left_alone() -> None:
    chain = Dictionary(synonyms={"いろは": "にほへ", "にほへ": "とちり", "cell": "phone", "phone": "cell"})
    assert chain.apply_synonyms("いろは と にほへ, Cell phone") == "とちり と とちり, Cell phone"


def test_the_version_is_the_content() -> None:
    same = Dictionary(
        frozenset({"Acme", "弊社"}), dict(reversed(WORDS.synonyms.items())), frozenset(WORDS.compounds)
    )
    assert same == WORDS
    assert same.version == WORDS.version
    assert hash(same) == hash(WORDS)
    for changed in (
        Dictionary(WORDS.stop_words | {"当社"}, WORDS.synonyms, WORDS.compounds),
        Dictionary(WORDS.stop_words, {**WORDS.synonyms, "クレカ": "カード"}, WORDS.compounds),
        Dictionary(WORDS.stop_words, WORDS.synonyms, WORDS.compounds - {"都営"}),
    ):
        assert changed.version != WORDS.version
        assert changed != WORDS


def test_json_and_pickle_round_trip() -> None:
    assert Dictionary.from_dict(WORDS.to_dict()) == WORDS
    assert pickle.loads(pickle.dumps(WORDS)).to_dict() == WORDS.to_dict()
    assert Dictionary.from_dict({}) == Dictionary.empty()


@pytest.mark.parametrize(
    "content",
    [
        [],
        {"stopwords": []},
        {"stop_words": "弊社"},
        {"stop_words": [1]},
        {"synonyms": ["a"]},
        {"synonyms": {"a": 1}},
        {"compounds": [" "]},
        {"synonyms": {"ｱﾌﾟﾘ": "app", "アプリ": "software"}},
        {"stop_words": ["\ud800"]},
    ],
)
def test_an_unusable_dictionary_is_refused(content: dict[str, object]) -> None:
    with pytest.raises(DictionaryError):
        Dictionary.from_dict(content)


def test_too_many_words_are_refused() -> None:
    with pytest.raises(DictionaryError, match="more than 20,000"):
        Dictionary(frozenset(map(str, range(MAX_WORDS + 1))))
    lines = "".join(f"stop,word{number},\n" for number in range(MAX_WORDS + 1))
    with pytest.raises(DictionaryError, match="more than 20,000"):
        read_dictionary_csv("kind,word,stands_for\n" + lines)


@pytest.mark.parametrize(("content", "codes"), CONFLICTS)
def test_conflicts_are_found(content: dict[str, object], codes: list[str]) -> None:
    conflicts = find_conflicts(Dictionary.from_dict(content))
    assert [conflict.code for conflict in conflicts] == codes
    for conflict in conflicts:
        assert all(word in conflict.message_en and word in conflict.message_ja for word in conflict.words[:1])
        assert conflict.message_en.isascii() or not conflict.words[0].isascii()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_csv_is_read_in_the_encodings_of_excel(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "words.csv"
    path.write_bytes(CSV.encode(encoding))
    expected = Dictionary(
        frozenset({"弊社"}), {"クレカ": "クレジットカード"}, frozenset({"ポイントカード", "points card"})
    )
    for source in (path, path.read_bytes()):
        read = read_dictionary_csv(source)
        assert read.dictionary == expected
        assert read.conflicts == ()
    assert read_dictionary_csv(CSV.replace(",", ";")).dictionary == expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_csv_round_trip(encoding: str) -> None:
    assert read_dictionary_csv(write_dictionary_csv(WORDS).encode(encoding)).dictionary == WORDS


@pytest.mark.parametrize(("text", "message"), BROKEN)
def test_broken_lines_are_named(text: str, message: str) -> None:
    with pytest.raises(DictionaryError, match=message):
        read_dictionary_csv(text)


def test_csv_conflicts_name_their_lines() -> None:
    read = read_dictionary_csv(
        "kind,word,stands_for\nsynonym,ポイカ,会員カード\nsynonym,ﾎﾟｲｶ,カード\nstop,弊社,\nstop,弊社,\n"
    )
    assert [(conflict.code, conflict.lines) for conflict in read.conflicts] == [
        ("two_heads", (2, 3)),
        ("same_word", (4, 5)),
    ]
    assert read.dictionary.synonyms == {"ポイカ": "会員カード"}


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="cannot be read"):
        read_dictionary_csv(tmp_path / "words.csv")
    with pytest.raises(UnreadableFileError, match="UTF-16"):
        read_dictionary_csv("kind,word,stands_for\nstop,弊社,".encode("utf-16"))


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_can_be_cut_with_compounds(compound: str, text: str) -> None:
    try:
        words = Dictionary(compounds=frozenset({compound, "points card"}), synonyms={"クレカ": "カード"})
    except DictionaryError:
        return
    clean = words.apply_synonyms(normalize(text + compound + text).text)
    for language in (JA, EN):
        end = 0
        for token in words.cut(clean, language):
            assert token.start >= end
            end = token.end


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(content: bytes) -> None:
    for head in (b"", b"kind,word,stands_for\n"):
        with contextlib.suppress(DictionaryError, UnreadableFileError):
            assert read_dictionary_csv(head + content).dictionary.version
