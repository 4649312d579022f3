"""Find entries of a tenant's dictionary that work against each other."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from voc_nlp.text.dictionary import Dictionary
from voc_nlp.text.spelling import usual_spelling
from voc_nlp.text.variant import canonical_form
from voc_nlp.text.words_pattern import compile_words


@dataclass(frozen=True, slots=True)
class Conflict:
    """Entries of a dictionary that work against each other.

    Parameters
    ----------
    code : str
        ``stop_and_synonym``, ``synonym_chain``, ``synonym_cycle``, ``two_heads``, ``same_word``,
        ``compound_has_stop_word`` or ``compound_is_variant``.
    words : tuple[str, ...]
        The words concerned.
    message_en : str
        What was met, what happens, what to do, in English.
    message_ja : str
        The same in Japanese.
    lines : tuple[int, ...]
        The lines of the CSV file concerned, where there is one.
    """

    code: str
    words: tuple[str, ...]
    message_en: str
    message_ja: str
    lines: tuple[int, ...] = ()


def find_conflicts(dictionary: Dictionary) -> list[Conflict]:
    """List what contradicts itself in a dictionary; it works all the same, as the messages say.

    Parameters
    ----------
    dictionary : Dictionary
        A tenant's words.

    Returns
    -------
    list[Conflict]
        In a fixed order; words are compared in `comparable_form`.
    """
    return [
        *_stop_words(dictionary),
        *_chains(dictionary.synonyms),
        *_two_heads(dictionary.synonyms),
        *_same_words("stop word", "ストップワード", dictionary.stop_words),
        *_same_words("compound", "複合語", dictionary.compounds),
        *_compounds(dictionary),
    ]


def comparable_form(word: str) -> str:
    """Return the form in which two spellings of one word are equal.

    Parameters
    ----------
    word : str
        A word of a dictionary.

    Returns
    -------
    str
        In usual spelling, canonical and in small letters.
    """
    return canonical_form(canonical_form(usual_spelling(word)).lower())


def two_heads(variants: tuple[str, ...], heads: tuple[str, ...], lines: tuple[int, ...] = ()) -> Conflict:
    """Say that one word stands for two others.

    Parameters
    ----------
    variants : tuple[str, ...]
        The spellings of the word.
    heads : tuple[str, ...]
        The words it stands for, first the one that counts.
    lines : tuple[int, ...]
        Where it is said.

    Returns
    -------
    Conflict
        With code ``two_heads``.
    """
    names, stand_for = " / ".join(variants), ", ".join(heads)
    return Conflict(
        "two_heads",
        (*variants, *heads),
        f"{names} stands for several words: {stand_for}. Each comment can count for one only: keep one.",
        f"「{names}」の代表語が複数あります（{stand_for}）。どれか一つにしてください。",
        lines,
    )


def same_word(words: tuple[str, ...], kind_en: str, kind_ja: str, lines: tuple[int, ...] = ()) -> Conflict:
    """Say that several entries are one word.

    Parameters
    ----------
    words : tuple[str, ...]
        The entries as written.
    kind_en : str
        What they are, in English.
    kind_ja : str
        The same in Japanese.
    lines : tuple[int, ...]
        Where they stand.

    Returns
    -------
    Conflict
        With code ``same_word``.
    """
    names = ", ".join(words)
    return Conflict(
        "same_word",
        words,
        f"{names}: the same {kind_en} in several spellings, which count as one anyhow. Keep one.",
        f"「{'」「'.join(words)}」は同じ語（{kind_ja}）の表記ゆれで、もともと一つに数えられます。一つだけ残してください。",
        lines,
    )


def _stop_words(dictionary: Dictionary) -> Iterator[Conflict]:
    """Yield stop words that are also synonyms or stand for others."""
    heads = {comparable_form(head) for head in dictionary.synonyms.values()}
    variants = {comparable_form(variant) for variant in dictionary.synonyms}
    for word in sorted(dictionary.stop_words):
        form = comparable_form(word)
        if form in heads:
            yield Conflict(
                "stop_and_synonym",
                (word,),
                f"{word} is a stop word, and other words are replaced by it: all vanish from the themes. "
                "Take it out of one of the two.",
                f"「{word}」はストップワードですが、同義語の代表語でもあるため、同義語もすべてテーマから消えます。"
                "どちらかから外してください。",
            )
        elif form in variants:
            yield Conflict(
                "stop_and_synonym",
                (word,),
                f"{word} is a stop word, and is replaced by another word before stop words are left out: "
                "it is counted. Take it out of one of the two.",
                f"「{word}」はストップワードですが、その前に同義語として別の語に置き換えられるため、"
                "除外されません。どちらかから外してください。",
            )


def _chains(synonyms: Mapping[str, str]) -> Iterator[Conflict]:
    """Yield synonyms whose head is replaced in its turn, each cycle once, and words for themselves."""
    next_of = {comparable_form(variant): comparable_form(head) for variant, head in sorted(synonyms.items())}
    written = {comparable_form(word): word for pair in sorted(synonyms.items()) for word in reversed(pair)}
    reported: set[str] = set()
    for variant, head in sorted(synonyms.items()):
        form = comparable_form(variant)
        if next_of[form] == form:
            if usual_spelling(variant).lower() == usual_spelling(head).lower():
                yield same_word((variant, head), "word", "語")
            continue
        path = [form]
        while path[-1] in next_of and next_of[path[-1]] not in path:
            path.append(next_of[path[-1]])
        if path[-1] in next_of and next_of[path[-1]] != path[-1]:
            cycle = path[path.index(next_of[path[-1]]) :]
            if form in cycle and not reported.intersection(cycle):
                reported.update(cycle)
                words = tuple(written[one] for one in cycle)
                names = " → ".join((*words, words[0]))
                yield Conflict(
                    "synonym_cycle",
                    words,
                    f"{' -> '.join((*words, words[0]))}: they stand for each other: none is replaced. "
                    "Take one out.",
                    f"「{names}」は同義語が循環しているため、どれも置き換えられません。一つ外してください。",
                )
        elif len(path) > 2:
            words = tuple(written[one] for one in path)
            names = " → ".join(words)
            yield Conflict(
                "synonym_chain",
                words,
                f"{' -> '.join(words)}: a synonym of a synonym; {words[0]} is replaced by {words[-1]}. "
                f"Write {words[-1]} beside {words[0]}.",
                f"「{names}」は同義語の同義語です。「{words[0]}」は「{words[-1]}」に置き換えられます。"
                f"「{words[0]}」の代表語を「{words[-1]}」にしてください。",
            )


def _two_heads(synonyms: Mapping[str, str]) -> Iterator[Conflict]:
    """Yield spellings of one word that stand for different words."""
    groups: dict[str, list[str]] = {}
    for variant in sorted(synonyms):
        groups.setdefault(comparable_form(variant), []).append(variant)
    for variants in groups.values():
        heads = {comparable_form(synonyms[variant]): synonyms[variant] for variant in reversed(variants)}
        if len(heads) > 1:
            yield two_heads(tuple(variants), tuple(reversed(heads.values())))


def _same_words(kind_en: str, kind_ja: str, words: Iterable[str]) -> Iterator[Conflict]:
    """Yield entries of one list that are spellings of one word."""
    groups: dict[str, list[str]] = {}
    for word in sorted(words):
        groups.setdefault(comparable_form(word), []).append(word)
    for spellings in groups.values():
        if len(spellings) > 1:
            yield same_word(tuple(spellings), kind_en, kind_ja)


def _compounds(dictionary: Dictionary) -> Iterator[Conflict]:
    """Yield compounds that are replaced before they are cut, or that hold a stop word."""
    variants = {comparable_form(variant): head for variant, head in dictionary.synonyms.items()}
    stop_words = compile_words(sorted({usual_spelling(word) for word in dictionary.stop_words}))
    for compound in sorted(dictionary.compounds):
        head = variants.get(comparable_form(compound))
        if head is not None:
            yield Conflict(
                "compound_is_variant",
                (compound, head),
                f"{compound} is a compound to keep whole, and a synonym that {head} replaces before that. "
                "Take it out of one of the two.",
                f"「{compound}」は保護する複合語ですが、その前に同義語として「{head}」に置き換えられます。"
                "どちらかから外してください。",
            )
        found = None if stop_words is None else stop_words.search(usual_spelling(compound))
        if found is not None:
            yield Conflict(
                "compound_has_stop_word",
                (compound, found[0]),
                f"The compound {compound} holds the stop word {found[0]}. It is kept whole and counted; "
                "take it out if it should not be.",
                f"複合語「{compound}」はストップワード「{found[0]}」を含みます。複合語は一語として数えられます。"
                "数えたくない場合は複合語から外してください。",
            )
