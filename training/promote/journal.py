"""The record of promotions: a file of lines, each holding the hash of the one before."""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voc_nlp.errors import TamperedArtifactError

JOURNAL = "promotions.jsonl"
"""Name of the record in a models folder."""

FIRST_HASH = "0" * 64
"""What the first line names as the one before."""

PROMOTED, ROLLED_BACK = "promoted", "rolled_back"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the record.

    Parameters
    ----------
    sequence : int
        From 1.
    action : str
        `PROMOTED` or `ROLLED_BACK`.
    before, after : str
        The registry's whole text.
    facts : Mapping[str, Any]
        Everything else: ``at``, ``by``, what was promoted and why.
    hash : str
        Hexadecimal sha256 over all of it and the hash before.
    """

    sequence: int
    action: str
    before: str
    after: str
    facts: Mapping[str, Any]
    hash: str


@contextmanager
def hold(models: Path) -> Iterator[None]:
    """Keep others from promoting and rolling back meanwhile.

    Parameters
    ----------
    models : Path
        The models folder.

    Yields
    ------
    None
        While the record is held.
    """
    with (models / JOURNAL).open("a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def read_entries(models: Path) -> list[Entry]:
    """Read the record and check every hash.

    Parameters
    ----------
    models : Path
        The models folder.

    Returns
    -------
    list[Entry]
        Oldest first; empty where there is no record.

    Raises
    ------
    TamperedArtifactError
        If a line was changed, taken out or added by another hand.
    """
    path = models / JOURNAL
    if not path.is_file():
        return []
    entries: list[Entry] = []
    previous = FIRST_HASH
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            told = json.loads(line)
            stated = told.pop("hash")
            whole = told["sequence"] == number and told["previous_hash"] == previous
            entry = Entry(
                number,
                told["action"],
                told["before"],
                told["after"],
                {key: value for key, value in told.items() if key not in _OWN_KEYS},
                stated,
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            whole, stated, told = False, "", {}
        if not whole or stated != _hash(told):
            raise TamperedArtifactError(
                f"{path}: line {number} is not as it was written, or one before it is missing; expected a "
                "record that only promote and rollback write. Put it back from a backup, or begin a new one"
            )
        entries.append(entry)
        previous = stated
    return entries


def append_entry(models: Path, action: str, before: str, after: str, facts: Mapping[str, Any]) -> Entry:
    """Write one line, and wait until it is on the disk.

    Parameters
    ----------
    models : Path
        The models folder; it is held.
    action : str
        `PROMOTED` or `ROLLED_BACK`.
    before : str
        The registry's whole text, as it was.
    after : str
        As it is to be.
    facts : Mapping[str, Any]
        JSON values.

    Returns
    -------
    Entry
        As it was written.
    """
    entries = read_entries(models)
    told: dict[str, Any] = {
        "sequence": len(entries) + 1,
        "action": action,
        **facts,
        "before": before,
        "after": after,
        "previous_hash": entries[-1].hash if entries else FIRST_HASH,
    }
    digest = _hash(told)
    with (models / JOURNAL).open("a", encoding="utf-8") as file:
        file.write(json.dumps({**told, "hash": digest}, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return Entry(told["sequence"], action, before, after, dict(facts), digest)


def earlier_registries(entries: list[Entry]) -> list[str]:
    """List the registries that can be gone back to.

    Parameters
    ----------
    entries : list[Entry]
        The record.

    Returns
    -------
    list[str]
        Texts, the one in service last; a rollback takes the last one away.
    """
    stack: list[str] = []
    for entry in entries:
        if entry.action == ROLLED_BACK:
            stack.pop()
            continue
        if not stack or stack[-1] != entry.before:
            stack.append(entry.before)
        stack.append(entry.after)
    return stack


_OWN_KEYS = frozenset(("sequence", "action", "before", "after", "previous_hash"))


def _hash(told: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode("utf-8")).hexdigest()
