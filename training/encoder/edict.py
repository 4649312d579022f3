"""Read the EDICT Japanese-English dictionary (EDRDG, CC BY-SA 4.0; Debian package ``edict``)."""

import re
from dataclasses import dataclass
from pathlib import Path

DEFAULT_PATH = Path("/usr/share/edict/edict")
_LINE = re.compile(r"^(\S+)(?: \[([^\]]+)\])? /(.*)/$")
_TAG = re.compile(r"\([^)]*\)|\{[^}]*\}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One headword, its first glosses, and whether EDICT marks it as common."""

    word: str
    glosses: tuple[str, ...]
    common: bool


def read_edict(path: Path = DEFAULT_PATH, *, most_glosses: int = 3) -> list[Entry]:
    """Read the dictionary, one entry a headword (the first that has glosses wins, common ones first).

    Parameters
    ----------
    path : Path
        The EUC-JP file.
    most_glosses : int
        How many glosses to keep.

    Returns
    -------
    list[Entry]
        Entries by headword, kana readings of words usually written in kana included.
    """
    found: dict[str, Entry] = {}
    for line in path.read_text(encoding="euc_jp", errors="replace").splitlines()[1:]:
        match = _LINE.match(line)
        if match is None:
            continue
        word, reading, body = match.groups()
        common = "(P)" in body
        glosses = [_TAG.sub("", gloss).strip() for gloss in body.split("/")]
        kept = tuple(gloss for gloss in glosses if gloss and not gloss.startswith("Ent"))[:most_glosses]
        heads = [word, reading] if reading and "(uk)" in body else [word]
        for head in heads:
            if kept and (head not in found or (common and not found[head].common)):
                found[head] = Entry(head, kept, common)
    return list(found.values())
