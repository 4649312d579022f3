"""Bring a comment into one spelling of its characters, keeping the way back to the original.

Two passes, each a list of edits. The first folds characters (Unicode NFKC,
controls and zero-width characters dropped); the second shortens what writers
repeat or stretch for emphasis. Most comments need few edits or none, so each
pass is one compiled search that jumps from one odd place to the next.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

_Edit = tuple[int, int, str]
"""Replace ``text[start:end]`` by a string."""

_MARK = "\u0300-\u036f\u3099\u309a"
_CLEAN = (
    "\n -~"  # printable ASCII
    "\u00c0-\u0131\u0134-\u013e\u0141-\u0148\u014a-\u017e"  # Latin letters with diacritics
    "\u2013\u2014\u2018-\u201d"  # dashes and curly quotes
    "\u3001\u3002\u3005\u3007-\u3011\u301c"  # Japanese punctuation
    "\u3041-\u3096\u309d\u309e\u30a1-\u30fe"  # kana
    "\u3400-\u4dbf\u4e00-\u9fff"  # ideographs
)
_ODD = re.compile(f"[^{_CLEAN}]+")
_CLUSTER = re.compile(f"(?:[ｦ-ﾝ][ﾞﾟ]|[\\s\\S])[{_MARK}]{{0,16}}")
"""A character with its marks; bounded, because canonical ordering is quadratic in marks."""
_STARTS_WITH_MARK = re.compile(f"[{_MARK}]")

_SPACES = frozenset(
    "\t\u00a0\u1680\u202f\u205f\u3000\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
)
_NEWLINES = frozenset("\v\f\r\x85\u2028\u2029")
_JOINER = "\u200d"
_DROPPED = re.compile(
    "[\ufe00-\ufe0f\u20e3\U000e0100-\U000e01ef\U0001f3fb-\U0001f3ff\u115f\u1160\u3164\uffa0\u034f\u180b-\u180e]"
)
"""Variation selectors, keycap frames, skin tones and invisible fillers: form without meaning here."""
_WAVES = frozenset("\uff5e\u223c\u223e\u3030")
_WIDE_PUNCTUATION = tuple(zip("！？（）：％＆／，．　～", "!?():%&/,. 〜", strict=True))
"""The commonest changes of one character into one, made before any search."""
_LONE_MARKS = {"\uff9e": "\u309b", "\uff9f": "\u309c"}  # dakuten alone (kaomoji): the spacing form

_A = "あかがさざただなはばぱまやらわ"
_I = "いきぎしじちぢにひびぴみり"
_U = "うくぐすずつづぬふぶぷむゆる"
_O = "おこごそぞとどのほぼぽもよろを"
_EMOJI = "\u2190-\u21ff\u2300-\u23ff\u25a0-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"
_TRIPLED = re.compile(r"(.)\1\1")
_LAUGHTER = re.compile(r"([hHjJ][aAeE]|[lL][oO])\1\1")
_CANDIDATE = re.compile(
    r"ー[ー〜]|〜[ー〜いっんく]| [ \n]|\n(?:\n\n| )|[ぁぃぅぉ]|おお+い|[\U0001f1e6-\U0001f1ff]|\u200d"
)
"""One of these three is found wherever `_STRETCHED` can match; together they cost a quarter of it."""
_STRETCHED = re.compile(
    r"(?P<char>[^\d\s])(?P=char){2,}"
    r"|[ー〜]{2,}"
    r"|(?<=[ぁ-ヺ])〜(?=[いっんく])"  # すご〜い, but きれい〜です
    r"| {2,}|\n{3,}|(?<=\n) +| +(?=\n)"
    rf"|(?<=[{_A}])ぁ+い|(?<=[{_O}])ぉ+い|(?<=[どごろぞ])おお+い|(?<=[{_I}])ぃ+"
    rf"|(?<=[{_A}])ぁ+|(?<=[{_U}])ぅ+|(?<=[{_O}])ぉ+"
    r"|(?P<pair>[hHjJ][aAeE]|[lL][oO])(?P=pair){2,}"
    r"|(?P<flag>[\U0001f1e6-\U0001f1ff]{2})(?P=flag){2,}"
    rf"|(?P<joined>[{_EMOJI}](?:\u200d[{_EMOJI}]){{1,8}})(?P=joined){{2,}}"
)
_FULL_SIZE = str.maketrans("ぁぃぅぉ", "あいうお")
_DOTS = frozenset(".・")
_ROMAN_OR_SIZE = re.compile(
    r"(?<![A-Za-z])(?:[A-Z]{3}|www|[XVL]{1,4}I{3}|[LC]?X{3}[IVX]{1,4}|X{3,5}[LS])(?![A-Za-z])"
)


@dataclass(frozen=True, slots=True)
class _Layer:
    """Edits of one pass that changed a length: output and input stretches side by side."""

    out_starts: tuple[int, ...]
    out_ends: tuple[int, ...]
    in_starts: tuple[int, ...]
    in_ends: tuple[int, ...]

    def start_before(self, position: int) -> int:
        """Return where, in the input, the character at an output position starts."""
        index = bisect_right(self.out_starts, position) - 1
        if index < 0:
            return position
        if position < self.out_ends[index]:
            return self.in_starts[index]
        return self.in_ends[index] + position - self.out_ends[index]

    def end_before(self, position: int) -> int:
        """Return where, in the input, the character before an output position ends."""
        index = bisect_left(self.out_starts, position) - 1
        while index >= 0 and self.out_starts[index] == self.out_ends[index] == position:
            index -= 1
        if index < 0:
            return position
        if position <= self.out_ends[index]:
            return self.in_ends[index]
        return self.in_ends[index] + position - self.out_ends[index]


@dataclass(frozen=True, slots=True)
class NormalizedText:
    """A normalized text and the way back to the text it was made from.

    Parameters
    ----------
    text : str
        The normalized text.
    original : str
        The text as it was sent.
    _layers : tuple of _Layer
        Passes that changed lengths, first pass first; empty when offsets are equal.
    """

    text: str
    original: str
    _layers: tuple[_Layer, ...] = ()

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Translate a stretch of the normalized text to the original text.

        Parameters
        ----------
        start : int
            First character, in ``[0, len(text)]``.
        end : int
            One past the last character, at least `start`.

        Returns
        -------
        tuple[int, int]
            Start and end in `original`: the smallest stretch whose characters
            made the asked ones; never empty unless ``start == end``.
        """
        if not self._layers:
            return start, end
        empty = start >= end
        for layer in reversed(self._layers):
            start = layer.start_before(start)
            end = start if empty else layer.end_before(end)
        return start, end


def normalize(text: str) -> NormalizedText:
    """Fold characters to one spelling and shorten stretched ones.

    Parameters
    ----------
    text : str
        A comment as it was sent; any Unicode.

    Returns
    -------
    NormalizedText
        Text in NFKC (but spacing accents, which draw kaomoji, stay), newlines as
        ``\\n``, without control, zero-width and bidirectional characters; at most two
        of a repeated character, one of a long vowel mark, three dots.
    """
    layers: list[_Layer] = []
    current = text
    if not text.isascii():
        for wide, narrow in _WIDE_PUNCTUATION:
            if wide in current:
                current = current.replace(wide, narrow)
    if _ODD.search(current):
        current = _apply(current, _fold_edits(current), layers)
    if _TRIPLED.search(current) or _CANDIDATE.search(current) or _LAUGHTER.search(current):
        current = _apply(current, _shorten_edits(current), layers)
    return NormalizedText(current, text, tuple(layers))


def _apply(text: str, edits: Iterable[_Edit], layers: list[_Layer]) -> str:
    """Return the edited text; append a layer when lengths changed."""
    parts: list[str] = []
    done = shift = 0
    out_starts: list[int] = []
    out_ends: list[int] = []
    in_starts: list[int] = []
    in_ends: list[int] = []
    for start, end, replacement in edits:
        parts.append(text[done:start])
        parts.append(replacement)
        done = end
        size = len(replacement)
        if size != end - start:
            out_starts.append(start + shift)
            out_ends.append(start + shift + size)
            in_starts.append(start)
            in_ends.append(end)
            shift += size - (end - start)
    if in_starts:
        layers.append(_Layer(tuple(out_starts), tuple(out_ends), tuple(in_starts), tuple(in_ends)))
    if not done:
        return text
    parts.append(text[done:])
    return "".join(parts)


def _fold_edits(text: str) -> Iterable[_Edit]:
    """Yield an edit for every character cluster that NFKC or cleaning changes."""
    done = 0
    for run in _ODD.finditer(text):
        start, end = run.span()
        if start > done and _STARTS_WITH_MARK.match(text, start) and text[start - 1] != "\n":
            start -= 1
        if end - start == 1 and text[start] not in "\r\u200d":
            replacement = _fold(text[start])
            if replacement != text[start]:
                yield start, end, replacement
        else:
            yield from _fold_run(text, start, end)
        done = end


def _fold_run(text: str, start: int, end: int) -> Iterable[_Edit]:
    """Yield edits for a run of odd characters, which are judged with their neighbours."""
    for match in _CLUSTER.finditer(text, start, end):
        cluster = match[0]
        here, after = match.span()
        if cluster == _JOINER:
            if here and text[here - 1] > "\u2100" and text[after : after + 1] > "\u2100":
                continue
            replacement = ""
        elif cluster == "\r" and text[after : after + 1] == "\n":
            replacement = ""
        else:
            replacement = _fold(cluster)
        if replacement != cluster:
            yield here, after, replacement


@lru_cache(maxsize=8192)
def _fold(cluster: str) -> str:
    """Return the folded form of one character with its combining marks."""
    first = cluster[0]
    if len(cluster) == 1:
        if first in _SPACES:
            return " "
        if first in _NEWLINES:
            return "\n"
        if first in _WAVES:
            return "〜"
        if first in _LONE_MARKS:
            return _LONE_MARKS[first]
        if _DROPPED.match(first) or unicodedata.category(first) in ("Cc", "Cf"):
            return ""
    folded = unicodedata.normalize("NFKC", cluster)
    if folded[:1] == " " and first != " ":
        return cluster  # spacing accents such as the eyebrows of (´;ω;`)
    return folded


def _shorten_edits(text: str) -> Iterable[_Edit]:
    """Yield an edit for every stretched or repeated piece."""
    kept = [match.span() for match in _ROMAN_OR_SIZE.finditer(text)]
    for match in _STRETCHED.finditer(text):
        if kept:
            index = bisect_right(kept, (match.start(), len(text))) - 1
            if index >= 0 and match.end() <= kept[index][1]:
                continue
        piece = match[0]
        short = _shorten(piece, match)
        if short != piece:
            yield match.start(), match.end(), short


def _shorten(piece: str, match: re.Match[str]) -> str:
    """Return the short form of one stretched piece."""
    first = piece[0]
    if first in "ー〜":
        return "ー" if "ー" in piece or _inside_word(match) else "〜"
    if first == "\n":
        return "\n\n"
    if first == " ":
        return "" if _at_line_edge(match) else " "
    if first in "ぁぃぅぉ":
        if piece.endswith("い"):
            return "い"
        return "い" if first == "ぃ" else first.translate(_FULL_SIZE)
    if first == "お" and piece.endswith("い"):
        return "い"
    for group in ("pair", "flag", "joined"):
        if match[group]:
            return match[group] * 2
    return first * (3 if first in _DOTS else 2)


def _inside_word(match: re.Match[str]) -> bool:
    """Return whether a wave stands inside a word, where it means a long vowel."""
    text = match.string
    start, end = match.span()
    return start > 0 and "ぁ" <= text[start - 1] <= "ヺ" and text[end : end + 1] in ("い", "っ", "ん", "く")


def _at_line_edge(match: re.Match[str]) -> bool:
    """Return whether spaces stand at the start or end of a line inside the text."""
    text = match.string
    start, end = match.span()
    return text[start - 1 : start] == "\n" or text[end : end + 1] == "\n"
