"""Words of a text for counting: runs of letters, hashed; no dictionary, the same in every process."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from zlib import crc32

from voc_nlp.drift.profile import BUCKETS

LEAST_TELLERS = 5
"""A word is shown only when so many different customers wrote it."""

_PLACEHOLDER = re.compile(r"\[[^\[\]\s]{1,20}?\d*\]")
"""What stands for masked personal data; it is no word of the customer."""

_WORD = re.compile(
    r"[\u4E00-\u9FFF々〆]{2,}|[ァ-ヺ][ァ-ヺー]+|[a-z][a-z0-9'+-]*[a-z0-9+]"
    r"|[^\W\d_ぁ-ゖァ-ヺーa-z\u4E00-\u9FFF々〆]{1,8}|\uFFFD"
)
"""Runs of kanji, of katakana, of Latin letters, of any other letters; hiragana is mostly grammar."""

_LONGEST_KANJI_RUN = 4
"""A longer run is also counted by its halves of two: 配送遅延問題 is 配送, 遅延 and 問題 too."""

_FAR_FROM_WORDS = 40
"""A longer run of letters is counted by its beginning."""


def words_of(text: str) -> set[str]:
    """Cut the different words out of a text.

    Parameters
    ----------
    text : str
        A comment, best with personal data masked.

    Returns
    -------
    set[str]
        In lower case, half and full width made one.
    """
    found: set[str] = set()
    for match in _WORD.finditer(unicodedata.normalize("NFKC", _PLACEHOLDER.sub(" ", text)).lower()):
        word = match[0]
        if len(word) > _LONGEST_KANJI_RUN and "\u4e00" <= word[0] <= "\u9fff":
            found.update(word[place : place + 2] for place in range(0, len(word) - 1, 2))
        found.add(word[:_FAR_FROM_WORDS])
    return found


def bucket_of(word: str) -> int:
    """Tell the bucket that a word is counted in.

    Parameters
    ----------
    word : str
        One of `words_of`.

    Returns
    -------
    int
        In [0, `BUCKETS`).
    """
    return crc32(word.encode("utf-8", "surrogatepass")) % BUCKETS


def name_words(
    texts: Iterable[tuple[str, str]], buckets: Collection[int], *, least: int = LEAST_TELLERS, most: int = 3
) -> dict[int, tuple[str, ...]]:
    """Name the words of buckets, as far as several customers wrote them.

    Parameters
    ----------
    texts : Iterable[tuple[str, str]]
        Who wrote (the comment's id where the customer is not known), and the masked text.
    buckets : Collection[int]
        The buckets that moved.
    least : int
        Different writers that a word must have to be named.
    most : int
        Words of a bucket, the most frequent first.

    Returns
    -------
    dict[int, tuple[str, ...]]
        Words by bucket; a bucket of which no word may be named is left out.
    """
    wanted = frozenset(buckets)
    writers: defaultdict[str, set[str]] = defaultdict(set)
    for writer, text in texts:
        for word in words_of(text):
            if bucket_of(word) in wanted:
                writers[word].add(writer)
    named: dict[int, list[str]] = defaultdict(list)
    counts = Counter({word: len(by) for word, by in writers.items() if len(by) >= least})
    for word, _ in sorted(counts.items(), key=lambda one: (-one[1], one[0])):
        named[bucket_of(word)].append(word)
    return {bucket: tuple(words[:most]) for bucket, words in named.items()}
