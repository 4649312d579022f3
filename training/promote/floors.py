"""What a model must reach before it goes into service: not worse than the old one, and above every floor."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from training.compare.run import ALL, EVERY_LANGUAGE, Comparison, Row
from training.config import PROMOTION

_KEYS = ("seed", "primary", "least_comments", "language", "slice")


@dataclass(frozen=True, slots=True)
class Floors:
    """The conditions of a promotion.

    Parameters
    ----------
    seed : int
        Of the draws.
    primary : tuple[str, ...]
        Tasks that must not be worse, and that must have been compared.
    least_comments : int
        Fewer comments of a language or slice are not held against a floor.
    language, slice : Mapping[str, float]
        Least figure by task, for every language and for every slice.
    """

    seed: int
    primary: tuple[str, ...]
    least_comments: int
    language: Mapping[str, float]
    slice: Mapping[str, float]


def read_floors(path: Path = PROMOTION) -> Floors:
    """Read the floors.

    Parameters
    ----------
    path : Path
        TOML.

    Returns
    -------
    Floors
        Checked.

    Raises
    ------
    ValueError
        If the file cannot be read or lacks something.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"{path} cannot be read as TOML ({error}); expected {', '.join(_KEYS)}") from error
    missing = [key for key in _KEYS if key not in table]
    if missing:
        raise ValueError(f"{path} lacks {', '.join(missing)}; expected {', '.join(_KEYS)}")
    return Floors(
        seed=int(table["seed"]),
        primary=tuple(table["primary"]),
        least_comments=int(table["least_comments"]),
        language={task: float(least) for task, least in table["language"].items()},
        slice={task: float(least) for task, least in table["slice"].items()},
    )


def find_objections(comparison: Comparison, floors: Floors) -> list[str]:
    """Say what speaks against a promotion.

    Parameters
    ----------
    comparison : Comparison
        Old against new.
    floors : Floors
        The conditions.

    Returns
    -------
    list[str]
        Empty where nothing does.
    """
    found = []
    compared = {row.task for row in comparison.rows}
    for task in floors.primary:
        if task not in compared:
            found.append(
                f"{task} was compared on no set; give a file with labels that the new model knows (--labels)"
            )
    for row in comparison.rows:
        if row.task in floors.primary and (row.lang, row.slice) == (EVERY_LANGUAGE, ALL):
            if row.found.high < 0:
                found.append(
                    f"{_place(row)}: worse, {row.found.old:.3f} to {row.found.new:.3f} {_interval(row)}"
                )
            continue
        least = (floors.language if row.slice == ALL else floors.slice).get(row.task)
        if least is not None and row.found.n >= floors.least_comments and row.found.new < least:
            found.append(
                f"{_place(row)}: {row.found.new:.3f} is below the floor of {least:.3f} (n {row.found.n})"
            )
    return found


def _place(row: Row) -> str:
    return ", ".join(
        part for part in (row.set, row.task, row.lang, row.slice) if part not in (ALL, EVERY_LANGUAGE)
    )


def _interval(row: Row) -> str:
    return f"({row.found.low:+.3f} to {row.found.high:+.3f})"
