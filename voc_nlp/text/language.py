"""Tell Japanese, English and other languages apart.

Scripts decide first: kana against Latin letters, ideographs by the characters
that only one of Japanese and Chinese writes, any other script is ``other``. For
Latin letters the words decide; English needs no proof, another language does,
so that short and misspelt English stays English.
"""

import re
from collections import Counter

from voc_nlp.schema import Language
from voc_nlp.text.wordlists import read_lines, read_sections

_MAX_LETTERS = 4_000  # enough evidence for a decision; bounds the cost of long texts

_HIRAGANA = re.compile("[ぁ-ゖ]")
_KATAKANA = re.compile("[ァ-ヺｦ-ﾟ]")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f々〆]")
_LATIN_WORD = re.compile("[A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ]+(?:['’][A-Za-zÀ-ÖØ-öø-ɏ]+)?")
_LATIN_LETTER = re.compile("[A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ]")
_FOREIGN_LETTER = re.compile(
    "[\u0370-\u1cff\u1f00-\u1fff\u2c00-\u2dff\ua000-\uabff\uac00-\ud7ff\ufb00-\ufdff\ufe70-\ufefc\U00010280-\U0001133f]"
)
_JAPANESE_SIGN = re.compile("[、。「」『』【】・〜ー〒゛゜※]")
KAOMOJI = re.compile(
    r"[(][^()]{0,6}[ωДд∀ε∇´`・゚゜˙▽◇□Σ皿][^()]{0,6}[)]|m\(_ ?_\)m|\(\^[_.o]?\^|\^_\^|orz|OTZ|\(T_T\)"
    r"|\(;_;\)|\(>_<\)"
)

_GLUED_PARTICLE = re.compile("[A-Za-z][はがをにでのもとへや]")
"""A particle that follows a Latin word without a space: the sentence is Japanese, its words are borrowed."""

_IDEOGRAPHS = read_sections("ideographs.txt")
_CHINESE_CHARACTERS = frozenset("".join(_IDEOGRAPHS["chinese"]))
_CHINESE_WORDS = tuple(_IDEOGRAPHS["chinese-words"])
_CHINESE_PARTICLE = re.compile(
    "(?<![完終修満魅未読了])了(?![解承])|(?<![目的体人般較極画史門続底定動合理然密異])的(?![確中])"
)
_JAPANESE_CHARACTERS = frozenset("".join(_IDEOGRAPHS["japanese"]))

_OTHER_SCRIPT_SHARE = 0.4
_KANA_WEIGHT = 3.0
_KATAKANA_WEIGHT = 1.0  # brand names inside English
_HAN_WEIGHT = 2.5
_GLUED_PARTICLE_WEIGHT = 6.0  # outweighs an English word and a half
_LATIN_WORD_WEIGHT = 2.0
_ENGLISH_WORD_WEIGHT = 4.0


def identify_language(text: str, hint: str = "auto") -> Language:
    """Decide which language a comment is written in.

    Parameters
    ----------
    text : str
        The comment, normalized.
    hint : str
        ``ja`` or ``en`` is believed; ``auto`` or an empty string asks to find out;
        any other code names a language that is not supported.

    Returns
    -------
    Language
        ``JA``, ``EN`` or ``OTHER``. A text without letters is never ``OTHER``.
    """
    wanted = hint.strip().lower() if hint else "auto"
    if wanted not in ("auto", ""):
        code = re.split("[-_]", wanted, maxsplit=1)[0]
        return {"ja": Language.JA, "en": Language.EN}.get(code, Language.OTHER)
    sample = text[:_MAX_LETTERS]
    if sample.isascii():
        return _by_words(sample)
    return _by_script(sample)


def _by_script(text: str) -> Language:
    """Weigh the scripts of a text that is not plain ASCII."""
    hiragana = len(_HIRAGANA.findall(text))
    katakana = len(_KATAKANA.findall(text))
    han = len(_HAN.findall(text))
    foreign = len(_FOREIGN_LETTER.findall(text)) if _FOREIGN_LETTER.search(text) else 0
    latin = len(_LATIN_LETTER.findall(text))
    letters = hiragana + katakana + han + foreign + latin
    if not letters or (foreign == letters and KAOMOJI.search(text)):
        return Language.JA if _JAPANESE_SIGN.search(text) or KAOMOJI.search(text) else Language.EN
    if foreign >= _OTHER_SCRIPT_SHARE * letters and foreign > 1:
        return Language.OTHER
    if not hiragana and not katakana and not han:
        return _by_words(text)
    japanese = _KANA_WEIGHT * hiragana + _KATAKANA_WEIGHT * katakana + _HAN_WEIGHT * han
    if latin and _latin_weight(text) > japanese + _GLUED_PARTICLE_WEIGHT * len(_GLUED_PARTICLE.findall(text)):
        return _by_words(text)
    if hiragana + katakana == 0 or (han > 8 and (hiragana + katakana) * 12 < han):
        return _by_ideographs(text)
    return Language.JA


def _latin_weight(text: str) -> float:
    """Return how much the Latin words of a mixed text weigh against its Japanese characters."""
    return sum(
        _ENGLISH_WORD_WEIGHT if "en" in _LANGUAGES_OF_WORD.get(word, ()) else _LATIN_WORD_WEIGHT
        for word in _LATIN_WORD.findall(text.lower())
    )


def _by_ideographs(text: str) -> Language:
    """Tell Japanese from Chinese where there is no kana to speak of."""
    chinese = sum(character in _CHINESE_CHARACTERS for character in text)
    chinese += sum(word in text for word in _CHINESE_WORDS)
    chinese += len(_CHINESE_PARTICLE.findall(text))
    japanese = sum(character in _JAPANESE_CHARACTERS for character in text)
    return Language.OTHER if chinese > japanese else Language.JA


def _by_words(text: str) -> Language:
    """Tell English from other languages in Latin letters by their commonest words."""
    words = _LATIN_WORD.findall(text.lower())
    if max(map(len, words), default=0) < 2 and KAOMOJI.search(text):
        return Language.JA
    if not words:
        return Language.EN
    counted = list(dict.fromkeys(words)) if len(words) > 1 or len(words[0]) > 1 else []
    known = [_LANGUAGES_OF_WORD[word] for word in counted if word in _LANGUAGES_OF_WORD]
    english = sum("en" in languages for languages in known)
    others = Counter(one for languages in known if languages != ("en",) for one in languages if one != "en")
    foreign = Counter(one for languages in known if "en" not in languages for one in languages)
    accented = 0 if text.isascii() else sum(not word.isascii() and "’" not in word for word in counted)
    if not others:
        return Language.OTHER if accented * 2 > len(words) and not english else Language.EN
    best = max(others.values())
    score = best + min(accented, best)
    if score <= english or (best == 1 and score < 2 and len(words) > 1):
        return Language.EN
    if english and not accented and max(foreign.values(), default=0) < 2:
        return Language.EN  # one foreign word, and words that English shares
    return Language.OTHER


def _read_words() -> dict[str, tuple[str, ...]]:
    """Read the word lists: from a word to the languages that write it."""
    found: dict[str, list[str]] = {}
    for line in read_lines("latin_words.txt"):
        language, *words = line.split()
        for word in dict.fromkeys(words):
            found.setdefault(word, []).append(language)
    return {word: tuple(languages) for word, languages in found.items()}


_LANGUAGES_OF_WORD = _read_words()
