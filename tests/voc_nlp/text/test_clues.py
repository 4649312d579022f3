"""Clues: every match holds one, and a search with them finds what a search without them finds."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc_nlp.routing.rules import find_phrases
from voc_nlp.schema import Language
from voc_nlp.text import clues as clues_module
from voc_nlp.text.clues import PhraseFinder, find_clues


@pytest.mark.parametrize(
    ("pattern", "clues"),
    [
        ("refund", ("refund",)),
        ("返金", ("返金",)),
        ("refund|legal (?:team|action)", ("legal ", "refund")),
        # the shorter one stands in the longer one
        ("illegal|legal", ("legal",)),
        ("cancell?ed", ("cancel",)),
        (r"\bsmok(?:e|ing) (?:com|from)", ("smok",)),
        ("(?:ガス|水)漏れ", ("漏れ",)),
        # one of a group that must stand
        (r"\w+(?:late|遅い)\w*", ("遅い", "late")),
        ("f+u+n", ("fu",)),
        ("(?:no|twice)+ x?", ("no", "twice")),
        # nothing that must stand
        ("a?", ()),
        ("[ab]c?", ()),
        (r"\d+", ()),
        ("late|[xy]", ()),
        ("(?<=late) ?", ()),
        ("(?:late){0,2}", ()),
    ],
)
def test_clues_of_a_pattern(pattern: str, clues: tuple[str, ...]) -> None:
    assert find_clues(pattern) == clues


PATTERNS = {
    "legal": r"\b(?:legal (?:team|action)|illegal|sue\b)",
    "all": r"\b(?:all|cc'?d\b.{0,9}all)",
    "allergy": r"\ballergic",
    "any": r"[xy]z?",
    "配送": "配送(?:が)?遅|遅配",
}
PARTS = [
    "legal",
    " ",
    "team",
    "ill",
    "sue",
    "all",
    "allergic",
    "cc'd",
    "x",
    "z",
    "配送",
    "が",
    "遅",
    "配",
    "LEGAL",
]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=8).map("".join))
def test_a_guarded_search_finds_what_an_open_one_finds(text: str) -> None:
    for flags in (0, re.IGNORECASE):
        guarded, unguarded = (PhraseFinder(PATTERNS, flags, guarded=one) for one in (True, False))
        expected = [
            (name, *match.span())
            for name, pattern in PATTERNS.items()
            for match in re.compile(pattern, flags).finditer(text)
        ]
        assert guarded.find(text, text.lower()) == unguarded.find(text, text.lower()) == expected


def test_matches_without_letters_do_not_count() -> None:
    assert PhraseFinder({"maybe": "(?:late)?"}).find("late", "late") == [("maybe", 0, 4)]


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        (
            "They ALL got cc'd, an allergic reaction, I'll sue.",
            Language.EN,
            ["cc'd, an all", "allergic reaction", "sue"],
        ),
        ("ガス漏れで弁護士に相談、解約します。", Language.JA, ["ガス漏れ", "弁護士", "解約します"]),
    ],
)
def test_shipped_phrases_are_found_behind_their_clues(
    text: str, language: Language, words: list[str]
) -> None:
    found = [text[reason.start : reason.end].lower() for reason in find_phrases(text, language).urgent]
    assert found == words


@pytest.mark.parametrize("text", ["a legal team, all illegal", "配送が遅い、遅配", "xyz", "nothing of it"])
def test_without_a_parser_every_pattern_is_searched(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    expected = PhraseFinder(PATTERNS).find(text, text)
    assert find_clues("refund")
    monkeypatch.setattr(clues_module, "_parser", None)
    assert find_clues("refund") == ()
    assert PhraseFinder(PATTERNS).find(text, text) == expected
