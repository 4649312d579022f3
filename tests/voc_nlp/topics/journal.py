"""The bundled journal as days, topics and vectors, for tests that need real comments."""

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voc_nlp.artifacts import open_folder
from voc_nlp.loading import load_embedder, shipped_models
from voc_nlp.text.prepare import prepare
from voc_nlp.topics.comparing import take_out
from voc_nlp.topics.model import THEMES_KIND

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
    directions = open_folder(folder, THEMES_KIND).tensors("prototypes")["circumstances"]
    return Journal(
        records=records,
        days=[date.fromisoformat(record["created_at"][:10]) for record in records],
        topics=[record["topic"] for record in records],
        vectors=take_out(load_embedder().embed(texts), directions),
    )
