"""Which writers of the corpus teach, tune and test; split by writer, so that no voice is in two parts."""

from collections.abc import Iterable
from dataclasses import dataclass

from training.data.labelled import Labelled

TEST_WRITERS = frozenset({"c", "g", "t"})
DEV_WRITERS = frozenset({"f"})


@dataclass(frozen=True, slots=True)
class Split:
    """The corpus in three parts.

    Parameters
    ----------
    train, dev, test : tuple of Labelled
        To learn from; to calibrate and choose by; to report on, looked at by no training step.
    """

    train: tuple[Labelled, ...]
    dev: tuple[Labelled, ...]
    test: tuple[Labelled, ...]


def split_by_writer(rows: Iterable[Labelled]) -> Split:
    """Split the corpus.

    Parameters
    ----------
    rows : Iterable[Labelled]
        Corpus rows whose `group` is the writer.

    Returns
    -------
    Split
        Every row in exactly one part.
    """
    parts: dict[str, list[Labelled]] = {"train": [], "dev": [], "test": []}
    for row in rows:
        part = "test" if row.group in TEST_WRITERS else "dev" if row.group in DEV_WRITERS else "train"
        parts[part].append(row)
    return Split(tuple(parts["train"]), tuple(parts["dev"]), tuple(parts["test"]))
