"""Which writers of the corpus teach, tune and test; split by writer, so that no voice is in two parts."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from training.data.labelled import Labelled
from voc_nlp.text.normalize import normalize

TEST_WRITERS = frozenset({"c", "g", "t"})
DEV_WRITERS = frozenset({"f"})
HELD_OUT_SHARE = 0.2
"""Share of a labelled file's writers, or of its texts where it names no writers, that nothing learns from."""


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


def is_held_out(row: Labelled) -> bool:
    """Say whether a comment of a labelled file is kept from learning; the same one always is.

    Parameters
    ----------
    row : Labelled
        From a labelled file; its `group` is the writer, or empty.

    Returns
    -------
    bool
        By a hash of the writer, or else of the normalised text: no seed, no other comment changes it, so a
        file that has grown is cut at the same places, and a text that is there twice is in one part.
    """
    key = f"writer:{row.group}" if row.group else f"text:{normalize(row.text).text}"
    return (
        int.from_bytes(hashlib.sha256(key.encode("utf-8", "replace")).digest()[:8]) < HELD_OUT_SHARE * 2**64
    )


def split_labelled(rows: Iterable[Labelled]) -> Split:
    """Split the comments of labelled files: what is learnt from, and what is held out.

    Parameters
    ----------
    rows : Iterable[Labelled]
        From labelled files.

    Returns
    -------
    Split
        Without a dev part: heads are calibrated across folds of what is learnt from.
    """
    parts: dict[bool, list[Labelled]] = {True: [], False: []}
    for row in rows:
        parts[is_held_out(row)].append(row)
    return Split(tuple(parts[False]), (), tuple(parts[True]))
