"""The sets that are reported on: our test writers, and public parts that nothing was trained on."""

from dataclasses import dataclass
from pathlib import Path

from training.data.corpus import CORPUS, read_corpus
from training.data.labelled import Labelled
from training.data.public import read_absa_reviews, read_restaurant_sentences
from training.data.splits import Split, split_by_writer

LANGUAGES = {"ja": "Japanese", "en": "English"}


@dataclass(frozen=True, slots=True)
class EvaluationSet:
    """Labelled sentences of one domain and language that no training step has seen."""

    name: str
    lang: str
    rows: tuple[Labelled, ...]


def read_splits(folder: Path = CORPUS) -> dict[str, Split]:
    """Read our corpus.

    Parameters
    ----------
    folder : Path
        Where the corpus lies.

    Returns
    -------
    dict[str, Split]
        Parts by language.
    """
    return {lang: split_by_writer(read_corpus(lang, folder)) for lang in LANGUAGES}


def read_public_sets(data: Path) -> list[EvaluationSet]:
    """Read the public sets: m-absa's dev files by domain and language, and the val part of MAMS.

    Parameters
    ----------
    data : Path
        The folder with the public sets.

    Returns
    -------
    list[EvaluationSet]
        Sentences with at least one target, since the targets give the sentiment.
    """
    found: dict[tuple[str, str], list[Labelled]] = {}
    for row in read_absa_reviews(data, "dev"):
        found.setdefault((f"m-absa {row.group}", row.lang), []).append(row)
    found[("mams restaurant", "en")] = read_restaurant_sentences(data, "val")
    return [
        EvaluationSet(name, lang, tuple(row for row in rows if row.sentiment is not None))
        for (name, lang), rows in sorted(found.items())
    ]
