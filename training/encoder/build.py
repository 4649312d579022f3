"""The encoder's recipe from end to end: texts, teacher, vocabulary, start, training, measuring."""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import fugashi
import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from training.encoder.edict import DEFAULT_PATH, Entry, read_edict
from training.encoder.pairs import read_english, read_pairs, read_scored_japanese
from training.encoder.table import Bags, TableConfig, TrainingTexts, reduce_teacher, start_table, train_table
from training.encoder.teacher import teacher_path, teacher_vectors
from training.encoder.vocabulary import Vocabulary, build_tokenizer, build_vocabulary

_log = logging.getLogger(__name__)
_MOST_DICTIONARY_WORDS = 24_000


@dataclass(frozen=True, slots=True)
class BuiltEncoder:
    """A trained table with its vocabulary, tokenizer and the figures measured on held-out texts."""

    vocabulary: Vocabulary
    tokenizer: Tokenizer
    table: NDArray[np.float32]
    figures: dict[str, float]


def build_encoder(
    data: Path,
    cache: Path,
    config: TableConfig,
    *,
    extra_japanese: Sequence[str] = (),
    edict: Path = DEFAULT_PATH,
) -> BuiltEncoder:
    """Train the static bilingual encoder.

    Parameters
    ----------
    data : Path
        The folder with the public sets.
    cache : Path
        Folder for teacher vectors.
    config : TableConfig
        Training settings.
    extra_japanese : Sequence[str]
        Further Japanese texts whose words get rows (our corpus, reviews).
    edict : Path
        The dictionary file.

    Returns
    -------
    BuiltEncoder
        Table, tokenizer and figures.
    """
    pairs, held_out = read_pairs(data, seed=config.seed)
    scored, scored_held = read_scored_japanese(data)
    english = read_english(data)
    entries = {entry.word: entry for entry in read_edict(edict)}
    tagger = fugashi.Tagger()
    japanese = [*(pair.ja for pair in pairs), *(text for p in scored for text in (p.first, p.second))]
    counts = _count_japanese(tagger, [*japanese, *extra_japanese])
    vectors = _ginza_vectors()
    words = _dictionary_words(tagger, entries, vectors)
    kept = Counter({key: n for key, n in counts.items() if n >= 2 or key[1] in entries or key[1] in vectors})
    wordpieces = (teacher_path() / "vocab.txt").read_text(encoding="utf-8").splitlines()
    wordpiece_tokenizer = Tokenizer.from_file(str(teacher_path() / "tokenizer.json"))
    wordpiece_tokenizer.no_padding()
    wordpiece_tokenizer.no_truncation()
    english_texts = [*(pair.en for pair in pairs), *english]
    english_counts = Counter(
        token for one in wordpiece_tokenizer.encode_batch(english_texts) for token in one.tokens[1:-1]
    )
    vocabulary = build_vocabulary(wordpieces, english_counts, kept, words)
    tokenizer = build_tokenizer(vocabulary)
    _log.info("vocabulary: %d pieces, %d rows", len(vocabulary.pieces), len(vocabulary.rows))

    pair_vectors = teacher_vectors([pair.en for pair in pairs], cache)
    piece_vectors = teacher_vectors([p.removeprefix("##") for p in wordpieces], cache)
    english_vectors = teacher_vectors(english, cache)
    glossed = [name[3:] for name in vocabulary.rows if name.startswith("ja:") and name[3:] in entries]
    gloss_vectors = teacher_vectors(["; ".join(entries[word].glosses) for word in glossed], cache)
    basis = reduce_teacher(pair_vectors, config.dimension)

    en_bags = _bags(tokenizer, vocabulary, [pair.en for pair in pairs])
    ja_bags = _bags(tokenizer, vocabulary, [pair.ja for pair in pairs])
    solo_bags = _bags(tokenizer, vocabulary, [*english, *glossed])
    row_counts = np.full(len(vocabulary.rows), 0.5)
    for bags in (en_bags, ja_bags, solo_bags):
        for one in bags:
            np.add.at(row_counts, one, 1)
    start = start_table(
        vocabulary.rows,
        row_counts,
        dict(zip(wordpieces, piece_vectors @ basis, strict=True)),
        dict(zip(glossed, gloss_vectors @ basis, strict=True)),
        vectors,
    )
    texts = TrainingTexts(
        en=Bags(en_bags),
        ja=Bags(ja_bags),
        en_goal=_unit(pair_vectors @ basis),
        solo=Bags(solo_bags),
        solo_goal=_unit(np.concatenate([english_vectors, gloss_vectors]) @ basis),
        scored_first=Bags(_bags(tokenizer, vocabulary, [pair.first for pair in scored])),
        scored_second=Bags(_bags(tokenizer, vocabulary, [pair.second for pair in scored])),
        scored_goal=torch.tensor([pair.similarity for pair in scored], dtype=torch.float32),
    )
    table = train_table(start, texts, config)

    def embed(some: Sequence[str]) -> NDArray[np.float32]:
        return _embed(table, _bags(tokenizer, vocabulary, some))

    first, second = embed([p.first for p in scored_held]), embed([p.second for p in scored_held])
    everyday = [pair for pair in held_out if not pair.source.startswith("absa")]
    reviews = [pair for pair in held_out if pair.source.startswith("absa")]
    figures = {
        "jsts_valid_spearman": _spearman((first * second).sum(axis=1), [p.similarity for p in scored_held]),
        "retrieval_everyday_ja_en": _retrieval(
            embed([p.ja for p in everyday]), embed([p.en for p in everyday])
        ),
        "retrieval_everyday_en_ja": _retrieval(
            embed([p.en for p in everyday]), embed([p.ja for p in everyday])
        ),
        "retrieval_reviews_ja_en": _retrieval(embed([p.ja for p in reviews]), embed([p.en for p in reviews])),
        "retrieval_reviews_en_ja": _retrieval(embed([p.en for p in reviews]), embed([p.ja for p in reviews])),
    }
    _log.info("encoder: %s", figures)
    return BuiltEncoder(vocabulary, tokenizer, table, figures)


def _count_japanese(tagger: fugashi.Tagger, texts: Iterable[str]) -> Counter[tuple[str, str]]:
    counts: Counter[tuple[str, str]] = Counter()
    for text in texts:
        for node in tagger(text):
            counts[(node.surface.lower(), (node.feature.orthBase or node.surface).lower())] += 1
    return counts


def _ginza_vectors() -> dict[str, NDArray[np.float32]]:
    """Read the word vectors of ja-ginza (MIT), which cover most unidic tokens."""
    from spacy.vocab import Vocab

    spec = find_spec("ja_ginza")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("ja-ginza is missing; pip install ja-ginza --no-deps")
    folder = next(Path(spec.origin).parent.glob("ja_ginza-*"))
    vocab = Vocab().from_disk(folder / "vocab")
    rows = vocab.vectors.data
    found = {}
    for key, row in vocab.vectors.key2row.items():
        found[vocab.strings[key].lower()] = rows[row]
    return found


def _dictionary_words(
    tagger: fugashi.Tagger, entries: Mapping[str, Entry], vectors: dict[str, NDArray[np.float32]]
) -> list[str]:
    """Common headwords that unidic takes as one token."""
    common = [word for word, entry in entries.items() if entry.common or word in vectors]
    return [word for word in common if len(list(tagger(word))) == 1][:_MOST_DICTIONARY_WORDS]


def _bags(tokenizer: Tokenizer, vocabulary: Vocabulary, texts: Sequence[str]) -> list[list[int]]:
    row_of_piece = vocabulary.row_of_piece
    encodings = tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
    return [[row_of_piece[piece] for piece in one.ids if row_of_piece[piece]] or [0] for one in encodings]


def _embed(table: NDArray[np.float32], bags: Sequence[Sequence[int]]) -> NDArray[np.float32]:
    vectors = np.stack([table[list(one)].mean(axis=0) for one in bags])
    scaled: NDArray[np.float32] = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return scaled


def _unit(vectors: NDArray[np.float32]) -> torch.Tensor:
    return torch.from_numpy(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def _spearman(first: NDArray[np.float32], second: Sequence[float]) -> float:
    from scipy.stats import spearmanr

    return float(spearmanr(first, second).statistic)


def _retrieval(queries: NDArray[np.float32], targets: NDArray[np.float32]) -> float:
    """Share of queries whose own translation is the nearest target."""
    return float(((queries @ targets.T).argmax(axis=1) == np.arange(len(queries))).mean())
