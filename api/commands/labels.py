"""Labels to learn from: ``export-labels``."""

import argparse
import sys
from datetime import datetime
from pathlib import Path

from api.clock import utc_now
from api.commands.line import Commands
from api.commands.opening import opened_database
from api.corrections.export import Wanted, export_labels
from api.corrections.tasks import Task
from api.db.upgrade import upgrade
from api.errors import ConfigurationError
from api.keys.service import BOOTSTRAP_TENANT
from api.policy.rulebook import load_rulebook
from api.settings import Settings


def add_to(commands: Commands) -> None:
    """Add this file's commands to the command line.

    Parameters
    ----------
    commands : Commands
        The parser of the program.
    """
    export = commands.add_parser(
        "export-labels", help="write people's corrections as labels that `python -m training` learns from"
    )
    export.add_argument("out", type=Path, metavar="OUT.jsonl")
    export.add_argument("--tenant", default=BOOTSTRAP_TENANT, help="whose comments (default: %(default)s)")
    export.add_argument("--since", help="only comments corrected since, as 2026-04-01 or with a time")
    export.add_argument(
        "--task",
        action="append",
        choices=[task.value for task in Task],
        help="only this task; may be given several times",
    )
    export.set_defaults(command=_export)


def _export(settings: Settings, options: argparse.Namespace) -> int:
    """Write the file, and say what is in it."""
    out: Path = options.out
    if out.suffix != ".jsonl" or not out.parent.is_dir():
        raise ConfigurationError(f"met {out}; expected a name that ends in .jsonl, in a folder that is there")
    tasks = tuple(task for task in Task if not options.task or task.value in options.task)
    wanted = Wanted(options.tenant, tasks, _since(settings, options.since))
    with opened_database(settings) as database:
        upgrade(database)
        try:
            told = export_labels(database, wanted, out, utc_now())
        except OSError as error:
            raise ConfigurationError(f"{out} cannot be written: {error.strerror}") from None
    labels = ", ".join(f"{task} {count}" for task, count in sorted(told.labels.items())) or "none"
    sys.stdout.write(f"{told.comments} comments; labels: {labels}\n")
    if told.disagreed:
        left = ", ".join(f"{task} {count}" for task, count in sorted(told.disagreed.items()))
        sys.stdout.write(f"left out, annotators disagree: {left}\n")
    if told.erased:
        sys.stdout.write(f"erased persons' labelled comments that are not in it: {told.erased}\n")
    return 0


def _since(settings: Settings, text: str | None) -> datetime | None:
    """Read a time; without a zone it is the calendar's."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(f"met --since {text!r}; expected a day such as 2026-04-01") from None
    return at if at.tzinfo else at.replace(tzinfo=load_rulebook(settings.config_dir).policy.calendar.zone)
