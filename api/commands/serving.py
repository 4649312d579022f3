"""Answers requests: ``serve``."""

import argparse
import subprocess
import sys

import uvicorn

from api.commands.line import Commands, positive
from api.commands.opening import check_keys, opened_database
from api.db.upgrade import upgrade
from api.settings import Settings


def add_to(commands: Commands) -> None:
    """Add this file's commands to the command line.

    Parameters
    ----------
    commands : Commands
        The parser of the program.
    """
    serve = commands.add_parser("serve", help="answer requests")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8000)
    serve.add_argument("--workers", type=positive, default=1, help="processes that answer")
    serve.add_argument("--with-worker", action="store_true", help="start the worker beside it")
    serve.set_defaults(command=_serve)


def _serve(settings: Settings, options: argparse.Namespace) -> int:
    """Bring the database up to date, then answer requests until told to stop."""
    with opened_database(settings) as database:
        upgrade(database)
        check_keys(database, settings)
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
