"""What a run is of: by this it is told whether an unfinished run is one of the same job."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from voc_nlp import __version__
from voc_nlp.errors import UnreadableFileError
from voc_nlp.records.places import files_in, is_folder, open_for_reading, stat_of
from voc_nlp.records.urls import is_url, unreadable, within

_BLOCK_BYTES = 1 << 20

_PARTS = {
    "program": "the version of voc",
    "input": "IN",
    "tier": "--tier",
    "models": "the models",
    "departments": "the file of departments",
    "keep_formulas": "--keep-formulas",
    "rows_per_file": "--rows-per-file",
}
"""What each part of a job is called in messages."""

_PLAIN = frozenset({"program", "tier", "keep_formulas", "rows_per_file"})
"""Parts whose values say something to people."""


def describe_job(
    source: str,
    *,
    tier: str,
    models: Mapping[str, str],
    departments: Path | None = None,
    keep_formulas: bool = False,
    rows_per_file: int | None = None,
) -> dict[str, Any]:
    """Describe a job by all that makes its result what it is.

    The number of workers and the engine are no part of it: the result is the same.

    Parameters
    ----------
    source : str
        IN: a file, a folder or a URL.
    tier : str
        Name of the tier.
    models : Mapping[str, str]
        As `loading.model_digests` tells them.
    departments : Path | None
        The file of departments.
    keep_formulas : bool
        As the option of that name.
    rows_per_file : int | None
        Where OUT is a folder.

    Returns
    -------
    dict[str, Any]
        Plain JSON values by part.
    """
    stamp = stat_of(source)
    local = not is_url(source)
    return {
        "program": __version__,
        # Of a path only the last name: a folder may be mounted elsewhere when the run goes on.
        "input": {
            "name": Path(stamp.name).name if local else stamp.name,
            "size": stamp.size,
            # Of files here the content counts and not the time: a copy, or one that was touched, is the same.
            "mark": _digest(source) if local else stamp.mark,
        },
        "tier": tier,
        "models": dict(models),
        "departments": None if departments is None else hashlib.sha256(departments.read_bytes()).hexdigest(),
        "keep_formulas": keep_formulas,
        "rows_per_file": rows_per_file,
    }


def _digest(source: str) -> str:
    """Hash a file, or a folder's names and contents; that takes a thousandth of their analysis."""
    if not is_folder(source):
        return _digest_of_file(source)
    whole = hashlib.sha256()
    for name in files_in(source):
        whole.update(f"{within(source, name)}\0{_digest_of_file(name)}\n".encode("utf-8", "surrogateescape"))
    return whole.hexdigest()


def _digest_of_file(name: str) -> str:
    """Hash a file."""
    whole = hashlib.sha256()
    with open_for_reading(name) as file:
        try:
            while block := file.read(_BLOCK_BYTES):
                whole.update(block)
        except OSError as error:
            raise UnreadableFileError(unreadable(name, error)) from error
    return whole.hexdigest()


def differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Say in what two jobs differ.

    Parameters
    ----------
    then : Mapping[str, Any]
        The job of the unfinished run.
    now : Mapping[str, Any]
        The job that is asked for.

    Returns
    -------
    list[str]
        A phrase for each part, such as ``--tier (was fast, is default)``; empty for the same job.
    """
    return [
        _difference(part, then.get(part), now.get(part))
        for part in [*now, *(part for part in then if part not in now)]
        if then.get(part) != now.get(part)
    ]


def _difference(part: str, then: Any, now: Any) -> str:
    """Say in what one part differs."""
    name = _PARTS.get(part, part)
    if part in _PLAIN:
        return f"{name} (was {_shown(then)}, is {_shown(now)})"
    if part == "input" and isinstance(then, dict) and isinstance(now, dict):
        if then.get("name") != now.get("name"):
            return f"{name} (was {then.get('name')}, is {now.get('name')})"
        if then.get("size") != now.get("size"):
            return f"{name} (had {_bytes(then)}, has {_bytes(now)})"
        return f"{name} (its content was changed, though its size is the same)"
    if part == "models" and isinstance(then, dict) and isinstance(now, dict):
        changed = sorted(key for key in {*then, *now} if then.get(key) != now.get(key))
        return f"{name} ({', '.join(changed)})"
    return name


def _shown(value: Any) -> str:
    """Write a plain value as the command line does."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return "none" if value is None else str(value)


def _bytes(one: Mapping[str, Any]) -> str:
    """Write a size."""
    size = one.get("size")
    return f"{size:,} bytes" if isinstance(size, int) else "an unknown size"
