"""Does what happens by the clock and what waits in queues: ``worker``."""

import argparse
import signal
import sys
import threading

from api.clock import utc_now
from api.commands.line import Commands, seconds
from api.commands.opening import opened_database
from api.db.engine import Database
from api.db.upgrade import upgrade
from api.policy.rulebook import load_rulebook
from api.settings import Settings
from api.themes.shelf import ThemeShelf
from api.worker.assignment import AssignmentLane
from api.worker.clock import ClockLane
from api.worker.lanes import Lane, run_lanes
from api.worker.themes import ThemeLane


def add_to(commands: Commands) -> None:
    """Add this file's commands to the command line.

    Parameters
    ----------
    commands : Commands
        The parser of the program.
    """
    worker = commands.add_parser("worker", help="escalate tickets that are past due, fit themes")
    worker.add_argument("--once", action="store_true", help="one pass of everything, then exit")
    worker.add_argument("--interval-s", type=seconds, help="seconds between passes (VOC_WORKER_INTERVAL_S)")
    worker.set_defaults(command=_worker)


def _worker(settings: Settings, options: argparse.Namespace) -> int:
    """Run all lanes, once or until told to stop."""
    with opened_database(settings) as database:
        upgrade(database)
        lanes = _lanes(settings, database)
        if options.once:
            passes = {lane.name: lane.run_once() for lane in lanes}
            sys.stdout.write(
                ", ".join(f"{name}: {done.done} done, {done.failed} failed" for name, done in passes.items())
                + "\n"
            )
            return 1 if any(done.failed for done in passes.values()) else 0
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        run_lanes(lanes, stop, options.interval_s or settings.worker_interval_s)
    return 0


def _lanes(settings: Settings, database: Database) -> list[Lane]:
    """Name everything that a worker does; each lane has a thread, none waits for another."""
    rulebook = load_rulebook(settings.config_dir)
    return [
        ClockLane(database, rulebook, utc_now),
        AssignmentLane(database, rulebook, utc_now),
        ThemeLane(
            database,
            lambda: ThemeShelf.load(settings.models_dir),
            rulebook.policy.calendar.zone,
            utc_now,
        ),
    ]
