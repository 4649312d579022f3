"""Read the text of a query; an error says where it is, what was met and what is expected."""

import re
import unicodedata
from functools import cache
from typing import Any

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from voc_nlp.errors import QueryError
from voc_nlp.text.normalize import normalize
from voc_nlp.topics.queries.fields import (
    CHOICES,
    DATE,
    KNOWN_FIELDS,
    NUMBER,
    NUMBERS,
    Field,
    column_name,
    read_time,
)
from voc_nlp.topics.queries.nodes import Node, join_all, join_any, negate
from voc_nlp.topics.queries.words import Phrase, Word

MAX_CHARACTERS = 2_000
"""Longest query."""

MAX_DEPTH = 30
"""Most brackets inside each other."""

_GRAMMAR = r"""
start: any
any: all (_OR all)*
all: _one (_AND? _one)*
_one: not | group | word | phrase | field
not: _NOT _one
group: _OPEN any _CLOSE
word: WORD
phrase: PHRASE
field: FIELD OPERATOR (VALUE | PHRASE)

_AND.4: /AND(?=[\s()"「“]|$)/
_OR.4: /OR(?=[\s()"「“]|$)/
_NOT.4: /NOT(?=[\s()"「“]|$)/
_OPEN: "("
_CLOSE: ")"
FIELD.5: /[^\W\d][\w.-]*(?=\s*(?:!=|[:=<>≦≧≤≥≠]))/
OPERATOR: /!=|<=|>=|[:=<>≦≧≤≥≠]/
PHRASE: /"[^"]*"|「[^「」"]*」|“[^“”"]*”/
VALUE: /[^\s()"「」“”]+/
WORD: /\*?[^\s()":=<>≦≧≤≥≠*「」“”]+\*?(?=[\s()"「“]|$)/
%ignore /\s+/
"""

_NAMES = {
    "WORD": "a word",
    "PHRASE": "a quoted phrase",
    "FIELD": "a field such as nps<=6",
    "_NOT": "NOT",
    "_OPEN": "(",
    "_CLOSE": ")",
    "_AND": "AND",
    "_OR": "OR",
    "OPERATOR": "one of : = != < <= > >=",
    "VALUE": "a value",
    "$END": "the end of the query",
}
"""How the messages call what may stand somewhere, in the order in which they list it."""

_SIGNS = {"=": ":", "≦": "<=", "≤": "<=", "≧": ">=", "≥": ">=", "≠": "!="}
_SMALL_OPERATORS = ("and", "or", "not")
_UNUSABLE = re.compile("[\x00-\x08\x0e-\x1f\ud800-\udfff]")
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    0x3000: " ",
    0xFF62: "「",
    0xFF63: "」",
}
"""Full-width letters and signs; one for one, so that columns stay right."""

_SHOWN = 20
_EXACT = NUMBERS | CHOICES.keys() | {"created_at"}
"""Fields whose values have no beginning to ask for."""


def parse(text: str) -> Node:
    """Read the text of a query.

    Parameters
    ----------
    text : str
        As an analyst wrote it; see `voc_nlp.topics.queries.query`.

    Returns
    -------
    Node
        What it means.

    Raises
    ------
    QueryError
        When it is no query.
    """
    if len(text) > MAX_CHARACTERS:
        raise QueryError(
            f"the query has {len(text):,} characters; expected at most {MAX_CHARACTERS:,}. "
            "Make two themes of it.",
            MAX_CHARACTERS + 1,
        )
    unusable = _UNUSABLE.search(text)
    if unusable is not None:
        raise QueryError("a control character or half of a surrogate pair; remove it.", unusable.start() + 1)
    plain = text.translate(_FULL_WIDTH)
    try:
        node: Node = _parser().parse(plain)[0]
    except UnexpectedInput as error:
        what, column = _unexpected(error, plain)
        raise QueryError(what, column) from None
    return node


@cache
def _parser() -> Any:
    """Build the parser, once."""
    return Lark(_GRAMMAR, parser="lalr", lexer="contextual", transformer=_Reader())


class _Reader(Transformer[Token, Any]):
    """Make nodes of what the grammar finds: each with the depth of its brackets."""

    def start(self, parts: list[Any]) -> Any:
        return parts[0]

    def any(self, parts: list[tuple[Node, int]]) -> tuple[Node, int]:
        return join_any([node for node, _ in parts]), max(depth for _, depth in parts)

    def all(self, parts: list[tuple[Node, int]]) -> tuple[Node, int]:
        return join_all([node for node, _ in parts]), max(depth for _, depth in parts)

    def group(self, parts: list[tuple[Node, int]]) -> tuple[Node, int]:
        ((node, depth),) = parts
        if depth >= MAX_DEPTH:
            raise QueryError(f"more than {MAX_DEPTH} brackets inside each other; expected fewer.", 1)
        return node, depth + 1

    def word(self, parts: list[Token]) -> tuple[Node, int]:
        (token,) = parts
        written = str(token)
        if written.lower() in _SMALL_OPERATORS:
            raise QueryError(
                f"{written!r} {'joins nothing here' if written.isupper() else 'in small letters'}; "
                f'write {written.upper()} before a part, or "{written}" to look for the word.',
                _column(token),
            )
        word = Word(written.strip("*"), written.startswith("*"), written.endswith("*"))
        _check_letters(word.text, token)
        return word, 0

    def phrase(self, parts: list[Token]) -> tuple[Node, int]:
        (token,) = parts
        phrase = Phrase(token[1:-1].strip())
        _check_letters(phrase.text, token)
        return phrase, 0

    def field(self, parts: list[Token]) -> tuple[Node, int]:
        name, sign, value = parts
        return _read_field(column_name(str(name)), _SIGNS.get(sign, str(sign)), value), 0


setattr(_Reader, "not", lambda self, parts: (negate(parts[0][0]), parts[0][1]))  # not is a word of Python


def _read_field(name: str, sign: str, token: Token) -> Field:
    """Check a value against its field."""
    column = _column(token)
    quoted = token.type == "PHRASE"
    value = token[1:-1].strip() if quoted else str(token)
    if not value:
        raise QueryError(f"an empty value; expected what {name} must be, or {name}:* for any.", column)
    shown = repr(value[:_SHOWN])
    open_end = not quoted and value.endswith("*")
    if open_end:
        value = value[:-1]
        if sign not in (":", "!=") or (not value and sign != ":") or (value and name in _EXACT):
            raise QueryError(
                f"{shown} with {name}{sign}; a star was not expected here. Write a whole value.", column
            )
    if not quoted and "*" in value:
        raise QueryError(f"a star inside {shown}; expected one at its end only, or quotes around it.", column)
    if open_end:
        return Field(name, sign, value, True)
    if name in CHOICES:
        value = value.lower()
        if value not in CHOICES[name]:
            raise QueryError(f"{name} is {shown}; expected one of {', '.join(CHOICES[name])}.", column)
    if name in NUMBERS:
        if not NUMBER.fullmatch(value):
            raise QueryError(f"{name} is compared with {shown}; expected a number such as 6 or -0.3.", column)
    elif name == "created_at":
        _check_time(value, shown, column)
    elif sign not in (":", "!="):
        if name in KNOWN_FIELDS:
            raise QueryError(f"{name}{sign}; {name} has no order. Write {name}: or {name}!=.", column)
        if not NUMBER.fullmatch(value):
            raise QueryError(f"{name}{sign}{shown}; expected a number after {sign}.", column)
    return Field(name, sign, value)


def _check_time(value: str, shown: str, column: int) -> None:
    """Refuse what is no date: 2026, 2026-04, 2026-04-01, or with a time."""
    whole = f"{value}-01-01"[:10] if len(value) < 8 else value
    if (DATE.fullmatch(value) and read_time(whole) is None) or (
        not DATE.fullmatch(value) and (len(value) < 11 or read_time(value) is None)
    ):
        raise QueryError(
            f"created_at is compared with {shown}; expected 2026, 2026-04, 2026-04-01 "
            "or 2026-04-01T09:00+09:00.",
            column,
        )


def _check_letters(text: str, token: Token) -> None:
    """Refuse a word that no text can be searched for."""
    if not any(letter.isalnum() or unicodedata.category(letter) == "So" for letter in normalize(text).text):
        raise QueryError(
            f"{str(token)[:_SHOWN]!r} holds no letter or digit; expected a word.", _column(token)
        )


def _column(token: Token) -> int:
    return (token.start_pos or 0) + 1


def _unexpected(error: UnexpectedInput, text: str) -> tuple[str, int]:
    """Say what was met and what is expected instead, and in which column."""
    if isinstance(error, UnexpectedCharacters):
        place, expected = error.pos_in_stream or 0, set(error.allowed or ())
    elif isinstance(error, UnexpectedToken) and error.token.type != "$END":
        place, expected = error.token.start_pos or 0, set(error.expected)
    else:
        place, expected = len(text), set(getattr(error, "expected", ()))
    names = [name for terminal, name in _NAMES.items() if terminal in expected]
    listed = " or ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else "".join(names)
    met = text[place : place + _SHOWN].split("\n")[0]
    hint = "; put a word with signs in it into quotes" if "WORD" in expected and met else ""
    if met[:1] in ('"', "「", "“"):
        hint = "; close the quote"
    elif met[:1] == ")" and place and "_CLOSE" not in expected and "$END" in expected:
        hint = "; no bracket is open"
    what = f"met {met!r}; expected {listed}{hint}." if met else f"the end; expected {listed}."
    return what, place + 1
