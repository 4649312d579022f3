"""Places new comments in their tenant's themes, in the transaction that stores them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from api.db.tables import CommentRow
from api.themes import models, repository
from api.themes.placing import Placed, analysis_of, comment_of, place
from api.themes.shelf import ThemeShelf
from api.themes.showing import show
from voc_nlp.schema import Language, ThemeMatch
from voc_nlp.topics.model import ThemeModel
from voc_nlp.topics.rules import follow, rules_of
from voc_nlp.topics.theme import Theme


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A comment on its way into the tables, masked, with its analysis as it is stored."""

    row: CommentRow
    analysis: Mapping[str, Any]


def embed(newcomers: Sequence[Newcomer], model: ThemeModel, shelf: ThemeShelf) -> dict[str, bytes]:
    """Embed new comments; it takes the most time, and needs no transaction.

    Parameters
    ----------
    newcomers : Sequence[Newcomer]
        The comments.
    model : ThemeModel
        Has the tenant's words.
    shelf : ThemeShelf
        The encoder.

    Returns
    -------
    dict[str, bytes]
        Vector by comment id.
    """
    vectors = shelf.embed([one.row.masked_text for one in newcomers], model.dictionary)
    return {one.row.id: vector for one, vector in zip(newcomers, vectors, strict=True)}


def store(
    session: Session,
    tenant_id: str,
    newcomers: Sequence[Newcomer],
    vectors: Mapping[str, bytes],
    embedded_by: ThemeModel,
    found: Mapping[str, tuple[Placed, ...]],
    *,
    shelf: ThemeShelf,
    zone: tzinfo,
    now: datetime,
) -> dict[str, list[dict[str, Any]]]:
    """Store the vectors of new comments and their themes by the model that is current now.

    Parameters
    ----------
    session : Session
        The session that stored the comments; the model stays as it is until it ends.
    tenant_id : str
        Whose comments.
    newcomers : Sequence[Newcomer]
        The comments.
    vectors : Mapping[str, bytes]
        What `embed` made.
    embedded_by : ThemeModel
        The model whose words were applied; when they have changed since, texts are embedded again.
    found : Mapping[str, tuple[Placed, ...]]
        What `find` found by that model; when it has changed since, themes are found again.
    shelf : ThemeShelf
        The encoder.
    zone : tzinfo
        Of the tenant's calendar.
    now : datetime
        The present.

    Returns
    -------
    dict[str, list[dict[str, Any]]]
        The themes of each comment, as an analysis shows them.
    """
    if not newcomers:
        return {}
    model = models.lock_current(session, tenant_id, shelf, shared=True, now=now)
    if model.dictionary.version != embedded_by.dictionary.version:
        vectors = embed(newcomers, model, shelf)
    repository.add_vectors(
        session,
        [
            {
                "comment_id": one.row.id,
                "tenant_id": tenant_id,
                "encoder": shelf.fingerprint,
                "language": one.analysis["language"],
                "meaningful": one.analysis["meaningful"],
                "vector": vectors[one.row.id],
            }
            for one in newcomers
        ],
    )
    is_same = model.revision == embedded_by.revision
    placed = found if is_same else find(newcomers, vectors, model, shelf=shelf, zone=zone)
    placed = {one.row.id: placed[one.row.id] for one in newcomers}
    repository.put_themes(session, tenant_id, placed, are_new=True)
    return {
        one.row.id: show(model, placed.get(one.row.id, ()), one.analysis["language"]) for one in newcomers
    }


def find(
    newcomers: Sequence[Newcomer],
    vectors: Mapping[str, bytes],
    model: ThemeModel,
    *,
    shelf: ThemeShelf,
    zone: tzinfo,
) -> dict[str, tuple[Placed, ...]]:
    """Find the themes of new comments; a model of another encoder has only rules and corrections to say.

    Parameters
    ----------
    newcomers : Sequence[Newcomer]
        The comments.
    vectors : Mapping[str, bytes]
        What `embed` made.
    model : ThemeModel
        The tenant's themes.
    shelf : ThemeShelf
        The encoder.
    zone : tzinfo
        Of the tenant's calendar.

    Returns
    -------
    dict[str, tuple[Placed, ...]]
        By comment id, best first.
    """
    usable = [one for one in newcomers if one.analysis["meaningful"]]
    rules = rules_of(model)
    order = {theme.id: place for place, theme in enumerate(rules)}
    learnt: dict[str, tuple[ThemeMatch, ...]] = {}
    own: dict[str, NDArray[np.float32]] = {}
    if usable and shelf.can_use(model):
        ids = [one.row.id for one in usable]
        rows = shelf.unpack([vectors[comment_id] for comment_id in ids])
        found = model.assign(rows, [Language(one.analysis["language"]) for one in usable])
        learnt, own = dict(zip(ids, found, strict=True)), dict(zip(ids, rows, strict=True))
    placed: dict[str, tuple[Placed, ...]] = {}
    for one in newcomers:
        ruled: list[Theme] = []
        if rules and one.analysis["meaningful"]:
            comment, analysis = comment_of(one.row, zone), analysis_of(one.analysis)
            ruled = follow(rules, comment, analysis, model.dictionary)
        placed[one.row.id] = place(
            model,
            one.row.id,
            learnt.get(one.row.id, ()),
            {rule.id: order[rule.id] for rule in ruled},
            own.get(one.row.id),
            Language(one.analysis["language"]),
        )
    return placed
