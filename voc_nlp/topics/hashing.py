"""Hashes of what a fit reads and of the table that it gives."""

import hashlib
import json
from collections.abc import Iterable, Sequence

from voc_nlp.schema import Comment, ThemeMatch


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
