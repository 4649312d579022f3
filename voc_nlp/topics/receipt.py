"""What a fit was made of, so that it can be made again and the tables be compared."""

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from voc_nlp.schema import Comment, ThemeMatch

_PACKAGES = ("voc-nlp", "numpy", "scikit-learn", "bertopic", "fugashi", "unidic-lite", "spacy")


class CommentHash:
    """Hashes what a fit reads of comments, one by one: id, text and stated language."""

    def __init__(self) -> None:
        self.count = 0
        self._digest = hashlib.sha256()

    def add(self, comment: Comment) -> None:
        """Take the next comment in.

        Parameters
        ----------
        comment : Comment
            The comment.
        """
        self.count += 1
        line = json.dumps([comment.id, comment.text, comment.lang], ensure_ascii=True)
        self._digest.update(line.encode("ascii") + b"\n")

    def hexdigest(self) -> str:
        """Return the hash of the comments so far.

        Returns
        -------
        str
            Hexadecimal sha256.
        """
        return self._digest.hexdigest()


def hash_comments(comments: Iterable[Comment]) -> str:
    """Hash what a fit reads of comments: id, text and stated language, in order.

    Parameters
    ----------
    comments : Iterable[Comment]
        The comments.

    Returns
    -------
    str
        Hexadecimal sha256.
    """
    digest = CommentHash()
    for comment in comments:
        digest.add(comment)
    return digest.hexdigest()


def hash_table(ids: Sequence[str], matches: Sequence[Sequence[ThemeMatch]]) -> str:
    """Hash an assignment table: the comments' ids and the ids of their themes, best first.

    Parameters
    ----------
    ids : Sequence[str]
        Id of each comment.
    matches : Sequence[Sequence[ThemeMatch]]
        Themes of each comment.

    Returns
    -------
    str
        Hexadecimal sha256.
    """
    digest = hashlib.sha256()
    for comment_id, found in zip(ids, matches, strict=True):
        line = json.dumps([comment_id, [match.id for match in found]], ensure_ascii=True)
        digest.update(line.encode("ascii") + b"\n")
    return digest.hexdigest()


def versions() -> dict[str, str]:
    """List the versions of what a fit runs on.

    Returns
    -------
    dict[str, str]
        Version by name, Python and the processor's architecture among them.
    """
    found = {"python": platform.python_version(), "machine": platform.machine()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def compare(receipt: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """List where two receipts differ.

    Parameters
    ----------
    receipt : Mapping[str, Any]
        The one that was kept.
    other : Mapping[str, Any]
        That of the fit that was run again.

    Returns
    -------
    list[str]
        One line a difference, ``key: kept, now``; empty when the tables are the same.
    """
    return [
        f"{key}: {receipt.get(key)!r} was kept, {other.get(key)!r} came now"
        for key in sorted({*receipt, *other})
        if receipt.get(key) != other.get(key)
    ]
