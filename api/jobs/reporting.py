"""Adds the counts of a re-scoring's parts up, and shows the examples' texts."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from api.db.tables import JobRow
from api.jobs import repository
from api.jobs.lines import unpack
from api.rescoring.report import build_report
from api.rescoring.tally import Tally
from api.themes.stored import texts_by_id


def report_of(session: Session, job: JobRow, examples: int) -> dict[str, Any]:
    """Make the report of a re-scoring, as far as it has come.

    Parameters
    ----------
    session : Session
        A reading session.
    job : JobRow
        The job.
    examples : int
        Most examples of a task.

    Returns
    -------
    dict[str, Any]
        A `RescoreReportOut`; its cost grows with the parts, not with the comments.
    """
    tally = Tally()
    for told in repository.reports_of(session, job.id):
        tally.merge(json.loads(unpack(told)[0]))
    dry_run = bool(job.asked and job.asked["dry_run"])
    return build_report(job.id, job.state, dry_run=dry_run, tally=tally, examples=examples)


def with_texts(session: Session, report: Mapping[str, Any]) -> Mapping[str, Any]:
    """Put the masked texts beside the examples, for who may read comments.

    Parameters
    ----------
    session : Session
        A reading session.
    report : Mapping[str, Any]
        What `report_of` made; its examples are changed.

    Returns
    -------
    Mapping[str, Any]
        The same.
    """
    shown = [each for told in report["tasks"].values() for each in told["examples"]]
    texts = texts_by_id(session, {each["id"] for each in shown})
    for each in shown:
        each["text"] = texts.get(each["id"])
    return report
