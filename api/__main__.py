"""The service's commands: ``python -m api serve | worker | demo | migrate | create-key | revoke-key``."""

import argparse
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from pydantic import ValidationError

from api.clock import utc_now
from api.db.engine import Database
from api.db.upgrade import downgrade, upgrade
from api.errors import ConfigurationError
from api.jobs.themes import ThemeWorker
from api.jobs.worker import Worker
from api.keys import service as keys
from api.logs import configure_logs
from api.settings import Settings
from api.themes.shelf import ThemeShelf
from api.tickets.policy_file import load_policy

_LAST_FIT_S = 10.0
"""How long a stopping worker waits for a fit; one that is cut off is taken again by the next worker."""

_SAMPLES = Path(__file__).resolve().parent.parent / "samples" / "comments.jsonl"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : Sequence[str] | None
        The command line without the program; None reads it from the process.

    Returns
    -------
    int
        Exit code: 0 done, 1 failed, 2 unusable arguments or settings.
    """
    options = _parser().parse_args(arguments)
    command: Callable[[Settings, argparse.Namespace], int] = options.command
    try:
        settings = Settings()
        configure_logs(settings)
        return command(settings, options)
    except ValidationError as error:
        for item in error.errors(include_input=False):
            name = "_".join(str(part) for part in item["loc"]).upper()
            sys.stderr.write(f"VOC_{name}: {item['msg']}\n")
        return 2
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _serve(settings: Settings, options: argparse.Namespace) -> int:
    """Bring the database up to date, then answer requests until told to stop."""
    with _database(settings) as database:
        upgrade(database)
    worker = subprocess.Popen([sys.executable, "-m", "api", "worker"]) if options.with_worker else None
    try:
        uvicorn.run(
            "api.main:app_from_environment",
            factory=True,
            host=options.host,
            port=options.port,
            workers=options.workers,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=20,
        )
    finally:
        if worker is not None:
            worker.terminate()
            worker.wait()
    return 0


def _worker(settings: Settings, options: argparse.Namespace) -> int:
    """Escalate what is past due and fit themes, once or until told to stop."""
    policy = load_policy(settings.config_dir / "policy.toml")
    with _database(settings) as database:
        upgrade(database)
        worker = Worker(database, policy, utc_now)
        themes = ThemeWorker(
            database,
            lambda: ThemeShelf.load(settings.models_dir, settings.tier),
            policy.calendar.zone,
            utc_now,
        )
        if options.once:
            result = worker.run_once()
            fits = themes.run_once()
            sys.stdout.write(f"escalated {result.escalated}, failed {result.failed}, fitted {fits}\n")
            return 1 if result.failed else 0
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        interval_s = options.interval_s or settings.worker_interval_s
        # Fits take minutes; tickets must not wait for them.
        beside = threading.Thread(target=themes.run, args=(stop, interval_s), name="themes", daemon=True)
        beside.start()
        worker.run(stop, interval_s)
        beside.join(timeout=_LAST_FIT_S)
    return 0


def _demo(_settings: Settings, options: argparse.Namespace) -> int:
    """Show the whole path on the bundled sample comments."""
    from api.demo.run import run_demo

    return run_demo(options.samples)


def _migrate(settings: Settings, options: argparse.Namespace) -> int:
    """Bring the database to a version."""
    with _database(settings) as database:
        if options.down_to is not None:
            downgrade(database, options.down_to)
        else:
            upgrade(database)
    return 0


def _create_key(settings: Settings, options: argparse.Namespace) -> int:
    """Make a key and print it, the only time it can be seen."""
    with _database(settings) as database:
        upgrade(database)
        with database.writing() as session:
            key_id, secret = keys.create(
                session,
                tenant_id=options.tenant,
                name=options.name,
                scopes=options.scopes.split(","),
                now=utc_now(),
            )
    sys.stdout.write(f"{key_id} {secret}\n")
    return 0


def _revoke_key(settings: Settings, options: argparse.Namespace) -> int:
    """Make a key useless from now on."""
    with _database(settings) as database:
        upgrade(database)
        with database.writing() as session:
            if not keys.revoke(session, options.key_id, utc_now()):
                raise ConfigurationError(f"no key {options.key_id!r} that could be revoked; check the id")
    return 0


@contextmanager
def _database(settings: Settings) -> Iterator[Database]:
    """Open the database for one command."""
    database = Database(
        settings.database_url, pool_size=settings.database_pool_size, wait_s=settings.database_wait_s
    )
    try:
        yield database
    finally:
        database.dispose()


def _parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(prog="python -m api", description="The voc-nlp service.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="answer requests")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8000)
    serve.add_argument("--workers", type=_positive, default=1, help="processes that answer")
    serve.add_argument("--with-worker", action="store_true", help="start the ticket worker beside it")
    serve.set_defaults(command=_serve)

    worker = commands.add_parser("worker", help="escalate tickets that are past due, fit themes")
    worker.add_argument("--once", action="store_true", help="one pass, then exit")
    worker.add_argument("--interval-s", type=_seconds, help="seconds between passes (VOC_WORKER_INTERVAL_S)")
    worker.set_defaults(command=_worker)

    demo = commands.add_parser("demo", help="show the whole path on the sample comments")
    demo.add_argument("--samples", type=Path, default=_SAMPLES, help="comments as JSON lines")
    demo.set_defaults(command=_demo)

    migrate = commands.add_parser("migrate", help="bring the database to a version")
    migrate.add_argument("--down-to", metavar="REVISION", help="take migrations back, 'base' for all")
    migrate.set_defaults(command=_migrate)

    create = commands.add_parser("create-key", help="make an API key; prints its id and the key")
    create.add_argument("--tenant", default=keys.BOOTSTRAP_TENANT)
    create.add_argument("--name", default="", help="what the key is for")
    create.add_argument("--scopes", required=True, help="comma-separated: score,read,ticket,admin")
    create.set_defaults(command=_create_key)

    revoke = commands.add_parser("revoke-key", help="make an API key useless")
    revoke.add_argument("key_id")
    revoke.set_defaults(command=_revoke_key)
    return parser


def _positive(text: str) -> int:
    """Read a whole number above zero."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"met {number}, expected 1 or more")
    return number


def _seconds(text: str) -> float:
    """Read seconds above zero."""
    number = float(text)
    if not 0 < number <= 3600:
        raise argparse.ArgumentTypeError(f"met {text}, expected seconds above 0, at most 3600")
    return number


if __name__ == "__main__":
    sys.exit(main())
