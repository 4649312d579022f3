"""Japanese predicates in dictionary form, with their negation, voice and difficulty kept."""

from collections.abc import Sequence
from dataclasses import dataclass

from voc_nlp.text.tokenize import Token
from voc_nlp.text.wordlists import read_sections

_LISTS = {name: frozenset(words) for name, words in read_sections("terms_ja.txt", __package__).items()}
NA_NOUNS = _LISTS["na-nouns"]
"""Nouns that say what something is like: 親切, 別物."""
_AFTER_TE, _BENEFIT = _LISTS["after-te"], _LISTS["benefit"]
_ASPECT, _JOINED = _LISTS["aspect"], _LISTS["joined"]
_NOUNS = frozenset({"noun", "proper_noun", "prefix"})
_VOICE = frozenset({"れる", "られる", "せる", "させる"})
_NOT = frozenset({"ない", "ぬ", "ん", "ず", "無い", "へん", "ひん", "まい"})
_EASE = frozenset({"やすい", "にくい", "づらい", "がたい", "難い", "辛い", "易い", "よい", "良い"})
_TO_A = dict(zip("うくぐすつぬぶむる", "わかがさたなばまら", strict=True))


@dataclass(frozen=True, slots=True)
class Predicate:
    """What is said of something.

    Parameters
    ----------
    start : int
        First token.
    end : int
        One past the last token.
    form : str
        Dictionary form with negation and voice: 届かない, つぶされる, 使いにくい.
    base : str
        Dictionary form of the word alone.
    negated : bool
        Whether it is denied.
    quality : bool
        Whether it says what something is like, not what happens.
    attributive : bool
        Whether a noun follows at once that it describes.
    nominal : bool
        Whether it was a noun of quality: 長さ.
    manner : bool
        Whether it says how something is done: 丁寧に.
    passive : bool
        Whether it is in a voice other than the active.
    """

    start: int
    end: int
    form: str
    base: str
    negated: bool
    quality: bool
    attributive: bool
    nominal: bool = False
    manner: bool = False
    passive: bool = False


def read_predicate(tokens: Sequence[Token], place: int, noun_before: str | None = None) -> Predicate | None:
    """Read a predicate that begins at a token.

    Parameters
    ----------
    tokens : Sequence[Token]
        Tokens of a comment.
    place : int
        Where it should begin.
    noun_before : str | None
        The noun that the predicate is made of when it begins with する, できる, な or です.

    Returns
    -------
    Predicate | None
        None when no predicate begins there. After a noun the form is what follows the noun (``できない``).
    """
    if place >= len(tokens):
        return None
    token = tokens[place]
    if noun_before is not None:
        return _read_after_noun(tokens, place, noun_before)
    if token.pos == "verb":
        if _is_noun(tokens, place):
            return None
        return _read_verb(tokens, place)
    if token.pos == "adjective":
        if token.surface.endswith("ー"):
            return None
        return _read_adjective(tokens, place)
    return None


def _read_verb(tokens: Sequence[Token], place: int) -> Predicate:
    token = tokens[place]
    end = place + 1
    form, stem, base = token.lemma, token.surface, token.lemma
    quality = passive = False
    if end < len(tokens) and tokens[end].pos == "verb" and token.surface != token.lemma:
        joined = tokens[end]
        if joined.lemma in _JOINED or joined.lemma == "すぎる":
            form, stem = token.surface + joined.lemma, token.surface + joined.surface
            end += 1
        elif joined.lemma in _ASPECT:
            end += 1
            stem = ""
    easy = end < len(tokens) and tokens[end].lemma in _EASE and tokens[end].pos in ("suffix", "adjective")
    if easy and token.surface != token.lemma:
        form, stem = token.surface + tokens[end].lemma, token.surface + tokens[end].surface
        end, quality = end + 1, True
    while end < len(tokens) and tokens[end].lemma in _VOICE and tokens[end].pos == "auxiliary":
        form, stem = stem + tokens[end].lemma, stem + tokens[end].surface
        end, passive = end + 1, True
    end, negated, wish = _read_endings(tokens, end)
    if negated:
        form = _deny_adjective(form) if quality else _deny(form, stem)
    elif wish and stem:
        form = stem + "たい"
    return Predicate(place, end, form, base, negated, quality, _is_attributive(tokens, end), passive=passive)


def _read_adjective(tokens: Sequence[Token], place: int) -> Predicate | None:
    token = tokens[place]
    end = place + 1
    after = tokens[end] if end < len(tokens) else None
    if token.lemma.endswith("い") and token.surface[-1] not in "きる" and len(token.lemma) > 1:
        return _read_i_adjective(tokens, place)
    if after is not None and after.pos in _NOUNS:
        return None  # 過剰包装
    nominal = after is not None and after.surface == "さ"
    if nominal:
        return Predicate(place, end + 1, token.lemma, token.lemma, False, True, False, nominal=True)
    attributive = manner = negated = False
    if after is not None and after.surface == "な":
        end += 1
        attributive = _is_attributive(tokens, end)
    elif after is not None and after.surface == "に":
        end += 1
        if end < len(tokens) and tokens[end].lemma == "なる":
            end, negated, _ = _read_endings(tokens, end + 1)
        else:
            manner = True
    else:
        end, negated, _ = _read_endings(tokens, end)
    form = token.lemma + ("でない" if negated else "")
    return Predicate(place, end, form, token.lemma, negated, True, attributive, manner=manner)


def _read_i_adjective(tokens: Sequence[Token], place: int) -> Predicate:
    token = tokens[place]
    end = place + 1
    after = tokens[end] if end < len(tokens) else None
    form, negated, manner = token.lemma, False, False
    if after is not None and after.surface == "さ":
        return Predicate(place, end + 1, form, token.lemma, False, True, False, nominal=True)
    if after is not None and after.lemma in ("すぎる", "過ぎる") and token.surface + "い" == token.lemma:
        end, _, _ = _read_endings(tokens, end + 1)
        return Predicate(
            place, end, token.surface + "すぎる", token.lemma, False, True, _is_attributive(tokens, end)
        )
    if token.surface.endswith("く"):
        skip = 1 if after is not None and after.surface in ("は", "も") else 0
        next_one = tokens[end + skip] if end + skip < len(tokens) else None
        if next_one is not None and next_one.lemma in _NOT:
            end, _, _ = _read_endings(tokens, end + skip + 1)
            negated, form = True, _deny_adjective(token.lemma)
        elif next_one is not None and next_one.lemma == "なる":
            end, negated, _ = _read_endings(tokens, end + skip + 1)
            form = token.surface + "ならない" if negated else form
        elif after is not None and after.surface not in ("て", "、"):
            manner = True
    else:
        end, _, _ = _read_endings(tokens, end)
    return Predicate(
        place,
        end,
        form,
        token.lemma,
        negated,
        True,
        _is_attributive(tokens, end) and not manner,
        manner=manner,
    )


def _read_after_noun(tokens: Sequence[Token], place: int, noun: str) -> Predicate | None:
    token = tokens[place]
    if (token.pos == "auxiliary" and token.lemma in ("だ", "です")) or token.surface in ("じゃ", "だ"):
        if noun not in NA_NOUNS or token.surface == "に":
            return None
        if token.surface == "な":
            return Predicate(place, place + 1, "", "", False, True, _is_attributive(tokens, place + 1))
        end, negated, _ = _read_endings(tokens, place)
        return Predicate(place, end, "でない" if negated else "", "", negated, True, False)
    if token.pos == "particle" and token.surface in ("が", "は", "も") and place + 1 < len(tokens):
        later = tokens[place + 1]
        if later.lemma in ("できる", "出来る"):
            end, negated, _ = _read_endings(tokens, place + 2)
            return Predicate(place, end, "できない", "できる", True, False, False) if negated else None
        return None
    if token.pos != "verb":
        return None
    polite = token.lemma in (
        "いただける",
        "頂ける",
        "なさる",
        "致す",
        "いたす",
        "くださる",
        "下さる",
        "いただく",
        "頂く",
    )
    if token.lemma not in ("する", "できる", "出来る") and not polite:
        return None
    form = "する"
    end = place + 1
    voice = ""
    while end < len(tokens) and tokens[end].lemma in _VOICE and tokens[end].pos == "auxiliary":
        voice = "され" if tokens[end].lemma in ("れる", "られる") else "させ"
        end += 1
    benefit = _benefit(tokens, end)
    end, negated, wish = _read_endings(tokens, end)
    able = token.lemma in ("できる", "出来る") or (token.lemma in ("いただける", "頂ける") and negated)
    if able:
        form = "できない" if negated else "する"
    elif voice:
        form = voice + ("ない" if negated else "る")
    elif negated:
        form = f"して{benefit}ない" if benefit else "しない"
    elif wish:
        form = "したい"
    return Predicate(
        place, end, form, "する", negated, False, _is_attributive(tokens, end), passive=bool(voice)
    )


def _benefit(tokens: Sequence[Token], place: int) -> str:
    """Return くれ or もらえ when a favour follows: 返金してもらえない."""
    for token in tokens[place : place + 2]:
        if token.lemma in ("くれる", "くださる", "下さる"):
            return "くれ"
        if token.lemma in _BENEFIT:
            return "もらえ"
    return ""


def _read_endings(tokens: Sequence[Token], place: int) -> tuple[int, bool, bool]:
    """Read auxiliaries behind a predicate: where they end, whether they deny, whether they wish."""
    negated = wish = False
    start = place
    while place < len(tokens):
        token = tokens[place]
        lemma = token.lemma
        if lemma in _NOT and token.pos in ("auxiliary", "adjective"):
            if token.surface in ("なけれ", "ねば", "なきゃ", "なく") and _must(tokens, place + 1):
                return place + 1, False, False
            negated = not negated
        elif lemma == "たい" and token.pos == "auxiliary":
            wish = True
        elif token.pos == "auxiliary":
            pass
        elif lemma in ("て", "で", "ちゃ", "じゃ") and _follows(tokens, place + 1):
            if tokens[place + 1].surface in ("は", "も"):
                place += 1
        elif lemma in _AFTER_TE | _BENEFIT and place > start and _is_te(tokens[place - 1].surface):
            pass
        elif token.surface in ("は", "も") and place + 1 < len(tokens) and tokens[place + 1].lemma in _NOT:
            if place == start or tokens[place - 1].surface not in ("で", "て"):
                break
        else:
            break
        place += 1
    if negated and any(token.surface == "か" for token in tokens[place : place + 1]):
        negated = False  # a request: していただけませんか
    return place, negated, wish


def _must(tokens: Sequence[Token], place: int) -> bool:
    return any(t.lemma in ("なる", "いける", "ば", "駄目", "だめ") for t in tokens[place : place + 3])


def _is_te(surface: str) -> bool:
    return surface in ("て", "で", "は", "も", "ちゃ")


def _follows(tokens: Sequence[Token], place: int) -> bool:
    """Return whether an auxiliary verb or a denial follows て or で."""
    if place < len(tokens) and tokens[place].surface in ("は", "も"):
        return place + 1 < len(tokens) and tokens[place + 1].lemma in _NOT | {"いる", "おる"}
    return place < len(tokens) and tokens[place].lemma in _AFTER_TE | _BENEFIT | _NOT


def _is_attributive(tokens: Sequence[Token], place: int) -> bool:
    """Return whether a noun follows that the predicate describes."""
    if place >= len(tokens) or tokens[place].pos not in _NOUNS:
        return False
    return place > 0 and tokens[place - 1].surface not in ("て", "で", "ます", "です", "まし", "ませ", "く")


def _is_noun(tokens: Sequence[Token], place: int) -> bool:
    """Return whether a verb's stem stands before a suffix that makes a noun of it: 使い方."""
    after = tokens[place + 1] if place + 1 < len(tokens) else None
    return after is not None and after.pos == "suffix" and after.lemma == "方"


def _deny(form: str, stem: str) -> str:
    """Give a verb in dictionary form its ない."""
    if form.endswith(("する", "くる", "来る")):
        return {"する": form[:-2] + "しない", "くる": form[:-2] + "こない"}.get(form[-2:], form[:-1] + "ない")
    if form.endswith("る") and (stem == form[:-1] or stem == ""):
        return form[:-1] + "ない"
    return form[:-1] + _TO_A.get(form[-1], form[-1]) + "ない"


def _deny_adjective(form: str) -> str:
    return ("良く" if form in ("いい", "よい") else form[:-1] + "く") + "ない"
