"""Scores stored comments again: ``rescore``."""

import argparse
import json
import sys
import threading
from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from api.analysis.registry import RegistryWatch
from api.clock import utc_now
from api.commands.line import Commands
from api.commands.opening import check_keys, opened_database
from api.commands.working import models_of, rescore_lane
from api.db.engine import Database
from api.db.upgrade import upgrade
from api.errors import ConfigurationError, NotFoundError
from api.heartbeat import last_pass_at
from api.jobs import repository
from api.jobs.assembling import JobRequest
from api.jobs.ordering import order_rescoring
from api.jobs.reporting import report_of
from api.keys.service import BOOTSTRAP_TENANT
from api.policy.rulebook import Rulebook, load_rulebook
from api.rescoring.asking import ANY_VERSION, KIND, Ask, Makers, Tickets
from api.rescoring.wording import as_markdown
from api.settings import Settings
from api.themes import models
from api.themes.errors import check_known
from api.themes.shelf import ThemeShelf
from voc_nlp.topics.hierarchy import subtree_of

_ACTOR = "operator"
_ALIVE_FOR = timedelta(seconds=60)
"""A worker that completed no pass for so long is not waited for."""
_LOOK_EVERY_S = 1.0
_EXAMPLES = 5


def add_to(commands: Commands) -> None:
    """Add this file's command to the command line.

    Parameters
    ----------
    commands : Commands
        The parser of the program.
    """
    rescore = commands.add_parser("rescore", help="score stored comments again; prints the id of the job")
    rescore.add_argument("--tenant", default=BOOTSTRAP_TENANT)
    rescore.add_argument("--from", dest="start", type=_day, metavar="YYYY-MM-DD", help="first day")
    rescore.add_argument("--to", dest="end", type=_day, metavar="YYYY-MM-DD", help="last day")
    rescore.add_argument("--language", choices=("ja", "en"))
    rescore.add_argument("--source")
    rescore.add_argument("--department", help="one of the owners")
    rescore.add_argument("--theme", help="id of a theme; a group stands for all below it")
    rescore.add_argument(
        "--model-version",
        help=f"only what this version analysed; {ANY_VERSION!r} takes all; without it, what other models or "
        "departments than the present ones analysed",
    )
    rescore.add_argument("--tickets", choices=[each.value for each in Tickets], default=Tickets.LEAVE.value)
    rescore.add_argument("--dry-run", action="store_true", help="write the report, and nothing else")
    rescore.add_argument(
        "--wait",
        action="store_true",
        help="show progress, then print the report; works the job off itself while no worker is alive",
    )
    rescore.add_argument("--json", action="store_true", help="with --wait: the report as JSON, not Markdown")
    rescore.set_defaults(command=_rescore)


def _rescore(settings: Settings, options: argparse.Namespace) -> int:
    """Order a re-scoring, and wait for it where that was asked for."""
    if options.start is not None and options.end is not None and options.end < options.start:
        raise ConfigurationError("--to lies before --from; exchange them")
    rulebook = load_rulebook(settings.config_dir)
    ask = Ask(
        present=Makers(
            RegistryWatch(settings.models_dir, settings.tier).first().version, rulebook.taxonomy.fingerprint()
        ),
        start=options.start,
        end=options.end,
        language=options.language,
        source=options.source,
        department=options.department,
        theme=options.theme,
        model_version=options.model_version,
        tickets=Tickets(options.tickets),
        dry_run=options.dry_run,
    )
    with opened_database(settings) as database:
        upgrade(database)
        check_keys(database, settings)
        themes = _themes(database, settings, options.tenant, ask.theme)
        request = JobRequest(options.tenant, _ACTOR, KIND, "en")
        zone = rulebook.policy.calendar.zone
        row, _ = order_rescoring(database, request, ask, themes, zone, utc_now)
        if not options.wait:
            sys.stdout.write(f"{row.id}\n")
            return 0
        sys.stderr.write(f"{row.id}: {row.total} comments\n")
        report = _wait(settings, database, rulebook, options.tenant, row.id)
    told = json.dumps(report, ensure_ascii=False) + "\n" if options.json else as_markdown(report)
    sys.stdout.write(told)
    return 0 if report["state"] == "succeeded" else 1


def _wait(
    settings: Settings, database: Database, rulebook: Rulebook, tenant_id: str, job_id: str
) -> dict[str, Any]:
    """Show progress until the job has ended; work it off while no worker is alive."""
    stop = threading.Event()
    lane = rescore_lane(settings, database, rulebook, models_of(settings, rulebook).analyzer, stop)
    began = utc_now()
    shown = -1
    while True:
        with database.reading() as session:
            row = repository.find(session, tenant_id, job_id)
            if row is None:
                raise ConfigurationError(f"{job_id} was deleted while it was waited for")
            report = None if row.ended_at is None else report_of(session, row, _EXAMPLES)
            beat = last_pass_at(session)
        done = row.succeeded + row.failed
        if done != shown:
            sys.stderr.write(f"{job_id}: {done} of {row.total}, {_pace(done, began)} comments/s\n")
            shown = done
        if report is not None:
            return report
        if beat is None or utc_now() - beat > _ALIVE_FOR:
            lane.run_once(1)
        else:
            stop.wait(_LOOK_EVERY_S)


def _pace(done: int, began: datetime) -> str:
    seconds = (utc_now() - began).total_seconds()
    return f"{done / seconds:.0f}" if seconds > 0 else "0"


def _themes(
    database: Database, settings: Settings, tenant_id: str, theme: str | None
) -> Collection[str] | None:
    """Find a theme with all below it."""
    if theme is None:
        return None
    shelf = ThemeShelf.load(RegistryWatch(settings.models_dir, settings.tier).first())
    with database.reading() as session:
        model = models.current(session, tenant_id, shelf)
    try:
        check_known(model, theme)
    except NotFoundError:
        raise ConfigurationError(f"the tenant {tenant_id!r} has no theme {theme!r}") from None
    return subtree_of(model.themes, theme)


def _day(text: str) -> date:
    """Read a day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"met {text!r}, expected a day such as 2026-04-01") from None
