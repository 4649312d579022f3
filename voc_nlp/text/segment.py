"""Cut a text into sentences, and a sentence into clauses with the role each plays."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from voc_nlp.schema import Language, Span
from voc_nlp.text.wordlists import read_sections

MAX_SENTENCE_CHARACTERS = 1_000
"""A longer sentence is cut at a comma or a space: nobody reads a verdict on half a novel."""

_EMOJI = "\u2600-\u2604\u2607-\u27bf\u2b50\u2b55\U0001f000-\U0001faff\u200d"
_CLOSERS = "」』）)\\]】〉》”’\"'"

_JA_END = re.compile(
    rf"(?:[。．!?！？]+|\.{{2,}}|…+|(?<=[ぁ-んァ-ヶ一-龯])\.)[{_CLOSERS}]*(?:[ ]*[{_EMOJI}]+)*"
    rf"|[{_EMOJI}]{{1,40}}(?![ ]*[。、!?！？])"
    r"|(?<=[ぁ-んァ-ヶ一-龯ー。!?])[wWｗ]{1,40}(?![A-Za-z0-9])"
    r"|[(（](?:笑|爆|泣|怒|汗|涙|爆笑|苦笑)[)）]"
    r"|(?<=[ぁ-んァ-ヶー])(?:笑|草|泣)(?=[ \n]|[一-龯](?<![笑顔話声見原]))"
    r"|\n+"
    r"|(?=→)"
)
_BULLET_LINE = re.compile(
    r"^[ ]*(?:(?P<dot>・)|(?P<mark>[◆◇■□●▼▽])|(?P<number>\d{1,2}[.)](?!\d)))", re.MULTILINE
)
_JA_END_OR_BULLET = {
    "dot": re.compile(_JA_END.pattern + r"|(?=・)"),
    "mark": re.compile(_JA_END.pattern + r"|(?=[◆◇■□●▼▽])"),
    "number": re.compile(_JA_END.pattern + r"|(?<=[ぁ-んァ-ヶ一-龯ー] )(?=\d{1,2}[.)](?!\d))"),
}
"""For texts whose lines begin with such a bullet, which then parts items, not the words of a list."""
_JA_OPENER = re.compile("[「『(（]")
_JA_QUOTE = re.compile("「[^「」]{0,400}」|『[^『』]{0,400}』|[(（][^()（）\n]{0,100}[)）]")
_JA_GOES_ON = re.compile("[ ]*[とっのをがはもでにへなだみ、,ー]")
_EN_END = re.compile(
    rf"(?:[.!?…]+|。|！|？)[{_CLOSERS}]*(?:[ ]*[{_EMOJI}]+)*"
    rf"|[{_EMOJI}]{{1,40}}(?=[ ]+[A-Z\"'])"
    r"|\n+"
    r"|(?<=[a-z]) (?:->|→) (?=[A-Za-z])"
)
_JA_CONTRAST = re.compile(
    r"(?:(?<=です)|(?<=ます)|(?<=でした)|(?<=ました)|(?<=せん)|(?<=だ)"
    r"|(?<=である))が(?![いらっあ欲ほし])[、, ]*"
    r"|(?<=[たいるうくすつぬむぶぐん])が[、, ]+"
    r"|(?:けれども|けれど|けども|けど)(?![も。!?\n])[、, ]*"
    r"|(?<=[たいないるだ])のに(?![はもで必便最ち適十使向役時必])[、, ]*"
    r"|(?:にもかかわらず|に[も]?関わらず|ものの|一方で|一方、|反面|反面、|くせに|割に|わりに|とはいえ"
    r"|とは言え)[、, ]*"
    r"|(?<=[^でと])(?<=[、,])(?=(?:ただし|ただ、|ただ |しかし|でも、|でも|逆に|それなのに|だけど|なのに))"
)
_JA_LINKS = frozenset(
    ("だが", "ですが", "けど", "だけど", "けれど", "けれども", "が", "なのに", "それなのに", "なら", "")
)
"""Markers that open a sentence look back at the sentence before: nothing here is conceded."""
_JA_CONDITION = re.compile(
    r"(?:(?P<when>たら|だら|(?<=[うくすつぬむぶる])と、)|れば|けれ?ば|(?<!それ)(?<!さよう)なら(?:ば)?|場合は|場合、)"
    r"(?![なしいぬずん]|だめ|ダメ|ばいい|いい)[、, ]*"
)
_JA_PAST = re.compile(f"[ただ][{_CLOSERS}。!?！？よねわ 、ー〜]*$")
"""After たら and と a past ending tells what happened, not what would: 相談したら送ってくれた."""
_EN_CONTRAST = re.compile(
    r"[ ,;]+(?=(?:but|yet|however|except|whereas|although|though|tho|even though|despite"
    r"|on the other hand|that said)\b"
    r"(?![.!?,]|\s*$)|however, |that said, )"
    r"|[,;] (?=(?:while|only to)\b)|[ ]*[-–—]{1,2} (?=(?:but|yet|though|shame)\b)",
    re.IGNORECASE,
)
_EN_NOT_CONTRAST = re.compile(
    r"(?:anything|nothing|none|all|everything|no one|nobody|can't help|cannot help|not|as|has|have|had"
    r"|is|be|even"
    r"|last|best|and) *$",
    re.IGNORECASE,
)
_EN_CONCESSIVE = re.compile(r"(?:although|though|even though|tho|despite|while|whereas)\b", re.IGNORECASE)
_EN_CONDITION = re.compile(
    r"(?:if|unless|as long as|provided|in case|had (?:you|they|it|i|we))\b", re.IGNORECASE
)
_EN_CONDITION_INSIDE = re.compile(
    r"(?<=[a-z0-9)]),? +(?=(?:if|unless|as long as|provided that)\b)", re.IGNORECASE
)
_EN_TURN = re.compile(
    r"(?:but|yet|however|except|on the other hand|that said|only to|shame)\b", re.IGNORECASE
)
_LAST_WORD = re.compile(r"[^\s\"'(\[]+$")
_STOPS = read_sections("abbreviations_en.txt")
_ABBREVIATIONS, _ENDS_ANYWAY = frozenset(_STOPS["abbreviations"]), frozenset(_STOPS["ends-anyway"])


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a sentence and its role.

    Parameters
    ----------
    start : int
        First character in the text given.
    end : int
        One past the last character.
    relation : str
        ``main``; ``contrast`` for what is conceded (the clause before "but" or が, or the one
        that "although" opens); ``condition`` for what "if" or たら opens.
    """

    start: int
    end: int
    relation: Literal["main", "contrast", "condition"]


def split_sentences(text: str, language: Language) -> list[Span]:
    """Cut a text into sentences.

    Parameters
    ----------
    text : str
        Any text; best normalized.
    language : Language
        ``JA`` takes the Japanese rules, anything else the English ones.

    Returns
    -------
    list[Span]
        Sentences in order, without surrounding white space; together they hold every
        character that is not white space. None is longer than `MAX_SENTENCE_CHARACTERS`.
    """
    boundaries = _japanese_boundaries(text) if language is Language.JA else _english_boundaries(text)
    spans: list[Span] = []
    start = 0
    for end in boundaries:
        if end > start:
            _append_trimmed(spans, text, start, end)
            start = end
    _append_trimmed(spans, text, start, len(text))
    return spans


def split_clauses(text: str, start: int, end: int, language: Language) -> list[Clause]:
    """Cut one sentence into clauses at contrasts and conditions.

    Parameters
    ----------
    text : str
        The text that holds the sentence.
    start : int
        First character of the sentence.
    end : int
        One past its last character.
    language : Language
        ``JA`` takes the Japanese rules, anything else the English ones.

    Returns
    -------
    list[Clause]
        Clauses in order, covering the sentence; markers such as けど stay with the clause
        they close, "but" with the clause it opens. One ``main`` clause when nothing parts it;
        empty when the sentence is empty.
    """
    if start >= end:
        return []
    cut = _japanese_clauses if language is Language.JA else _english_clauses
    return cut(text, start, end)


def _japanese_clauses(text: str, start: int, end: int) -> list[Clause]:
    """Cut after が, けど, のに, たら and the like."""
    clauses: list[Clause] = []
    marks = [(match.end(), "contrast") for match in _JA_CONTRAST.finditer(text, start, end)]
    past = _JA_PAST.search(text, max(start, end - 12), end) is not None
    marks += [
        (match.end(), "condition")
        for match in _JA_CONDITION.finditer(text, start, end)
        if not (past and match["when"])
    ]
    done = start
    for position, relation in sorted(marks):
        if done < position < end and text[done:position].strip("、, ") not in _JA_LINKS:
            clauses.append(Clause(done, position, "contrast" if relation == "contrast" else "condition"))
            done = position
    clauses.append(Clause(done, end, "main"))
    return clauses


def _english_clauses(text: str, start: int, end: int) -> list[Clause]:
    """Cut before but, although, if and the like, and after an opening concession or condition."""
    cuts = [
        match.end() for match in _EN_CONTRAST.finditer(text, start, end) if not _bound(text, start, match)
    ]
    cuts += [match.end() for match in _EN_CONDITION_INSIDE.finditer(text, start, end)]
    if _EN_CONCESSIVE.match(text, start, end) or _EN_CONDITION.match(text, start, end):
        comma = text.find(",", start, end)
        if 0 <= comma < end - 1:
            cuts.append(comma + 1 + (text[comma + 1] == " "))
    cuts = sorted({cut for cut in cuts if start < cut < end})
    pieces = list(zip([start, *cuts], [*cuts, end], strict=True))
    clauses: list[Clause] = []
    for index, (here, there) in enumerate(pieces):
        following = text[there:end].lstrip() if index + 1 < len(pieces) else ""
        if _EN_CONCESSIVE.match(text, here, there):
            clauses.append(Clause(here, there, "contrast"))
        elif _EN_CONDITION.match(text, here, there):
            clauses.append(Clause(here, there, "condition"))
        elif following and _EN_TURN.match(following):
            clauses.append(Clause(here, there, "contrast"))
        else:
            clauses.append(Clause(here, there, "main"))
    return clauses


def _bound(text: str, start: int, match: re.Match[str]) -> bool:
    """Return whether "but" or "yet" belongs to the words before it (nothing but, not yet)."""
    return _EN_NOT_CONTRAST.search(
        text, max(start, match.start() - 16), match.start() + 1
    ) is not None and not match[0].startswith((",", ";"))


def _append_trimmed(spans: list[Span], text: str, start: int, end: int) -> None:
    """Append a stretch without its outer white space, in pieces when it is too long."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while end - start > MAX_SENTENCE_CHARACTERS:
        cut = _cut(text, start, start + MAX_SENTENCE_CHARACTERS)
        _append_trimmed(spans, text, start, cut)
        start = cut
        while start < end and text[start].isspace():
            start += 1
    if start < end:
        spans.append(Span(start, end))


def _cut(text: str, start: int, limit: int) -> int:
    """Return where to cut a long sentence: after its last comma or space in reach."""
    floor = start + (limit - start) // 2
    best = max(text.rfind(mark, floor, limit) for mark in "、,;；")
    if best < 0:
        best = text.rfind(" ", floor, limit)
    return best + 1 if best >= 0 else limit


def _japanese_boundaries(text: str) -> Iterator[int]:
    """Yield every position where a Japanese sentence ends."""
    quoted = [match.span() for match in _JA_QUOTE.finditer(text)] if _JA_OPENER.search(text) else []
    index = 0
    bullet = _BULLET_LINE.search(text)
    ends = _JA_END_OR_BULLET[bullet.lastgroup or "dot"] if bullet else _JA_END
    for match in ends.finditer(text):
        start, end = match.span()
        while index < len(quoted) and quoted[index][1] <= start:
            index += 1
        if index < len(quoted) and quoted[index][0] < start:
            inside = end < quoted[index][1] or start == end
            if inside or _JA_GOES_ON.match(text, end):
                continue
        yield end


def _english_boundaries(text: str) -> Iterator[int]:
    """Yield every position where an English sentence ends."""
    for match in _EN_END.finditer(text):
        start, end = match.span()
        if text[start] == "." and not _period_ends(text, start, end):
            continue
        yield end


def _period_ends(text: str, start: int, end: int) -> bool:
    """Return whether a full stop, or a run that starts with one, ends a sentence."""
    following = text[end : end + 1]
    if not following or following == "\n":
        return True
    match = _LAST_WORD.search(text, max(0, start - 24), start)
    word = match[0].lower() if match else ""
    if following not in " \u200b":
        before = text[start - 1 : start]
        ended = before.islower() or (before.isdigit() and not word.isdigit())
        return (ended and following.isupper() and text[end + 1 : end + 2].islower()) or (
            end - start > 2 and following.isalpha()
        )
    after = text[end + 1 : end + 2]
    if end - start == 1 and word in _ABBREVIATIONS:
        if word in ("no", "nos", "fig", "ref"):
            return not after.isdigit()
        return word in _ENDS_ANYWAY and after.isupper()
    if end - start == 1 and len(word) == 1 and word.isalpha() and word not in "i":
        return False  # an initial: J. Smith
    if end - start >= 2 and text[start] == ".":
        return not after.islower()
    return not (word.isdigit() and start - len(word) in (0, text.rfind("\n", 0, start) + 1))
