"""What a change of the themes moves: worked out without a lock, then written in one transaction.

Nothing is embedded again that the change leaves alone, no text is read that no rule asks
for, and only comments whose themes differ are written.
"""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from api.db.ids import first_id
from api.themes import models, repository, stored
from api.themes.etag import StaleRevisionError
from api.themes.movement import Movement
from api.themes.placing import (
    RULE,
    Placed,
    analysis_of,
    language_alone,
    place,
)
from api.themes.repository import StoredVector
from api.themes.shelf import ThemeShelf
from voc_nlp.schema import Language, ThemeMatch
from voc_nlp.text.dictionary import Dictionary
from voc_nlp.text.normalize import normalize
from voc_nlp.topics.hierarchy import leaves_of
from voc_nlp.topics.model import ThemeModel
from voc_nlp.topics.rules import follow, query_of, rules_of
from voc_nlp.topics.theme import Theme, ThemeKind

_LONGEST_COMMIT_S = 120
"""Between the making of an analysis's id and its commit, the difference of two machines' clocks included."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What of the assignments a change can touch.

    Parameters
    ----------
    relearn : bool
        Whether comments are compared with the themes again.
    fresh_rules : tuple[Theme, ...]
        Rule themes that are asked again; the others keep their comments.
    reword : bool
        Whether the dictionary writes texts in another way.
    corrected : frozenset[str]
        Comments to which a person gives another theme, or whose theme from a person takes them otherwise.
    gone_rules : frozenset[str]
        Rule themes that hold no comments any more.
    """

    relearn: bool
    fresh_rules: tuple[Theme, ...]
    reword: bool
    corrected: frozenset[str]
    gone_rules: frozenset[str]

    @property
    def everybody(self) -> bool:
        """Whether all comments must be looked at."""
        return self.relearn or self.reword or bool(self.fresh_rules) or bool(self.gone_rules)


@dataclass(slots=True)
class Plan:
    """A change that is worked out: the new model, and what is to be written.

    Analyses that were there when it was begun have an id below `fresh_analyses`.
    """

    base: ThemeModel
    model: ThemeModel
    reach: Reach
    movement: Movement = field(default_factory=Movement)
    themes: dict[str, tuple[Placed, ...]] = field(default_factory=dict)
    vectors: dict[str, bytes] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    fresh_analyses: str = field(default_factory=lambda: first_id("ana", time.time() - _LONGEST_COMMIT_S))


def reach_of(base: ThemeModel, model: ThemeModel) -> Reach:
    """Find out what of the assignments a change can touch.

    Parameters
    ----------
    base : ThemeModel
        The themes before.
    model : ThemeModel
        The themes after.

    Returns
    -------
    Reach
        Nothing at all for a new name, a pin or another place in the hierarchy.
    """
    reword = (base.dictionary.synonyms, base.dictionary.compounds) != (
        model.dictionary.synonyms,
        model.dictionary.compounds,
    )
    before = {theme.id: theme.query for theme in rules_of(base)}
    after = rules_of(model)
    fresh = tuple(
        rule for rule in after if before.get(rule.id) != rule.query or (reword and query_of(rule).needs_words)
    )
    changed = {
        comment_id
        for comment_id in {*base.corrections, *model.corrections}
        if base.corrections.get(comment_id, ...) != model.corrections.get(comment_id, ...)
    }
    given = {theme_id for theme_id in base.corrections.values() if theme_id is not None}
    stands = {theme_id for theme_id in given if _takes(base, theme_id) == _takes(model, theme_id)}
    changed |= {one for one, theme_id in model.corrections.items() if theme_id in given - stands}
    return Reach(
        relearn=not _learns_alike(base, model),
        fresh_rules=fresh,
        reword=reword,
        corrected=frozenset(changed),
        gone_rules=frozenset(before) - {rule.id for rule in after},
    )


def plan_change(
    session: Session,
    tenant_id: str,
    base: ThemeModel,
    model: ThemeModel,
    *,
    shelf: ThemeShelf,
    zone: tzinfo,
) -> Plan:
    """Work out what a change moves.

    Parameters
    ----------
    session : Session
        A reading session.
    tenant_id : str
        Whose comments.
    base : ThemeModel
        The themes before.
    model : ThemeModel
        The themes after.
    shelf : ThemeShelf
        The encoder.
    zone : tzinfo
        Of the tenant's calendar.

    Returns
    -------
    Plan
        For `apply_plan`; its `movement` is what a dry run answers.
    """
    plan = Plan(base, model, reach_of(base, model))
    if plan.reach.everybody:
        _look_at(session, tenant_id, plan, None, shelf, zone)
    elif plan.reach.corrected:
        _look_at(session, tenant_id, plan, plan.reach.corrected, shelf, zone)
    return plan


def apply_plan(
    session: Session,
    tenant_id: str,
    plan: Plan,
    *,
    shelf: ThemeShelf,
    zone: tzinfo,
    action: str,
    actor: str,
    now: datetime,
) -> None:
    """Write a change; comments that came in since it was worked out, or were analysed again, are placed too.

    Parameters
    ----------
    session : Session
        A writing session.
    tenant_id : str
        Whose comments.
    plan : Plan
        The change.
    shelf : ThemeShelf
        The encoder.
    zone : tzinfo
        Of the tenant's calendar.
    action : str
        What is done.
    actor : str
        Who does it.
    now : datetime
        The present.

    Raises
    ------
    StaleRevisionError
        If the themes have changed since; nothing is written.
    """
    held = models.lock_current(session, tenant_id, shelf, shared=False, now=now)
    if held.revision != plan.base.revision:
        raise StaleRevisionError(held.revision)
    if plan.reach.everybody:
        present = repository.comment_ids(session, tenant_id)
    else:
        present = repository.known_to_themes(session, plan.seen)
    changed = present - plan.seen
    if plan.seen:
        changed |= repository.analysed_since(session, tenant_id, plan.fresh_analyses) & present
    if changed:
        _look_at(session, tenant_id, plan, changed, shelf, zone)
    for gone in plan.seen - present:
        plan.themes.pop(gone, None)
        plan.vectors.pop(gone, None)
    repository.change_vectors(session, shelf.fingerprint, plan.vectors)
    repository.put_themes(session, tenant_id, plan.themes)
    models.store_next(session, tenant_id, plan.model, plan.base, action=action, actor=actor, now=now)


def _look_at(
    session: Session,
    tenant_id: str,
    plan: Plan,
    only: Collection[str] | None,
    shelf: ThemeShelf,
    zone: tzinfo,
) -> None:
    """Compare what comments have with what they would have."""
    rules = rules_of(plan.model)
    order = {theme.id: number for number, theme in enumerate(rules)}
    kept_rules = frozenset(order) - {rule.id for rule in plan.reach.fresh_rules}
    for rows in repository.vector_chunks(session, tenant_id, only):
        ids = [row.comment_id for row in rows]
        if only is None:
            before = repository.themes_between(session, tenant_id, ids[0], ids[-1])
        else:
            before = repository.themes_of(session, ids)
        vectors = _vectors(session, rows, plan, shelf)
        learnt: list[tuple[ThemeMatch, ...]] = [()] * len(rows)
        usable = [number for number, row in enumerate(rows) if row.meaningful]
        own: dict[str, NDArray[np.float32]] = {}
        if usable and shelf.can_use(plan.model):
            unpacked = shelf.unpack([vectors[number] for number in usable])
            found = plan.model.assign(unpacked, [Language(rows[number].language) for number in usable])
            for number, matches, vector in zip(usable, found, unpacked, strict=True):
                learnt[number] = matches
                own[rows[number].comment_id] = vector
        ruled = _ask_rules(session, [rows[number] for number in usable], plan, zone)
        for row, matches in zip(rows, learnt, strict=True):
            comment_id = row.comment_id
            old = before.get(comment_id, ())
            kept = {one.theme_id for one in old if one.origin == RULE and one.theme_id in kept_rules}
            of_rules = {one: order[one] for one in kept | ruled.get(comment_id, frozenset())}
            language = Language(row.language)
            new = place(plan.model, comment_id, matches, of_rules, own.get(comment_id), language)
            if (row.meaningful or old or new) and comment_id not in plan.seen:
                plan.movement.note(comment_id, old, new)
            plan.seen.add(comment_id)
            if new != old:
                plan.themes[comment_id] = new
            else:
                plan.themes.pop(comment_id, None)


def _vectors(session: Session, rows: Sequence[StoredVector], plan: Plan, shelf: ThemeShelf) -> list[bytes]:
    """Return the vectors of comments; those that the change or another encoder makes stale are made anew."""
    vectors = [row.vector for row in rows]
    foreign = {row.comment_id for row in rows if row.encoder != shelf.fingerprint}
    wanted = [row.comment_id for row in rows] if plan.reach.reword else sorted(foreign)
    if not wanted:
        return vectors
    texts = stored.texts_by_id(session, wanted)
    stale = {
        comment_id: text
        for comment_id, text in texts.items()
        if comment_id in foreign or _reads_otherwise(text, plan.base.dictionary, plan.model.dictionary)
    }
    made = dict(zip(stale, shelf.embed(list(stale.values()), plan.model.dictionary), strict=True))
    plan.vectors.update(made)
    return [made.get(row.comment_id, row.vector) for row in rows]


def _reads_otherwise(text: str, before: Dictionary, after: Dictionary) -> bool:
    plain = normalize(text).text
    return before.apply_synonyms(plain) != after.apply_synonyms(plain)


def _ask_rules(
    session: Session, rows: Sequence[StoredVector], plan: Plan, zone: tzinfo
) -> Mapping[str, frozenset[str]]:
    """Ask the rules that the change touches."""
    rules = plan.reach.fresh_rules
    if not rows or not rules:
        return {}
    ids = [row.comment_id for row in rows]
    comments = stored.comments_by_id(session, ids, zone)
    if any(query_of(rule).needs_analysis for rule in rules):
        bodies = stored.analyses_by_comment(session, ids)
        analyses = {comment_id: analysis_of(body) for comment_id, body in bodies.items()}
    else:
        analyses = {row.comment_id: language_alone(row.comment_id, row.language) for row in rows}
    return {
        comment_id: frozenset(
            rule.id
            for rule in follow(rules, comments[comment_id], analyses[comment_id], plan.model.dictionary)
        )
        for comment_id in ids
        if comment_id in analyses and comment_id in comments
    }


def _learns_alike(base: ThemeModel, model: ThemeModel) -> bool:
    """Say whether two models find the same learnt themes in every vector."""
    if base.threshold != model.threshold or _owning(base) != _owning(model):
        return False
    pairs = (
        (base.prototypes, model.prototypes),
        (base.owners, model.owners),
        (base.centers, model.centers),
    )
    return all(one is other or np.array_equal(one, other) for one, other in pairs)


def _takes(model: ThemeModel, theme_id: str) -> tuple[bool, list[str]] | None:
    """Tell what `stand_in` asks of a theme besides vectors; None where there is none of that id."""
    theme = next((one for one in model.themes if one.id == theme_id), None)
    if theme is None:
        return None
    parts = leaves_of(model.themes, theme_id) if theme.kind is ThemeKind.GROUP else [theme]
    return theme.archived, [part.id for part in parts]


def _owning(model: ThemeModel) -> list[tuple[int, str, bool]]:
    places = np.unique(model.owners).tolist()
    return [(place, model.themes[place].id, model.themes[place].archived) for place in places]
