"""Scores a part of a re-scoring: reads, analyses, finds themes and tickets; locks and writes nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from api.analysis.singly import analyze_singly
from api.comments.made_by import made_by
from api.comments.masking import to_stored
from api.db.engine import Database
from api.db.ids import new_id
from api.db.tables import AnalysisRow
from api.deps import Analyzer
from api.intake import refused
from api.policies.past import PastComment
from api.policy import versions
from api.policy.conditions import Case
from api.policy.rulebook import Rulebook
from api.rescoring.asking import Ask, Tickets
from api.rescoring.stored import Known, read_known
from api.rescoring.texts import carry_personal_data
from api.themes.again import Found, Standing, find_again, read_standing
from api.themes.intake import Newcomer
from api.themes.placing import comment_of
from api.themes.shelf import ThemeShelf
from api.themes.showing import names_of
from api.tickets.intake import thread_key
from api.tickets.opening import Opening, decide
from api.vault.master import Vault
from voc_nlp.schema import Analysis, Refusal

_SLICE = 50
"""Comments between two signs of life of the worker."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What a worker brings along."""

    database: Database
    analyzer: Analyzer
    shelf: ThemeShelf
    rulebook: Rulebook
    vault: Vault | None = None

    @property
    def zone(self) -> tzinfo:
        """Of the calendar."""
        return self.rulebook.policy.calendar.zone


@dataclass(frozen=True, slots=True)
class Scored:
    """A comment with its new analysis, as it is to be stored."""

    known: Known
    analysis: Analysis
    new: AnalysisRow


@dataclass(frozen=True, slots=True)
class Failed:
    """A comment that the models refuse, or break at (`refusal` is None); it keeps its analysis."""

    comment_id: str
    refusal: Refusal | None


@dataclass(frozen=True, slots=True)
class Deserving:
    """A comment without a ticket that deserves one by its new analysis."""

    past: PastComment
    openings: tuple[Opening, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A part that is worked out; `standing` and `found` are by the same model of the themes."""

    ids: tuple[str, ...]
    scored: tuple[Scored, ...]
    failed: tuple[Failed, ...]
    standing: Standing
    found: Found
    deserving: tuple[Deserving, ...]
    rulebook: Rulebook


def prepare(
    tools: Tools,
    tenant_id: str,
    ids: Sequence[str],
    ask: Ask,
    step: Callable[[int], None],
    now: datetime,
) -> Prepared:
    """Work a part out.

    Parameters
    ----------
    tools : Tools
        What the worker brings along.
    tenant_id : str
        Whose comments.
    ids : Sequence[str]
        Their ids; those that are gone are left out.
    ask : Ask
        What was asked for.
    step : Callable[[int], None]
        Called before so many comments are analysed; an error that it raises ends the work.
    now : datetime
        The present.

    Returns
    -------
    Prepared
        For `write`.
    """
    with tools.database.reading() as session:
        known = read_known(session, tools.vault, tenant_id, ids)
        standing = read_standing(session, tenant_id, [one.row.id for one in known], tools.shelf)
        rulebook = versions.rulebook_in_force(session, tenant_id, tools.rulebook, now)
    scored: list[Scored] = []
    failed: list[Failed] = []
    for start in range(0, len(known), _SLICE):
        some = known[start : start + _SLICE]
        step(len(some))
        for one, answer in zip(some, _analyze(tools, some), strict=True):
            if isinstance(answer, Analysis):
                scored.append(Scored(one, answer, _new_row(one, answer, now)))
            else:
                failed.append(Failed(one.row.id, answer))
    found = find_again(newcomers(scored), standing, shelf=tools.shelf, zone=tools.zone)
    deserving: tuple[Deserving, ...] = ()
    if ask.tickets is Tickets.OPEN:
        deserving = _deserving(scored, found, rulebook, now)
    return Prepared(tuple(ids), tuple(scored), tuple(failed), standing, found, deserving, rulebook)


def newcomers(scored: Sequence[Scored]) -> list[Newcomer]:
    """Return comments with their new analyses, as themes look at them.

    Parameters
    ----------
    scored : Sequence[Scored]
        The comments.

    Returns
    -------
    list[Newcomer]
        In the same order.
    """
    return [Newcomer(one.known.row, one.new.body) for one in scored]


def note_makers(scored: Sequence[Scored], found: Found, departments: str) -> None:
    """Write down what made the new analyses.

    Parameters
    ----------
    scored : Sequence[Scored]
        The comments; their new rows are changed.
    found : Found
        Their themes.
    departments : str
        Fingerprint of the departments that the models were given.
    """
    for one in scored:
        themes = [theme.theme_id for theme in found.themes[one.known.row.id]]
        version = one.analysis.model_version
        one.new.made_by = made_by(version, departments, found.model, one.known.chosen.kind, themes)


def error_of(failed: Failed) -> tuple[str, str, str]:
    """Say why a comment could not be scored.

    Parameters
    ----------
    failed : Failed
        The comment.

    Returns
    -------
    tuple[str, str, str]
        Code, and the message in English and Japanese.
    """
    if failed.refusal is not None:
        why = refused(failed.refusal)
        return why.code, why.detail.en, why.detail.ja
    return (
        "analysis_failed",
        "the analysis of this comment failed; it keeps the one it has",
        "このコメントの分析に失敗しました。以前の分析結果を維持します",
    )


def _analyze(tools: Tools, some: Sequence[Known]) -> list[Analysis | Refusal | None]:
    comments = []
    for one in some:
        comment = comment_of(one.row, tools.zone)
        comments.append(replace(comment, text=one.chosen.text))
    return analyze_singly(tools.analyzer, comments)


def _new_row(one: Known, analysis: Analysis, now: datetime) -> AnalysisRow:
    """Make the row of a new analysis; who made it is written down when its themes are known for sure."""
    body = to_stored(analysis.to_dict(), one.chosen.masked)
    body["pii"] = carry_personal_data(body, one.analysis.body, one.chosen.masked)
    return AnalysisRow(
        id=new_id("ana"),
        tenant_id=one.row.tenant_id,
        comment_id=one.row.id,
        is_current=True,
        model_version=analysis.model_version,
        body=body,
        analyzed_at=now,
    )


def _deserving(
    scored: Sequence[Scored], found: Found, rulebook: Rulebook, now: datetime
) -> tuple[Deserving, ...]:
    """Ask the rules about comments by their new analyses; hours run from now."""
    zone = rulebook.policy.calendar.zone
    deserving = []
    for one in scored:
        row = one.known.row
        names = names_of(found.model, found.themes[row.id])
        received_at = row.received_at.astimezone(zone)
        case = Case(comment_of(row, zone), one.analysis, received_at, names, found.model.dictionary)
        openings = decide(case, policy=rulebook.policy, taxonomy=rulebook.taxonomy, now=now)
        if openings:
            mark = (row.received_at, row.id)
            thread = thread_key(row.source, row.extra)
            deserving.append(
                Deserving(PastComment(mark, row.customer_id, thread, case, has_ticket=False), openings)
            )
    return tuple(deserving)
