"""Read the m-absa files: review sentences with terms, categories and polarities."""

import ast
from dataclasses import dataclass
from pathlib import Path

_POLARITY = {
    "positive": "positive",
    "pos": "positive",
    "negative": "negative",
    "neg": "negative",
    "neutral": "neutral",
    "neu": "neutral",
    "conflict": "mixed",
}


@dataclass(frozen=True, slots=True)
class AbsaTerm:
    """An opinion target as the set names it; `term` is empty where the target is implicit."""

    term: str
    category: str
    polarity: str


@dataclass(frozen=True, slots=True)
class AbsaSentence:
    """One review sentence with its targets."""

    text: str
    terms: tuple[AbsaTerm, ...]


def read_absa_text(path: Path, lang: str) -> list[str]:
    """Read the sentences alone, one a line; a line that does not parse keeps its text.

    Parameters
    ----------
    path : Path
        An m-absa file.
    lang : str
        ``ja`` drops all spaces, which the translation left around terms.

    Returns
    -------
    list[str]
        One text for each line, so that two languages stay aligned.
    """
    texts = []
    for line in path.read_text(encoding="utf-8").splitlines():
        text = line.split("####")[0].strip()
        texts.append(text.replace(" ", "").replace("　", "") if lang == "ja" else text)
    return texts


def read_absa(path: Path, lang: str) -> list[AbsaSentence]:
    """Read the sentences whose labels parse, with terms that occur in them.

    Parameters
    ----------
    path : Path
        An m-absa file.
    lang : str
        ``ja`` drops all spaces from text and terms.

    Returns
    -------
    list[AbsaSentence]
        Sentences in file order; unparsable lines are left out.
    """
    sentences = []
    for text, line in zip(
        read_absa_text(path, lang), path.read_text(encoding="utf-8").splitlines(), strict=True
    ):
        try:
            labels = ast.literal_eval(line.split("####")[1].strip())
        except (SyntaxError, ValueError, IndexError):
            continue
        terms = []
        for label in labels:
            if len(label) == 3 and str(label[2]).lower() in _POLARITY:
                term = str(label[0]) if lang == "en" else str(label[0]).replace(" ", "").replace("　", "")
                term = "" if term == "NULL" or term not in text else term
                terms.append(AbsaTerm(term, str(label[1]), _POLARITY[str(label[2]).lower()]))
        if text:
            sentences.append(AbsaSentence(text, tuple(terms)))
    return sentences
