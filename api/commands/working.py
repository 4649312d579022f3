"""Does what happens by the clock and what waits in queues: ``worker``."""

import argparse
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta

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
from api.themes.shelf import ThemeShelf
from api.vault.master import vault_of
from api.worker.assignment import AssignmentLane
from api.worker.clock import ClockLane
from api.worker.delivery import lane_of
from api.worker.jobs import JobLane
from api.worker.lanes import Lane, run_lanes
from api.worker.rescoring import RescoreLane
from api.worker.retention import RetentionLane
from api.worker.themes import ThemeLane
from api.worker.upkeep import UpkeepLane
from voc_nlp.routing.departments import DepartmentDescription


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
        lanes = _lanes(settings, database, stop)
        if options.once:
            passes = {lane.name: lane.run_once() for lane in lanes}
            sys.stdout.write(
                ", ".join(f"{name}: {done.done} done, {done.failed} failed" for name, done in passes.items())
                + "\n"
            )
            return 1 if any(done.failed for done in passes.values()) else 0
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        run_lanes(lanes, stop, options.interval_s or settings.worker_interval_s)
    return 0


def _lanes(settings: Settings, database: Database, stop: threading.Event) -> list[Lane]:
    """Name everything that a worker does; each lane has a thread, none waits for another."""
    rulebook = load_rulebook(settings.config_dir)
    analyzer = Once(lambda: load_models(settings, rulebook.taxonomy.described()))
    return [
        ClockLane(database, rulebook, utc_now),
        AssignmentLane(database, rulebook, utc_now),
        ThemeLane(
            database,
            lambda: ThemeShelf.load(settings.models_dir, settings.tier),
            rulebook.policy.calendar.zone,
            utc_now,
        ),
        UpkeepLane(database, utc_now, timedelta(hours=settings.idempotency_ttl_h)),
        RetentionLane(database, rules_of(settings), utc_now),
        JobLane(
            database,
            analyzer,
            utc_now,
            timedelta(days=settings.job_results_days),
            stop.is_set,
        ),
        rescore_lane(settings, database, rulebook, analyzer, stop),
        lane_of(settings, database, utc_now, stop),
    ]


class Once:
    """Loads the models when they are first asked for, once for all lanes.

    Parameters
    ----------
    load : Callable[[], Analyzer]
        Loads them.
    """

    def __init__(self, load: Callable[[], Analyzer]) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._analyzer: Analyzer | None = None

    def __call__(self) -> Analyzer:
        """Hand them out.

        Returns
        -------
        Analyzer
            The same one every time; it may be used from several threads.
        """
        with self._lock:
            if self._analyzer is None:
                self._analyzer = self._load()
            return self._analyzer


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


def load_models(settings: Settings, departments: Sequence[DepartmentDescription]) -> Analyzer:
    """Load the models; the heavy libraries are imported here and not before.

    Parameters
    ----------
    settings : Settings
        Folder and tier.
    departments : Sequence[DepartmentDescription]
        Of the taxonomy.

    Returns
    -------
    Analyzer
        Ready to analyse.
    """
    from voc_nlp import load_analyzer

    analyzer: Analyzer = load_analyzer(settings.models_dir, settings.tier, departments=departments)
    return analyzer
