"""Japanese terms: nouns, predicates, and pairs of a noun with what is said of it, by rules over words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from voc_nlp.text.tokenize import Token
from voc_nlp.text.variant import canonical_form
from voc_nlp.text.wordlists import read_sections
from voc_nlp.topics.naming.predicates_ja import NA_NOUNS, Predicate, read_predicate
from voc_nlp.topics.naming.term import Term, TermKind

_LISTS = {name: frozenset(words) for name, words in read_sections("terms_ja.txt", __package__).items()}
_STOP_WORDS = _LISTS["stop"]
_STOP = _STOP_WORDS | _LISTS["people"] | _LISTS["times"]
_COUNTERS = _LISTS["counters"]
_FORMAL = _LISTS["formal"]
_OBJECT_VERBS = _LISTS["object-verbs"]
_MISHAPS = _LISTS["mishap"]
_NEVER_VERBS = _LISTS["never-verb"]
_NEVER_SAID = _LISTS["never-predicate"] | _LISTS["people"] | _LISTS["times"]
_NEVER_HEAD = _LISTS["never-head"]
_DONE = frozenset({"利用", "使用", "確認", "了承"})
_DROPPED_SUFFIX, _DROPPED_PREFIX = _LISTS["dropped-suffix"], _LISTS["dropped-prefix"]
_NOUNS = frozenset({"noun", "proper_noun"})
_CASES = frozenset("がをにはも")
_BREAKS = frozenset("。!?！？\n…「」『』()")
_ENTERS = frozenset(
    {"入れる", "つながる", "繋がる", "届く", "間に合う", "合う", "入る", "使える", "反映する"}
)
_REACH = 8
"""Tokens between a noun's particle and its predicate; what stands further off belongs to something else."""
_LONGEST_NOUN = 9
_MOST_PHRASE = 20
_LONG_PHRASE = 12


@dataclass(slots=True)
class _Noun:
    surface: str
    bare: str
    words: tuple[str, ...]
    usable: bool
    case: str
    at: int
    owner: "_Noun | None" = None


def japanese_terms(tokens: Sequence[Token]) -> Iterator[Term]:
    """List the terms of a Japanese comment.

    Parameters
    ----------
    tokens : Sequence[Token]
        Its tokens.

    Yields
    ------
    Term
        In order of reading.
    """
    waiting: list[_Noun] = []
    of: _Noun | None = None  # the noun before a の
    place = 0
    while place < len(tokens):
        token = tokens[place]
        if token.surface in _BREAKS:
            waiting, of = [], None
            place += 1
            continue
        predicate = read_predicate(tokens, place)
        if predicate is not None:
            yield from _predicate_terms(predicate, tokens, waiting, of)
            if predicate.attributive or not _is_said(predicate):
                waiting = [noun for noun in waiting if noun.case in ("は", "が")]
            elif not predicate.manner:
                waiting = []
            of = None
            place = predicate.end
            continue
        if (
            token.pos in _NOUNS
            or token.pos == "prefix"
            or (token.pos == "adjective" and _joins(tokens, place))
        ):
            noun, place = _read_noun(tokens, place)
            if noun is None:
                of = None
                continue
            said = read_predicate(tokens, place, noun_before=noun.words[-1])
            if said is not None:
                yield from _action_terms(noun, said, tokens, waiting, of)
                waiting = [one for one in waiting if one.case == "は"] if said.attributive else []
                of = None
                place = said.end
                continue
            yield from _noun_terms(noun)
            if of is not None and noun.usable and of.usable:
                yield from _phrase(of, "の", noun.surface, (*of.words, *noun.words))
                noun.owner = of
            of = None
            place, noun.case = _case(tokens, place)
            noun.at = place
            if noun.case == "の":
                of = noun
            elif noun.case:
                waiting.append(noun)
            continue
        if token.pos == "number":
            place += 1
            if place < len(tokens) and tokens[place].surface in _COUNTERS:
                place += 1
            of = None
            continue
        if token.pos not in ("adverb",):
            of = None
        place += 1


def _read_noun(tokens: Sequence[Token], place: int) -> tuple[_Noun | None, int]:
    """Read nouns in a row; politeness around them is dropped."""
    run: list[Token] = []
    while place < len(tokens):
        token = tokens[place]
        if (
            token.pos in _NOUNS
            or (token.pos == "prefix" and not run)
            or (token.pos == "suffix" and run and token.lemma not in ("さ", "がる", "っぽい", "くさい"))
            or (token.pos == "verb" and run and _is_nominal(tokens, place) and run[-1].pos == "prefix")
            or (token.pos == "adjective" and _joins(tokens, place))
        ):
            run.append(token)
        else:
            break
        place += 1
    polite = bool(run) and run[0].surface in ("お", "御")
    while run and run[0].pos == "prefix" and run[0].surface in _DROPPED_PREFIX:
        run = run[1:]
    while run and (
        (run[-1].pos == "suffix" and run[-1].lemma in _DROPPED_SUFFIX)
        or run[-1].pos == "prefix"
        or (len(run) > 1 and run[-1].surface in _NEVER_HEAD)
    ):
        run = run[:-1]
    while len(run) > 1 and (_is_stop(run[0].surface) or run[0].surface in _COUNTERS):
        run = run[1:]
    if not run:
        return None, place
    while len(run) > 1 and sum(len(token.surface) for token in run) > _LONGEST_NOUN:
        run = run[1:]
    surface = bare = "".join(token.surface for token in run)
    if len(bare) == 1 and polite:
        surface = "お" + bare
    words = (
        (bare,)
        if len(run) == 1
        else tuple(token.surface for token in run if len(token.surface) > 1 and not _is_stop(token.surface))
    )
    usable = not _is_stop(bare) and not (len(run) > 1 and _is_stop(run[-1].surface)) and _is_readable(bare)
    return _Noun(surface, bare, words or (bare,), usable, "", place), place


def _joins(tokens: Sequence[Token], place: int) -> bool:
    """Return whether an adjective without ending stands between nouns, as in 過剰包装."""
    after = tokens[place + 1] if place + 1 < len(tokens) else None
    return not tokens[place].surface.endswith(("い", "く")) and after is not None and after.pos in _NOUNS


def _is_nominal(tokens: Sequence[Token], place: int) -> bool:
    """Return whether a verb's stem is used as a noun, as in お届け and お支払い."""
    after = tokens[place + 1] if place + 1 < len(tokens) else None
    return after is None or after.pos in ("particle", "symbol", "noun", "suffix")


def _case(tokens: Sequence[Token], place: int) -> tuple[int, str]:
    """Read the particles behind a noun; empty when they join it to no predicate."""
    if place >= len(tokens):
        return place, ""
    surface = tokens[place].surface
    after = tokens[place + 1].surface if place + 1 < len(tokens) else ""
    if tokens[place].pos == "particle" or surface in ("って", "とか"):
        if surface in ("に", "で", "と", "から") and after in ("は", "も"):
            return place + 2, "に" if surface == "に" else ""
        if surface in _CASES or surface == "の":
            return place + 1, surface
        if surface in ("って", "とか", "まで", "すら", "さえ", "しか", "だけ"):
            return place + 1, "は"
        return place + 1, ""
    if tokens[place].pos in ("adjective", "adverb"):
        return place, "-"  # 配送遅い
    return place, ""


def _predicate_terms(
    said: Predicate, tokens: Sequence[Token], waiting: Sequence[_Noun], of: _Noun | None
) -> Iterator[Term]:
    """List what a verb or adjective says, and of what."""
    usable = _is_said(said)
    if said.base == "する" and said.passive and waiting and waiting[-1].case in ("が", "は", "も"):
        done = waiting[-1]
        if done.usable and said.start - done.at <= _REACH:
            form = "されない" if said.negated else "される"
            yield from _alone(done.surface + form, (*done.words, done.surface + form))
        return
    if usable and _is_readable(said.form) and said.form != "ない":
        stopped = said.form in _STOP or (said.base in _STOP and not (said.negated and said.form != "ない"))
        if not stopped or said.quality:
            yield _word(said.form, kind=TermKind.VAGUE if stopped else TermKind.PREDICATE)
    if not usable:
        return
    near = [noun for noun in waiting if said.start - noun.at <= _REACH]
    if of is not None and (said.nominal or not near):
        near = [replace(of, case="が", at=said.start)]
    yield from _pairs(said, near)
    if said.attributive and not near and (said.quality or said.end > said.start + 1):
        noun, _ = _read_noun(tokens, said.end)
        tells = said.quality or said.negated or said.passive or said.base in _MISHAPS
        if noun is not None and noun.usable and noun.surface not in _FORMAL and tells:
            case = "を" if _takes_object(said) else "が"
            yield from _phrase(noun, case, said.form, (*noun.words, said.form))
    if said.manner:
        noun, _ = _read_noun(tokens, said.end)
        if noun is not None and noun.usable and not near:
            yield from _phrase(noun, "が", said.form, (*noun.words, said.form))


def _pairs(said: Predicate, near: Sequence[_Noun]) -> Iterator[Term]:
    """Pair a predicate with the nouns that wait for one."""
    cases = {noun.case for noun in near}
    for noun in near[-1:] if said.attributive else near:
        case = noun.case
        if not noun.usable or (case in "は-" and cases & {"が", "を"}):
            continue
        if case == "も" and "が" in cases:
            continue
        if said.manner or (case == "に" and not (said.negated and said.base in _ENTERS)):
            continue
        acts = not (said.quality or said.negated or said.passive or said.base in _MISHAPS)
        if acts and case != "を":
            continue  # who does something is no theme
        if case in "はも-":
            case = "を" if _takes_object(said) else "が"
        if case == "を" and said.quality:
            case = "が"
        if case == "が" and _takes_object(said) and not said.negated:
            case = "を"
        if said.form == "ない" and case != "が":
            continue
        if noun.bare == "電話" and said.base == "出る":
            case = "に"
        yield from _phrase(noun, case, said.form, (*noun.words, said.form))
        owner = noun.owner
        if owner is not None and len(owner.surface + noun.surface + said.form) < _LONG_PHRASE - 1:
            both = replace(
                noun,
                surface=f"{owner.surface}の{noun.surface}",
                bare=f"{owner.bare}の{noun.bare}",
                owner=None,
            )
            yield from _phrase(both, case, said.form, (*owner.words, *noun.words, said.form))


def _action_terms(
    noun: _Noun, said: Predicate, tokens: Sequence[Token], waiting: Sequence[_Noun], of: _Noun | None
) -> Iterator[Term]:
    """List what a noun with する, できる, な or だ says: 適用できない, 対応が丁寧."""
    yield from _noun_terms(noun)
    near = [one for one in waiting if said.start - one.at <= _REACH + 3 and one.usable]
    if of is not None and of.usable:
        near.append(replace(of, case="の", at=said.start))
    if not noun.usable and noun.surface not in NA_NOUNS and not (said.negated and noun.surface in _DONE):
        return
    if said.quality:
        if noun.surface in NA_NOUNS and noun.surface not in _NEVER_SAID:
            quality = Predicate(
                said.start,
                said.end,
                noun.surface + said.form,
                noun.surface,
                said.negated,
                True,
                said.attributive,
            )
            yield from _pairs(quality, [one for one in near if one.case in ("が", "は", "も")][-1:])
            if said.attributive and not near:
                described, _ = _read_noun(tokens, said.end)
                if described is not None and described.usable and described.surface not in _FORMAL:
                    whole = (*described.words, quality.form)
                    yield from _phrase(described, "が", quality.form, whole)
        return
    form = noun.surface + said.form
    marked = said.form != "する"
    if marked and noun.usable and said.form != "したい":
        yield from _alone(form, (*noun.words, form))
    for one in near[-1:]:
        whole = (*one.words, *noun.words)
        if marked and said.form not in ("したい",):
            if one.case == "の":
                case = "が" if said.form.startswith(("され", "でき")) else "を"
            elif one.case in "はも":
                case = "が" if said.form.startswith("され") else "を"
            else:
                case = one.case
            if case in "がをに":
                yield from _phrase(one, case, form, (*whole, form))
        elif (one.case in "をは-" and one.surface not in NA_NOUNS) or (one.case == "が" and form in _MISHAPS):
            yield from _phrase(one, "の", noun.surface, whole)


def _noun_terms(noun: _Noun) -> Iterator[Term]:
    if not noun.usable or noun.surface in _NEVER_SAID:
        return
    if len(noun.words) > 1 or noun.words[0] != noun.bare:
        yield Term(canonical_form(noun.bare), noun.surface, TermKind.COMPOUND, _keys(noun.words))
        for word in noun.words:
            if _is_readable(word) and not _is_stop(word):
                yield _word(word)
    else:
        yield _word(noun.surface, noun.bare, TermKind.PREDICATE if noun.bare in NA_NOUNS else TermKind.NOUN)


def _phrase(noun: _Noun, case: str, said: str, parts: tuple[str, ...]) -> Iterator[Term]:
    surface = f"{noun.surface}{case}{said}"
    if len(surface) <= _MOST_PHRASE and noun.bare != said:
        key = f"{canonical_form(noun.bare)}{case}{canonical_form(said)}"
        yield Term(key, surface, TermKind.PHRASE, _keys(parts))


def _alone(said: str, parts: tuple[str, ...]) -> Iterator[Term]:
    yield Term(canonical_form(said), said, TermKind.PHRASE, _keys(parts))


def _word(surface: str, bare: str | None = None, kind: TermKind = TermKind.NOUN) -> Term:
    key = canonical_form(bare or surface)
    return Term(key, surface, kind, (key,))


def _keys(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(canonical_form(word) for word in words))


def _is_said(said: Predicate) -> bool:
    """Return whether a predicate says something of its noun."""
    if said.form == "ない":
        return True
    if said.quality:
        return said.base not in _NEVER_SAID and canonical_form(said.base) not in _NEVER_SAID
    if said.base in _NEVER_VERBS:
        return False
    return said.negated or said.base not in _STOP_WORDS


def _takes_object(said: Predicate) -> bool:
    return said.base in _OBJECT_VERBS and not said.quality and not said.passive


@lru_cache(maxsize=65_536)
def _is_stop(word: str) -> bool:
    return word in _STOP or canonical_form(word) in _STOP


@lru_cache(maxsize=65_536)
def _is_readable(word: str) -> bool:
    """Return whether a word tells something by itself: no letter alone, no digits, no single kana."""
    if word.isascii():
        return len(word) > 2 and word.isalpha()
    return len(word) > 1 or "一" <= word <= "龯"
