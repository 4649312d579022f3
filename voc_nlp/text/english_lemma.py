"""Reduce an English word to the form a dictionary lists, by rules and exceptions."""

from functools import lru_cache

from voc_nlp.text.wordlists import read_sections

_VOWELS = "aeiouy"
_KEEP_DOUBLE = ("ll", "ss", "ff", "zz")
_E_ENDINGS = (
    "at",
    "iz",
    "v",
    "u",
    "rg",
    "dg",
    "ng",
    "nc",
    "rc",
    "rs",
    "ns",
    "rv",
    "lv",
    "bl",
    "pl",
    "tl",
    "dl",
    "gl",
)

_TABLES = read_sections("lemmas_en.txt")
_EXCEPTIONS = {
    form: lemma for lemma, *forms in (entry.split(":") for entry in _TABLES["irregular"]) for form in forms
}
_UNCHANGED, _E_VERBS, _UNDOUBLED, _NO_E = (
    frozenset(_TABLES[section]) for section in ("unchanged", "silent-e", "undoubled", "no-e")
)


@lru_cache(maxsize=65_536)
def english_lemma(word: str) -> str:
    """Return the dictionary form of an English word.

    Parameters
    ----------
    word : str
        One token, in any case; may carry a clitic such as ``n't``.

    Returns
    -------
    str
        Lower-case lemma: plural nouns and inflected verbs without their endings,
        irregular forms by table, anything else unchanged.
    """
    lower = word.lower().replace("’", "'")
    exception = _EXCEPTIONS.get(lower)
    if exception is not None:
        return exception
    if not lower.isalpha() or not lower.isascii() or len(lower) < 4 or lower in _UNCHANGED:
        return lower
    if lower.endswith("s"):
        return _singular(lower)
    if lower.endswith("ied") and len(lower) > 4:
        return lower[:-3] + "y"
    if lower.endswith("ed") and not lower.endswith("eed"):
        return _stem(lower, lower[:-2])
    if lower.endswith("ing"):
        return _stem(lower, lower[:-3])
    return lower


def _singular(word: str) -> str:
    """Strip the ending of a plural noun or a third-person verb."""
    if word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + ("ie" if len(word) < 5 else "y")
    if word.endswith(("sses", "shes", "ches", "xes", "zzes", "oes")):
        return word[:-2]
    return word[:-1]


def _stem(word: str, stem: str) -> str:
    """Give back the verb of an -ed or -ing form: undouble or restore the silent e."""
    if len(stem) < 2 or not any(letter in _VOWELS for letter in stem):
        return word
    if stem + "e" in _E_VERBS:
        return stem + "e"
    if len(stem) > 2 and stem[-1] == stem[-2] and stem[-1] not in _VOWELS:
        return stem if stem.endswith(_KEEP_DOUBLE) and stem not in _UNDOUBLED else stem[:-1]
    if stem in _NO_E:
        return stem
    if stem.endswith(_E_ENDINGS):
        return stem + "e"
    return stem
