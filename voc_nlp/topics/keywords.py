"""Candidate terms of a comment, from which key words and theme names are chosen."""

from collections.abc import Iterator, Sequence

from voc_nlp.schema import Language
from voc_nlp.text.tokenize import Token
from voc_nlp.text.variant import canonical_form

_JA_STOP = frozenset(
    "思う する ある いる こと もの なる できる 出来る 言う それ これ ため よう ところ とき 時 方 の さん 様 人 何 感じ 今回 こちら そこ ここ 私 自分 "
    "くる 来る いく 行く みる 見る やる くれる もらう いただく 頂く 下さる くださる ほしい 欲しい 今 前 後 中 上 下 回 日 月 年 分 円 毎回 一つ 少し 本当 ない 無い "
    "良い よい いい 悪い ござる おる まで 度 点 件 場合 気 他 皆 誰 どこ いつ 結構 全く 全然 全部 以上 程度 普通 特に 方々 御 お ご 的".split()
)
_EN_STOP = frozenset(
    "a about above after again all almost also always am an and any anyone anything are as at back be because been before being but by came can cannot "
    "come could day did do does done down each else even ever every everything few first for from get gets getting give go going gone got had has have "
    "having he her here him his how i if in into is it its just keep kept know last least less let like little long lot made make many may me mean "
    "might more most much must my need needed never new next nice no none not nothing now of off ok okay old on once one only or other our out over "
    "own people per please put quite rather really right said same say says see seem she should since so some someone something still such take "
    "tell than thank thanks that the their them then there these they thing things think this those though three through time times to today "
    "told too took tried try two under until up us use used using very want wanted was way we week weeks well went were what when where which while who why "
    "will with without work works would yes yet you your year years month months hour hours minute minutes n't 's 'm 're 've 'll 'd good bad great".split()
)
_NOUNS = frozenset({"noun", "proper_noun"})
_MOST_COMPOUND = 4


def candidate_terms(tokens: Sequence[Token], language: Language) -> list[str]:
    """List the terms of a comment that may stand for its theme.

    Parameters
    ----------
    tokens : Sequence[Token]
        The comment's tokens.
    language : Language
        Its language.

    Returns
    -------
    list[str]
        Japanese: noun compounds, predicates, and pairs such as ``配送が遅い``.
        English: content words and pairs of neighbouring content words.
    """
    return list(_japanese_terms(tokens) if language is Language.JA else _english_terms(tokens))


def _japanese_terms(tokens: Sequence[Token]) -> Iterator[str]:
    nouns: list[Token] = []
    subject = ""
    for token in tokens:
        if token.pos in _NOUNS or (token.pos == "suffix" and nouns) or (token.pos == "prefix" and not nouns):
            nouns.append(token)
            continue
        if nouns:
            compound = _compound(nouns)
            if compound:
                yield compound
                subject = compound
            nouns = []
        if token.pos in ("adjective", "verb"):
            word = canonical_form(token.lemma)
            if word not in _JA_STOP and len(word) > 1:
                yield word
            if subject and token.pos == "adjective" and word not in ("ない", "無い"):
                yield f"{subject}が{word}"
            subject = ""
        elif token.surface not in ("が", "は", "も", "の"):
            subject = ""
    compound = _compound(nouns)
    if compound:
        yield compound


def _compound(nouns: Sequence[Token]) -> str:
    kept = [token for token in nouns if token.pos != "prefix" or len(nouns) == 1]
    surface = canonical_form("".join(token.surface for token in kept[-_MOST_COMPOUND:]))
    usable = surface not in _JA_STOP and len(surface) > 1 and not surface.isascii()
    return surface if usable and any(token.pos in _NOUNS for token in kept) else ""


def _english_terms(tokens: Sequence[Token]) -> Iterator[str]:
    before = ""
    for token in tokens:
        word = token.lemma.lower()
        content = token.pos in ("noun", "proper_noun", "adjective", "verb", "other") and _is_word(word)
        if not content:
            before = ""
            continue
        yield word
        if before:
            yield f"{before} {token.surface.lower()}"
        before = token.surface.lower()


def _is_word(word: str) -> bool:
    return len(word) > 2 and word.replace("-", "").isalpha() and word not in _EN_STOP
