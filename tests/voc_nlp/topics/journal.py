"""The bundled journal as days, topics and vectors, for tests that need real comments."""

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voc_nlp.loading import load_embedder, shipped_models
from voc_nlp.schema import Language
from voc_nlp.text.prepare import prepare
from voc_nlp.topics.model import ThemeModel

JOURNAL = Path(__file__).parents[3] / "samples" / "journal.jsonl"
PLANTED = "qr_payment_error"


@dataclass(frozen=True)
class Journal:
    """Comments in the order of their days."""

    records: list[dict[str, Any]]
    days: list[date]
    topics: list[str]
    vectors: NDArray[np.float32]


@cache
def read_journal() -> Journal:
    """Read and embed the journal."""
    records = [json.loads(line) for line in JOURNAL.read_text(encoding="utf-8").splitlines()]
    texts = [prepare(record["text"], record["lang"]).normalized.text for record in records]
    folder = sorted((shipped_models() / "themes").iterdir())[-1]
    languages = [Language(record["lang"]) for record in records]
    return Journal(
        records=records,
        days=[date.fromisoformat(record["created_at"][:10]) for record in records],
        topics=[record["topic"] for record in records],
        vectors=ThemeModel.load(folder).bare(load_embedder().embed(texts), languages),
    )
