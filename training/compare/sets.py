"""The comments that models are compared on: the corpus's test writers, and labelled files."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from training.data.labelled import Labelled
from training.data.labelled_file import read_labelled_files
from training.data.splits import is_held_out
from training.runs import read_split

FIXED = "corpus"
"""The fixed test: writers that no training step saw."""


@dataclass(frozen=True, slots=True)
class TestSet:
    """Labelled comments that neither model learnt from.

    Parameters
    ----------
    name : str
        `FIXED`, or the file's name.
    rows : tuple[Labelled, ...]
        The comments.
    left_out : int
        Comments of the file that may have been learnt from.
    """

    __test__ = False  # no class of tests, whatever its name begins with

    name: str
    rows: tuple[Labelled, ...]
    left_out: int = 0


def read_sets(
    files: Sequence[Path],
    learnt: frozenset[str],
    *,
    all_rows: bool = False,
    skip_broken: bool = False,
    fixed: bool = True,
) -> list[TestSet]:
    """Read the sets.

    Parameters
    ----------
    files : Sequence[Path]
        Labelled files, such as the export of recent corrections.
    learnt : frozenset[str]
        Names of labelled files that one of the models was taught by. Where there are any, of every file only
        the comments are taken that training holds out: an export that has grown holds those it learnt from.
    all_rows : bool
        Whether all comments are taken all the same.
    skip_broken : bool
        Whether to go on without the rows that cannot be used.
    fixed : bool
        Whether the corpus is among the sets.

    Returns
    -------
    list[TestSet]
        The fixed one first.

    Raises
    ------
    ValueError
        If a file cannot be used, or none of its comments is held out.
    """
    found = [TestSet(FIXED, read_split().test)] if fixed else []
    for file in read_labelled_files(files, skip_broken=skip_broken) if files else []:
        rows = file.rows if all_rows or not learnt else tuple(row for row in file.rows if is_held_out(row))
        if not rows:
            raise ValueError(
                f"{file.name}: none of its {len(file.rows)} comments is held out, and the models were "
                f"taught by {', '.join(sorted(learnt))}; give more comments, or --all-rows where none was "
                "learnt from"
            )
        found.append(TestSet(file.name, rows, len(file.rows) - len(rows)))
    return found
