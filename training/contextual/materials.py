"""What the network is distilled on: sentences of both languages, the teacher's vectors, scored pairs."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from training.encoder.pairs import read_english, read_pairs, read_scored_japanese
from training.encoder.teacher import teacher_path, teacher_vectors
from voc_nlp.cutter import WORD_START
from voc_nlp.embedding import StaticEmbedder


@dataclass(frozen=True, slots=True)
class Materials:
    """Texts as static rows, and what they must meet.

    Parameters
    ----------
    texts : list[list[int]]
        Static rows of each text, in both languages.
    goals : Tensor
        Unit vectors of the teacher, shape (goals, width).
    goal_of : list[int]
        Which goal each text must meet.
    scored : list[tuple[list[int], list[int], float]]
        Japanese pairs with their similarity in [0, 1].
    """

    texts: list[list[int]]
    goals: Tensor
    goal_of: list[int]
    scored: list[tuple[list[int], list[int], float]]


def gather_materials(data: Path, cache: Path, embedder: StaticEmbedder, *, seed: int) -> Materials:
    """Gather what the distillation learns from.

    Every Japanese side of a pair is used and every second English one, whose
    language the layers know already; English customer sentences are added.

    Parameters
    ----------
    data : Path
        Folder with the public sets.
    cache : Path
        Folder of the teacher's cached vectors.
    embedder : StaticEmbedder
        Cuts texts into pieces.
    seed : int
        Seed of the held-out pairs.

    Returns
    -------
    Materials
        Texts of the training part alone.
    """
    pairs, _ = read_pairs(data, seed=seed)
    scored, _ = read_scored_japanese(data)
    english = read_english(data)
    vectors = [teacher_vectors([pair.en for pair in pairs], cache), teacher_vectors(english, cache)]
    half = list(range(0, len(pairs), 2))
    first = _rows(embedder, [pair.first for pair in scored])
    second = _rows(embedder, [pair.second for pair in scored])
    return Materials(
        texts=[
            *_rows(embedder, [pairs[index].en for index in half]),
            *_rows(embedder, [pair.ja for pair in pairs]),
            *_rows(embedder, english),
        ],
        goals=torch.from_numpy(np.concatenate(vectors)),
        goal_of=[*half, *range(len(pairs)), *range(len(pairs), len(pairs) + len(english))],
        scored=[(a, b, pair.similarity) for a, b, pair in zip(first, second, scored, strict=True)],
    )


def name_rows(embedder: StaticEmbedder) -> list[str]:
    """Name every row of the static table: the teacher's WordPiece, or ``ja:`` and a Japanese form.

    Parameters
    ----------
    embedder : StaticEmbedder
        The static encoder.

    Returns
    -------
    list[str]
        One name a row.
    """
    wordpieces = set((teacher_path() / "vocab.txt").read_text(encoding="utf-8").splitlines())
    names: dict[int, str] = {}
    for piece, row in embedder.piece_rows():
        if row == 0:
            continue
        if piece.startswith(WORD_START) and piece[1:] in wordpieces:
            names[row] = piece[1:]
        elif "##" + piece in wordpieces and row not in names:
            names[row] = "##" + piece
        else:
            names.setdefault(row, "ja:" + piece)
    return [names.get(row, "[UNK]") for row in range(embedder.row_count)]


def _rows(embedder: StaticEmbedder, texts: Sequence[str]) -> list[list[int]]:
    pieces = embedder.pieces(texts)
    rows = embedder.rows_of(pieces)
    bounds = np.searchsorted(pieces.owners, np.arange(pieces.count + 1)).tolist()
    found = (rows[first:last] for first, last in pairwise(bounds))
    return [one[one > 0].tolist() for one in found]
