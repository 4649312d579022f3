"""Cut lines into token pieces, word by word: words recur, and a word that was cut once is cut for good.

The tokenizer alone would do, and does for tokenizers and lines that are not of
the usual kind, but it normalises every line letter by letter and counts offsets,
which takes most of its time. Normalised comments hardly need either.
"""

import re
import unicodedata
from collections.abc import Sequence
from itertools import accumulate, chain

import numpy as np
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer, normalizers

from voc_nlp.pieces import write_ranges

WORD_START = "▁"
"""What a piece that begins a word of Latin letters begins with."""

_UNKNOWN, _LONE_WORD_START = 0, 1
"""Pieces: a stretch that no piece fits, and the start of a word and nothing else."""

_JA = r"぀-ヿ㐀-鿿豈-﫿々〆ー"
_SPACES = np.asarray([9, 10, 11, 12, 13, 32, 0x3000], dtype=np.uint32)
_SPACE, _LATIN, _SIGN = 0, 1, 2
_KINDS = np.full(128, _SIGN, dtype=np.uint8)
_KINDS[32] = _SPACE
_KINDS[[*b"0123456789abcdefghijklmnopqrstuvwxyz"]] = _LATIN

_UNUSUAL = re.compile("[Σ\u2581\x85\u1680\u2028\u2029]")
"""Letters whose lower case depends on their place, the mark of a word start, spaces that part no words."""

_LONGEST_KEPT = 24
"""Longer words, which are Japanese clauses, hardly ever recur."""

_MOST_KEPT = 1 << 16

Cut = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]
"""Pieces of lines: piece numbers, the line of each, where it begins and where it ends in its line."""


def word_normalizer() -> normalizers.Sequence:
    """Build the normaliser that parts Latin words and digits from everything else.

    Returns
    -------
    normalizers.Sequence
        Of every tokenizer that `Cutter` can serve word by word.
    """
    return normalizers.Sequence(
        [
            normalizers.NFKC(),
            normalizers.Lowercase(),
            normalizers.Replace(Regex(rf"(?<=[{_JA}])(?=[a-z0-9])|(?<=[a-z0-9])(?=[{_JA}])"), " "),
            normalizers.Replace(Regex(r"(?<=[a-z0-9])(?=[^\sa-z0-9])|(?<=[^\sa-z0-9])(?=[a-z0-9])"), " "),
        ]
    )


class Cutter:
    """Cuts lines as the tokenizer does; safe to share between threads.

    Parameters
    ----------
    tokenizer : Tokenizer
        A Unigram model with the lone word start as piece 1.

    Attributes
    ----------
    by_words : bool
        Whether lines are cut word by word; False for a tokenizer with another normaliser than
        `word_normalizer`, which cuts whole lines.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self.by_words = _state(tokenizer.normalizer) == _state(word_normalizer())
        self._of_words = Tokenizer(tokenizer.model)
        self._of_words.pre_tokenizer = tokenizer.pre_tokenizer
        names = (str(tokenizer.id_to_token(number)) for number in range(tokenizer.get_vocab_size()))
        self._lengths = [len(name.removeprefix(WORD_START)) for name in names]
        self._known: dict[str, tuple[list[int], list[int]]] = {}

    def cut(self, lines: Sequence[str], letters: NDArray[np.uint32], letter_starts: NDArray[np.int64]) -> Cut:
        """Cut lines into pieces; lone word starts are left out.

        Parameters
        ----------
        lines : Sequence[str]
            Normalised lines, spaces as the only white space.
        letters : NDArray[np.uint32]
            Code points of all lines, Latin capitals lowered.
        letter_starts : NDArray[np.int64]
            Where each line begins in `letters`, and the end of the last.

        Returns
        -------
        Cut
            In the order of the lines.
        """
        lowered = [_lower(line) if self.by_words else None for line in lines]
        unusual = [number for number, line in enumerate(lowered) if line is None]
        usual = self._cut_words(
            [line if line is not None else lines[number] for number, line in enumerate(lowered)],
            letters,
            letter_starts,
            np.isin(np.arange(len(lines)), unusual),
        )
        if not unusual:
            return usual
        by_line = self._cut_lines(lines, unusual, letters, letter_starts)
        ids, owners, starts, ends = (np.concatenate(both) for both in zip(usual, by_line, strict=True))
        order = np.argsort(owners, kind="stable")
        return ids[order], owners[order], starts[order], ends[order]

    def _cut_words(
        self,
        lines: Sequence[str],
        letters: NDArray[np.uint32],
        letter_starts: NDArray[np.int64],
        left_out: NDArray[np.bool_],
    ) -> Cut:
        """Cut the words of all lines but those left out, every distinct word once."""
        word_starts, word_ends = _find_words(letters, letter_starts)
        word_owners = np.searchsorted(letter_starts, word_starts, side="right") - 1
        if left_out.any():
            kept = ~left_out[word_owners]
            word_starts, word_ends, word_owners = word_starts[kept], word_ends[kept], word_owners[kept]
        text = "".join(lines)
        distinct: dict[str, int] = {}
        numbers = [
            distinct.setdefault(text[start:end], len(distinct))
            for start, end in zip(word_starts.tolist(), word_ends.tolist(), strict=True)
        ]
        cuts = self._look_up(list(distinct))
        counts = np.fromiter((len(ids) for ids, _ in cuts), np.int64, len(cuts))
        total = int(counts.sum())
        ids = np.fromiter(chain.from_iterable(ids for ids, _ in cuts), np.int64, total)
        ends = np.fromiter(chain.from_iterable(ends for _, ends in cuts), np.int64, total)
        first = np.cumsum(counts) - counts
        starts = np.zeros_like(ends)
        starts[1:] = ends[:-1]
        starts[first[counts > 0]] = 0
        places = np.asarray(numbers, dtype=np.int64)
        chosen, words = write_ranges(first[places], counts[places])
        before = (word_starts - letter_starts[word_owners])[words]
        return ids[chosen], word_owners[words], before + starts[chosen], before + ends[chosen]

    def _look_up(self, words: Sequence[str]) -> list[tuple[list[int], list[int]]]:
        """Give the pieces of each word and where each ends; cut the words that are not known yet."""
        known = self._known
        cuts = [known.get(word) for word in words]
        missing = [number for number, cut in enumerate(cuts) if cut is None]
        encodings = self._of_words.encode_batch_fast([words[number] for number in missing])
        for number, encoding in zip(missing, encodings, strict=True):
            word, ids = words[number], encoding.ids
            if _UNKNOWN in ids:
                exact = self._of_words.encode(word)
                ends = [end for _, end in exact.offsets]
            else:
                ends = list(accumulate(map(self._lengths.__getitem__, ids)))
            if ids[0] == _LONE_WORD_START:
                ids, ends = ids[1:], ends[1:]
            cuts[number] = ids, ends
            if len(word) <= _LONGEST_KEPT:
                if len(known) >= _MOST_KEPT:
                    known.clear()
                known[word] = ids, ends
        return [cut for cut in cuts if cut is not None]

    def _cut_lines(
        self,
        lines: Sequence[str],
        numbers: Sequence[int],
        letters: NDArray[np.uint32],
        letter_starts: NDArray[np.int64],
    ) -> Cut:
        """Let the tokenizer cut whole lines, of which some may be of any kind."""
        encodings = self._tokenizer.encode_batch([lines[n] for n in numbers], add_special_tokens=False)
        lengths = np.fromiter((len(one) for one in encodings), np.int64, len(encodings))
        total = int(lengths.sum())
        ids = np.fromiter(chain.from_iterable(one.ids for one in encodings), np.int64, total)
        offsets = np.fromiter(
            chain.from_iterable(chain.from_iterable(one.offsets for one in encodings)), np.int64, 2 * total
        ).reshape(-1, 2)
        words = ids != _LONE_WORD_START
        owners = np.repeat(np.asarray(numbers, dtype=np.int64), lengths)[words]
        ids, starts, ends = ids[words], offsets[words, 0], offsets[words, 1]
        same = owners[1:] == owners[:-1]
        starts[1:] = np.where(same, np.maximum(starts[1:], ends[:-1]), starts[1:])
        starts = _after_spaces(letters, letter_starts[owners], starts, ends)
        kept = starts < ends
        return ids[kept], owners[kept], starts[kept], ends[kept]


def _state(normalizer: object) -> object:
    """Give what a normaliser does, to be compared."""
    return None if normalizer is None else normalizer.__getstate__()


def _lower(line: str) -> str | None:
    """Do what the tokenizer's normaliser does to the letters of a line; None where offsets would move."""
    lowered = line.lower()
    if line.isascii():
        return lowered
    if len(lowered) != len(line) or _UNUSUAL.search(line) or not unicodedata.is_normalized("NFKC", line):
        return None
    return lowered


def _find_words(
    letters: NDArray[np.uint32], letter_starts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the runs of Latin letters and digits, and the runs of anything else but spaces."""
    kinds = np.where(letters < len(_KINDS), _KINDS[np.minimum(letters, len(_KINDS) - 1)], _SIGN)
    begins = np.ones(len(letters) + 1, dtype=np.bool_)
    begins[1:-1] = kinds[1:] != kinds[:-1]
    begins[letter_starts] = True
    bounds = np.flatnonzero(begins)
    starts, ends = bounds[:-1], bounds[1:]
    filled = kinds[starts] != _SPACE
    return starts[filled], ends[filled]


def _after_spaces(
    letters: NDArray[np.uint32],
    before: NDArray[np.int64],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Move each piece's start behind the white space that its word start stood for."""
    if not len(letters):
        return starts
    space = np.isin(letters, _SPACES)
    moved = starts.copy()
    while True:
        place = np.minimum(before + moved, len(letters) - 1)
        ahead = (moved < ends) & space[place]
        if not ahead.any():
            return moved
        moved += ahead
