"""Japanese opinion words: pieces become one-letter codes of their class, and patterns read the codes."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache
from operator import attrgetter

from voc_nlp.schema import Span
from voc_nlp.text.wordlists import read_sections

_REACH_AFTER = 28
_REACH_BEFORE = 12
"""Pieces read on each side of a term; what stands further off speaks of something else."""

_START = attrgetter("start")
_CODES = {
    "topic": "h",
    "subject": "g",
    "object": "o",
    "toward": "n",
    "by": "d",
    "from": "k",
    "quoting": "t",
    "of": "j",
    "auxiliary": "x",
    "lacking": "N",
    "going-on": "I",
    "part-of-particle": " ",
    "joining": "e",
    "auxiliary-or-verb": "B",
    "suru": "s",
    "connecting": "c",
    "also-or-suru": "1",
    "quality-or-suru": "2",
    "final": "z",
    "attributive": "q",
    "formal-noun": "u",
    "degree": "r",
    "adverb": "y",
    "verdict": "a",
    "not-verb": "w",
}
_CODE_OF = {
    word: _CODES[name]
    for name, words in read_sections("opinions_ja.txt", __package__).items()
    for word in words
}

_NUMBER = re.compile("[0-9.,%〇一二三四五六七八九十百千万億数半]+")
_SONANT = re.compile("[一-龯々]+[ぁ-ん]*ん")
_ADVERBIAL = re.compile(
    "(?![置行書聞働届開着続動泣歩引抱空効付湧驚招除吐欠傾響輝磨])[ぁ-ん一-龯々ァ-ヶー]*[一-龯ぁ-ん]く"
)
_ADJECTIVE = re.compile(
    "[一-龯々ァ-ヶ]+[しか]?い|[ぁ-ん]{2,}い|[一-龯々ァ-ヶぁ-ん]+かっ|[一-龯々]+し[いかく]"
)
_VERB = re.compile(
    "(?=.*[一-龯々ァ-ヶ])[一-龯々ァ-ヶーぁ-ん]+[うくぐすつぬぶむるっんいかがさたなばまらわ]"
    "|[ぁ-ん]{2,}[うくぐすつぬぶむるっん]"
)
_STEM = re.compile(
    "(?=.*[一-龯々ァ-ヶ])[一-龯々ァ-ヶーぁ-ん]+[いきぎしちにびみりえけげせぜてでねべめれ]|[ぁ-ん]+[ぎびみりけげせべめれ]"
)

_QUOTED = re.compile(r"[(][^)]*[)]?")
_BY_CODE_BEFORE = (
    ("1", ((re.compile("(?<=[xNi])1"), "c"), (re.compile("1"), "s"))),  # し: also, or of する
    (
        "2",
        (
            (re.compile("(?<=[asK])2|(?<=[wl])2(?=[xN])"), "s"),
            (re.compile("(?<=[wil])2"), "S"),
            (re.compile("2"), "z"),
        ),
    ),  # さ: of する, ending that makes a noun of an adjective, or final
    ("V", ((re.compile("(?<=V)d"), "e"), (re.compile("V"), "v"))),  # 運んで
)
# The patterns below read codes: letters of _CODES, and i adjective, K its く form, v verb, l stem that may
# be a noun, S the さ of a quality, m number, w any other word, signs, and a space for what is quoted.
_NOUNS = "[wmalu]{1,6}"
_TAIL = "(?:[xBN]|(?<=[ed])I|e(?=[xBNeI])|eh(?=[xN])|dh?(?=[xBNI])|th(?:[lvw][xN]))*"
_VERBAL = (
    rf"(?:(?:{_NOUNS}[gonh]?)?(?:r|K|an)*(?:[vis]|K(?=[xBNe,.])|B|l(?=[xNeB,.]))|{_NOUNS}(?:n|K)?B|[wma]s)"
)
_PREDICATE = re.compile(
    rf"(?:r|K(?=[vlKisw])|an)*(?:{_VERBAL}{_TAIL}e?"
    rf"|(?<=[ghotd])(?:N|rx){_TAIL}|(?:{_NOUNS}[go])?{_NOUNS}(?:jw{{1,3}})?(?:[xN]{_TAIL}e?|dh(?=[xN]){_TAIL})"
    r"|(?:[wmal]j)?a(?:wu)?(?=[.,zdct]|$)|aj[wm]{1,2}(?=z*(?:[.]|$))|[wiKl]S(?=d)|mm+(?=t)"
    r"|(?:(?<=[hg])[wma]|[wm]{0,3}[am])[wma]{0,4}(?=z*(?:[.]|$)))"
)
_ATTRIBUTE = re.compile(rf"(?:r|K|an)*(?:{_VERBAL}{_TAIL}|w{{1,2}}[xN]{_TAIL}|a[jq]?|wq)$")
_CLEFT = re.compile(rf"(?P<said>{_VERBAL}{_TAIL})j[hg]")
_REST_OF_NAME = re.compile(r"(?:[wlu]*(?:j[wmlu]+)*(?=[ghontdk,]|j[wilK]S))?")
_QUALITY = re.compile("j(?P<said>[wilK]S)")
_JOINED = re.compile("[,yrczd]*[KialnrwxBNeSI]*[KiaB][KialnrwxBNeSI]*")
"""A second predicate counts where it is an adjective that follows at once."""
_ENDS_ATTRIBUTE = re.compile(".*[たいだるうくすつぬむぶぐんなの]")
_PLAIN = re.compile(
    "(?:.*[をがにもはと])?(?:[一-龯]{2})?(?:[0-9一二三四五六七八九十数]+[一-龯つ]?)?"
    "(?:(?:買|使|利用|注文|購入|頼|申し込|予約|行|通|乗|泊|見|観|受け|食べ|飲|届い|参|住|持|着|送っ|お願い|立ち|聞|話|始め|選"
    "|思|言|考え|感じ|存じ|申し|書|案内|伺|入力|確認|登録|相談|連絡|電話|契約|加入|返送|問い合わ)[ぁ-ん]*"
    "|[あい][りるっ]?(?:まし|ます|た)*|[さし]?(?:まし)?[たて]|おっしゃ[ぁ-ん]*|い[うっ][ぁ-ん]*)"
)
"""What was done or said, or that something is there: no opinion unless an auxiliary judges it."""
_JUDGES = re.compile(
    "な[いかくけ]|ませ|[ずぬ]$|へん|ひん|にく|づら|やす|た[いく]|すぎ|くれ|くださ|いただ|もら|ほし|欲し|しま[っいう]|ちゃ|[らえ]れ"
    "|[0-9一二三四五六七八九十]+[一-龯]?も"
)
_QUALIFIES = re.compile("[aiKN]")
_MOMENTS = frozenset(("あと", "後", "時", "とき", "際", "ため", "たび", "うえ", "前"))


def japanese_opinions(text: str, clause: Span, term: Span, words: Sequence[Span]) -> list[Span]:
    """Find the opinion words of a Japanese aspect.

    Parameters
    ----------
    text : str
        The normalised comment.
    clause : Span
        The clause that holds the term.
    term : Span
        The aspect's term.
    words : Sequence[Span]
        Pieces of the clause in text order.

    Returns
    -------
    list[Span]
        The likeliest first; they may overlap.
    """
    first = bisect_left(words, term.start, key=_START)
    last = bisect_left(words, term.end, first, key=_START)
    near = words[max(0, first - _REACH_BEFORE) : first]
    before = [word for word in near if clause.start <= word.start and word.end <= term.start]
    after = [word for word in words[last : last + _REACH_AFTER] if word.end <= clause.end]
    behind = _codes(text, after)
    ahead = _codes(text, before)
    found = [_span(after, *said) for said in _after(text, after, behind)]
    found += [_span(before, *said) for said in _before(text, before, ahead, behind)]
    return found


def _after(text: str, words: Sequence[Span], codes: str) -> Iterator[tuple[int, int]]:
    """Yield predicates behind the term: of a subject the first, of a topic the first that ends a phrase."""
    rest = _REST_OF_NAME.match(codes)
    start = rest.end() if rest else 0
    quality = _QUALITY.match(codes, start)
    if quality:
        yield quality.span("said")
        start = quality.end()
    subject = codes[start : start + 1] in ("g", "o")
    many = end = 0
    aside: tuple[int, int] | None = None
    for match in _PREDICATE.finditer(codes, start):
        first, last = match.span()
        if not _QUALIFIES.search(codes, first, last) and _says_nothing(
            text[words[first].start : words[last - 1].end]
        ):
            continue
        if codes[last : last + 1] == "z" and _asks(text, words, last):
            continue
        if _modifies(codes, words, text, last):
            aside = aside or (first, last)
            continue
        if many and not _JOINED.fullmatch(codes, end, last):
            return
        yield first, last
        many += 1
        end = last
        if many == 2 or (codes[last - 1] not in "eK" and codes[last : last + 1] not in ("d", ",")):
            return
    if aside and subject and not many:
        yield aside


def _before(text: str, words: Sequence[Span], codes: str, behind: str) -> Iterator[tuple[int, int]]:
    """Yield what modifies the term: 遅い配送, 不親切な店員; or, of a cleft, what is said: 困ったのは…."""
    match = _ATTRIBUTE.search(codes.rstrip(",") if behind[:1] in (".", "") else codes)
    if match:
        said = text[words[match.start()].start : words[match.end() - 1].end]
        if _ENDS_ATTRIBUTE.fullmatch(said) and not _says_nothing(said):
            yield match.span()
    elif behind[:1] in ("d", "x", ".", ""):
        cleft = _CLEFT.search(codes)
        if cleft:
            yield cleft.span("said")


def _modifies(codes: str, words: Sequence[Span], text: str, last: int) -> bool:
    """Return whether a noun follows a finite form, which then modifies it and ends no phrase."""
    if codes[last - 1] in "eKl" or codes[last : last + 1] not in ("w", "m", "a", "u", "l"):
        return False
    if text[words[last].start : words[last].end] in _MOMENTS:
        return False
    return text[words[last - 1].end - 1] in "たいだるうくすつぬむぶぐん"


def _asks(text: str, words: Sequence[Span], last: int) -> bool:
    """Return whether a polite verb and か ask something."""
    return text[words[last - 1].start : words[last].end] == "ますか"


def _says_nothing(said: str) -> bool:
    """Return whether words tell what was done or that something is there, and no more."""
    return _PLAIN.fullmatch(said) is not None and _JUDGES.search(said) is None


def _span(words: Sequence[Span], first: int, last: int) -> Span:
    return Span(words[first].start, words[last - 1].end)


def _codes(text: str, words: Sequence[Span]) -> str:
    """Give every piece the code of its class, told by the pieces beside it where it has two."""
    codes = "".join([_code(text[word.start : word.end]) for word in words])
    if "(" in codes:
        codes = _QUOTED.sub(_blank, codes)
    for sign, choices in _BY_CODE_BEFORE:
        if sign in codes:
            for pattern, code in choices:
                codes = pattern.sub(code, codes)
    return codes


def _blank(match: re.Match[str]) -> str:
    """Return as many codes of nothing as the quotation has pieces."""
    return " " * len(match[0])


@lru_cache(maxsize=16_384)
def _code(piece: str) -> str:
    """Give a piece its code by list, else by its ending."""
    code = _CODE_OF.get(piece)
    if code is not None:
        return code
    if not piece[:1].isalnum():
        return {
            "、": ",",
            ",": ",",
            "・": ",",
            "「": "(",
            "『": "(",
            "(": "(",
            "」": ")",
            "』": ")",
            ")": ")",
        }.get(piece[:1], ".")
    if _SONANT.fullmatch(piece):
        return "V"
    for pattern, name in (
        (_NUMBER, "m"),
        (_ADJECTIVE, "i"),
        (_ADVERBIAL, "K"),
        (_VERB, "v"),
        (_STEM, "l"),
    ):
        if pattern.fullmatch(piece):
            return name
    return "w"
