"""Names of groups of themes: their first key words, since no single phrase is said in all of their themes."""

from collections.abc import Mapping, Sequence

from voc_nlp.topics.naming.describe import ThemeDescription

_JOINERS = {"ja": "・", "en": ", "}
_WORDS = 2


def name_groups(described: Sequence[ThemeDescription]) -> list[Mapping[str, str]]:
    """Name groups by two key words, or more where two groups share them.

    Parameters
    ----------
    described : Sequence[ThemeDescription]
        Key words of each group, and the name that it gets where it has none.

    Returns
    -------
    list[Mapping[str, str]]
        Name by language, no two alike as long as key words differ.
    """
    names: list[Mapping[str, str]] = []
    taken: set[tuple[str, str]] = set()
    for group in described:
        label = {lang: _name(group, lang, taken) for lang in _JOINERS}
        taken |= set(label.items())
        names.append(label)
    return names


def _name(group: ThemeDescription, lang: str, taken: set[tuple[str, str]]) -> str:
    words = group.keywords[lang]
    for count in range(min(_WORDS, len(words)), len(words) + 1):
        name = _JOINERS[lang].join(words[:count])
        if name and (lang, name) not in taken:
            return name
    return group.label[lang]
