"""Does what happens by the clock and what waits in queues: ``worker``."""

import argparse
import signal
import sys
import threading
from collections.abc import Callable
from datetime import timedelta

from api.analysis.registry import RegistryWatch
from api.clock import utc_now
from api.commands.line import Commands, seconds
from api.commands.opening import check_keys, opened_database
from api.db.engine import Database
from api.db.upgrade import upgrade
from api.deps import Analyzer
from api.policy.rulebook import Rulebook, load_rulebook
from api.privacy.retention import rules_of
from api.rescoring.pace import Pace
from api.settings import Settings
from api.vault.master import vault_of
from api.worker.assignment import AssignmentLane
from api.worker.clock import ClockLane
from api.worker.delivery import lane_of
from api.worker.drift import DriftLane
from api.worker.jobs import JobLane
from api.worker.lanes import Lane, run_lanes
from api.worker.models import WorkerModels
from api.worker.rescoring import RescoreLane
from api.worker.retention import RetentionLane
from api.worker.themes import ThemeLane
from api.worker.upkeep import UpkeepLane


def add_to(commands: Commands) -> None:
    """Add this file's commands to the command line.

    Parameters
    ----------
    commands : Commands
        The parser of the program.
    """
    worker = commands.add_parser(
        "worker", help="escalate tickets, deliver webhooks, work off jobs, fit themes"
    )
    worker.add_argument("--once", action="store_true", help="one pass of everything, then exit")
    worker.add_argument("--interval-s", type=seconds, help="seconds between passes (VOC_WORKER_INTERVAL_S)")
    worker.set_defaults(command=_worker)


def _worker(settings: Settings, options: argparse.Namespace) -> int:
    """Run all lanes, once or until told to stop."""
    with opened_database(settings) as database:
        upgrade(database)
        check_keys(database, settings)
        stop = threading.Event()
        rulebook = load_rulebook(settings.config_dir)
        models = models_of(settings, rulebook)
        lanes = _lanes(settings, database, rulebook, models, stop)
        if options.once:
            passes = {lane.name: lane.run_once() for lane in lanes}
            sys.stdout.write(
                ", ".join(f"{name}: {done.done} done, {done.failed} failed" for name, done in passes.items())
                + "\n"
            )
            return 1 if any(done.failed for done in passes.values()) else 0
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        signal.signal(signal.SIGHUP, lambda *_: models.ask())
        run_lanes(lanes, stop, options.interval_s or settings.worker_interval_s)
    return 0


def _lanes(
    settings: Settings, database: Database, rulebook: Rulebook, models: WorkerModels, stop: threading.Event
) -> list[Lane]:
    """Name everything that a worker does; each lane has a thread, none waits for another."""
    return [
        ClockLane(database, rulebook, utc_now),
        AssignmentLane(database, rulebook, utc_now),
        ThemeLane(database, models.shelf, rulebook.policy.calendar.zone, utc_now),
        UpkeepLane(database, utc_now, timedelta(hours=settings.idempotency_ttl_h)),
        DriftLane(database, rulebook.policy.calendar.zone, utc_now),
        RetentionLane(database, rules_of(settings), utc_now),
        JobLane(
            database,
            models.analyzer,
            utc_now,
            timedelta(days=settings.job_results_days),
            stop.is_set,
        ),
        rescore_lane(settings, database, rulebook, models.analyzer, stop),
        lane_of(settings, database, utc_now, stop),
    ]


def models_of(settings: Settings, rulebook: Rulebook) -> WorkerModels:
    """Name the models of a process that works; they are loaded when they are needed.

    Parameters
    ----------
    settings : Settings
        Folder, tier, how often the registry is looked at.
    rulebook : Rulebook
        Of the configuration.

    Returns
    -------
    WorkerModels
        For all lanes.
    """
    watch = RegistryWatch(settings.models_dir, settings.tier)
    return WorkerModels(watch, rulebook.taxonomy.described(), settings.models_check_s)


def rescore_lane(
    settings: Settings,
    database: Database,
    rulebook: Rulebook,
    hold_analyzer: Callable[[], Analyzer],
    stop: threading.Event,
) -> RescoreLane:
    """Make the lane of re-scoring.

    Parameters
    ----------
    settings : Settings
        What the operator set.
    database : Database
        Where comments and jobs are.
    rulebook : Rulebook
        Of the configuration.
    hold_analyzer : Callable[[], Analyzer]
        Hands out the models.
    stop : threading.Event
        Ends its waiting.

    Returns
    -------
    RescoreLane
        Held back as the settings say.
    """
    pace = Pace(settings.rescore_comments_per_s, stop.wait)
    return RescoreLane(database, hold_analyzer, rulebook, utc_now, vault_of(settings), pace, stop.is_set)
