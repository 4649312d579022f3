"""The rows of the table and the one tokenizer that leads to them.

English pieces are the teacher's WordPieces; Japanese pieces are unidic surface
forms, each of which leads to the row of its dictionary form. One Unigram model
over all pieces, with their log frequencies, cuts both languages.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tokenizers import Tokenizer, models, pre_tokenizers

from voc_nlp.cutter import WORD_START, word_normalizer

_UNKNOWN = "[UNK]"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Pieces with log frequency, and the row each piece leads to.

    Row 0 is nothing: the unknown piece, the lone word start.
    """

    pieces: tuple[tuple[str, float], ...]
    row_of_piece: tuple[int, ...]
    rows: tuple[str, ...]


def build_vocabulary(
    wordpieces: Sequence[str],
    english_counts: Counter[str],
    japanese_counts: Counter[tuple[str, str]],
    dictionary: Iterable[str],
) -> Vocabulary:
    """Lay out pieces and rows.

    Parameters
    ----------
    wordpieces : Sequence[str]
        The teacher's vocabulary, ``##`` before pieces that go on a word.
    english_counts : Counter[str]
        How often each WordPiece occurs in the English texts.
    japanese_counts : Counter[tuple[str, str]]
        How often each (surface, dictionary form) occurs in the Japanese texts.
    dictionary : Iterable[str]
        Further Japanese words to keep, each a single token.

    Returns
    -------
    Vocabulary
        English rows first, then Japanese ones.
    """
    rows: list[str] = [_UNKNOWN]
    row_of: dict[str, int] = {}
    scores: dict[str, float] = {}
    target: dict[str, int] = {}

    def add(piece: str, row_name: str, count: float) -> None:
        if row_name not in row_of:
            row_of[row_name] = len(rows)
            rows.append(row_name)
        if piece not in scores or count > scores[piece]:
            scores[piece] = count
            target[piece] = row_of[row_name]

    for piece in wordpieces:
        if piece.startswith("["):
            continue
        surface = piece[2:] if piece.startswith("##") else WORD_START + piece
        add(surface, piece, english_counts[piece] + 0.5)
        if len(piece) == 1 and not piece.isalnum():
            add(piece, piece, english_counts[piece] + 0.5)
    for (surface, base), count in japanese_counts.most_common():
        add(surface, "ja:" + base, count)
    for word in dictionary:
        add(word, "ja:" + word, 0.5)
    for character in sorted({c for (surface, _), n in japanese_counts.items() if n > 1 for c in surface}):
        add(character, "ja:" + character, 0.05)

    total = sum(scores.values())
    pieces: list[tuple[str, float]] = [(_UNKNOWN, -20.0), (WORD_START, -8.0)]
    row_of_piece = [0, 0]
    for piece, score in scores.items():
        if piece not in (_UNKNOWN, WORD_START):
            pieces.append((piece, math.log(score / total)))
            row_of_piece.append(target[piece])
    return Vocabulary(tuple(pieces), tuple(row_of_piece), tuple(rows))


def build_tokenizer(vocabulary: Vocabulary) -> Tokenizer:
    """Build the Unigram tokenizer over the pieces.

    Parameters
    ----------
    vocabulary : Vocabulary
        Pieces and their log frequencies.

    Returns
    -------
    Tokenizer
        Lower-cases, separates Latin from Japanese, digits and symbols, and cuts by the likeliest pieces.
    """
    tokenizer = Tokenizer(models.Unigram(list(vocabulary.pieces), unk_id=0, byte_fallback=False))
    tokenizer.normalizer = word_normalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(
        replacement=WORD_START, prepend_scheme="always", split=True
    )
    return tokenizer
