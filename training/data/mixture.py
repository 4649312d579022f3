"""The training mixture: our corpus first, public sets beside it with smaller weights."""

from collections.abc import Mapping
from pathlib import Path

from training.data.labelled import Labelled
from training.data.public import (
    read_absa_reviews,
    read_emotions,
    read_hotel_requests,
    read_hotel_reviews,
    read_regulator_complaints,
    read_restaurant_sentences,
    read_service_requests,
)

LICENCES: Mapping[str, str] = {
    "corpus": "Apache-2.0 (authored for this project)",
    "quasi_japanese_reviews": "CC BY 4.0 (Megagon Labs)",
    "m-absa": "Apache-2.0 (M-ABSA authors)",
    "mams": "Apache-2.0 (MAMS authors)",
    "bitext": "CDLA-Sharing 1.0 (Bitext)",
    "cfpb": "public domain (US Consumer Financial Protection Bureau)",
    "goemotions": "Apache-2.0 (Google Research)",
    "asdc": "CC BY 4.0 (Megagon Labs)",
}
"""Licence of every source that heads may learn from."""


def read_public(data: Path, sources: Mapping[str, float], *, seed: int) -> list[Labelled]:
    """Read the public sets that have a weight.

    Parameters
    ----------
    data : Path
        The folder with the public sets.
    sources : Mapping[str, float]
        Weight by source; a source without one is left out.
    seed : int
        Seed of the samples.

    Returns
    -------
    list[Labelled]
        Training parts only.
    """
    readers = {
        "quasi_japanese_reviews": lambda: read_hotel_reviews(data),
        "m-absa": lambda: read_absa_reviews(data, "train"),
        "mams": lambda: read_restaurant_sentences(data, "train"),
        "bitext": lambda: read_service_requests(data, most=1500, seed=seed),
        "cfpb": lambda: read_regulator_complaints(data),
        "goemotions": lambda: read_emotions(data, most=8000, seed=seed),
        "asdc": lambda: read_hotel_requests(data, most=2000, seed=seed),
    }
    return [row for source in readers if source in sources for row in readers[source]()]
